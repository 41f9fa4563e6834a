extension JSON {
  /// How much a document may ask of the reader.
  public struct Limits: Sendable, Hashable {
    /// Arrays and objects inside one another; more than 512 counts as 512, so that the stack suffices.
    public var depth: Int
    public var bytes: Int

    /// The default depth leaves room for a body of 64 levels inside what a target wraps around it.
    public init(depth: Int = 128, bytes: Int = 10 << 20) {
      self.depth = depth
      self.bytes = bytes
    }

    /// For what this program has written itself, and has checked before it wrote it.
    public static let ownText = Limits(depth: 512, bytes: .max)
  }

  /// Reads one JSON text, strictly by RFC 8259: UTF-8 without a byte order mark, unique names, nothing after it.
  public init(parsing bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) {
    self = try bytes.withUnsafeBufferPointer { buffer throws(JSONError) in
      try JSONParser.parse(buffer, limits: limits)
    }
  }

  /// Reads one JSON text in place, like `init(parsing:limits:)` of an array.
  public init(parsing bytes: UnsafeRawBufferPointer, limits: Limits = Limits()) throws(JSONError) {
    self = try JSONParser.parse(bytes.assumingMemoryBound(to: UInt8.self), limits: limits)
  }

  /// Reads one JSON text, like `init(parsing:limits:)` of an array.
  public init(parsing text: String, limits: Limits = Limits()) throws(JSONError) {
    try self.init(parsing: Array(text.utf8), limits: limits)
  }
}

/// One pass over the bytes by recursive descent.
struct JSONParser {
  let bytes: UnsafeBufferPointer<UInt8>
  let end: Int
  let maxDepth: Int
  var at = 0
  /// Elements and members of all arrays and objects not yet closed, each of which takes its own off the end.
  private var openValues: [JSON] = []
  private var openMembers: [JSON.Member] = []
  /// One for each of `openMembers`.
  private var digests: [UInt64] = []

  private init(bytes: UnsafeBufferPointer<UInt8>, maxDepth: Int) {
    self.bytes = bytes
    self.end = bytes.count
    self.maxDepth = maxDepth
    // Most objects fit, and neither is moved while it grows.
    openMembers.reserveCapacity(16)
    digests.reserveCapacity(16)
  }

  static func parse(
    _ bytes: UnsafeBufferPointer<UInt8>, limits: JSON.Limits
  ) throws(JSONError) -> JSON {
    var parser = JSONParser(bytes: bytes, maxDepth: min(limits.depth, 512))
    guard bytes.count <= limits.bytes else {
      throw parser.error(.tooLarge, at: 0, "more than the \(limits.bytes) bytes allowed")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw parser.error(.syntax, at: 0, "a byte order mark before the value")
    }
    parser.skipSpace()
    let value = try parser.value(depth: 0)
    parser.skipSpace()
    guard parser.at == parser.end else {
      throw parser.error(.syntax, at: parser.at, "something follows the complete value")
    }
    return value
  }

  func error(_ kind: JSONError.Kind, at offset: Int, _ message: String) -> JSONError {
    JSONError(kind, at: offset, of: bytes, message)
  }

  /// The error for a byte that cannot stand here, or for the end of the text in its place.
  func unexpected(_ expected: String) -> JSONError {
    at < end
      ? error(.syntax, at: at, "\(expected) expected")
      : error(.unexpectedEnd, at: end, "the text ends where \(expected) is expected")
  }

  mutating func skipSpace() {
    while at < end {
      switch bytes[at] {
      case 0x20, 0x0A, 0x0D, 0x09: at += 1
      default: return
      }
    }
  }

  private func peek(_ character: Unicode.Scalar) -> Bool {
    at < end && bytes[at] == UInt8(ascii: character)
  }

  mutating func value(depth: Int) throws(JSONError) -> JSON {
    guard at < end else { throw unexpected("a value") }
    switch bytes[at] {
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "{"): return try object(depth: depth + 1)
    case UInt8(ascii: "["): return try array(depth: depth + 1)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number(try number())
    case UInt8(ascii: "t"): return try literal("true", .bool(true))
    case UInt8(ascii: "f"): return try literal("false", .bool(false))
    case UInt8(ascii: "n"): return try literal("null", .null)
    default: throw unexpected("a value")
    }
  }

  private mutating func literal(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
    for i in 0..<word.utf8CodeUnitCount {
      guard at + i < end else { throw error(.unexpectedEnd, at: end, "\(word) is cut short") }
      guard bytes[at + i] == word.utf8Start[i] else { throw unexpected("a value") }
    }
    at += word.utf8CodeUnitCount
    return value
  }

  private func enter(_ depth: Int) throws(JSONError) {
    guard depth <= maxDepth else {
      throw error(.tooDeep, at: at, "more than \(maxDepth) arrays and objects inside one another")
    }
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSON {
    try enter(depth)
    at += 1
    skipSpace()
    if peek("]") {
      at += 1
      return .array([])
    }
    let first = openValues.count
    while true {
      openValues.append(try value(depth: depth))
      skipSpace()
      if peek(",") {
        at += 1
        skipSpace()
      } else if peek("]") {
        at += 1
        defer { openValues.removeSubrange(first...) }
        return .array(Array(openValues[first...]))
      } else {
        throw unexpected("a comma or the end of the array")
      }
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSON {
    try enter(depth)
    at += 1
    skipSpace()
    if peek("}") {
      at += 1
      return .object([])
    }
    let first = openMembers.count
    var manyNames: Set<MemberName>?
    while true {
      guard peek("\"") else { throw unexpected("a member's name in quotes") }
      let nameAt = at
      let name = try string()
      guard isNew(name, since: first, &manyNames) else {
        throw error(.duplicateMember, at: nameAt, "a second member of the same name")
      }
      skipSpace()
      guard peek(":") else { throw unexpected("a colon") }
      at += 1
      skipSpace()
      // The name is in place before its value is read, so that names and digests stay in step.
      openMembers.append(JSON.Member(name: name, value: .null))
      let value = try value(depth: depth)
      openMembers[openMembers.count - 1].value = value
      skipSpace()
      if peek(",") {
        at += 1
        skipSpace()
      } else if peek("}") {
        at += 1
        defer {
          openMembers.removeSubrange(first...)
          digests.removeSubrange(first...)
        }
        return .object(Array(openMembers[first...]))
      } else {
        throw unexpected("a comma or the end of the object")
      }
    }
  }

  /// Whether the object whose members begin at `first` has no such name yet.
  ///
  /// Compares digests one by one while the names are few, which most objects never leave.
  private mutating func isNew(
    _ name: String, since first: Int, _ manyNames: inout Set<MemberName>?
  ) -> Bool {
    let digest = MemberName.digest(name)
    let count = digests.count - first
    if count < 48 {
      for i in first..<digests.count
      where digests[i] == digest && openMembers[i].name.hasSameBytes(as: name) {
        return false
      }
    } else {
      if manyNames == nil {
        manyNames = Set(openMembers[first...].map { MemberName(text: $0.name) })
      }
      guard manyNames?.insert(MemberName(text: name)).inserted == true else { return false }
    }
    digests.append(digest)
    return true
  }

  private mutating func digits() -> Int {
    let start = at
    while at < end, bytes[at] &- UInt8(ascii: "0") < 10 { at += 1 }
    return at - start
  }

  private mutating func number() throws(JSONError) -> String {
    let start = at
    if peek("-") { at += 1 }
    if peek("0") {
      at += 1
      if at < end, bytes[at] &- UInt8(ascii: "0") < 10 {
        throw error(.syntax, at: start, "a number with a leading zero")
      }
    } else if digits() == 0 {
      throw unexpected("a digit")
    }
    if peek(".") {
      at += 1
      if digits() == 0 { throw unexpected("a digit after the decimal point") }
    }
    if peek("e") || peek("E") {
      at += 1
      if peek("+") || peek("-") { at += 1 }
      if digits() == 0 { throw unexpected("a digit of the exponent") }
    }
    return String(decoding: bytes[start..<at], as: UTF8.self)
  }
}

/// A member's name, compared by its bytes.
private struct MemberName: Hashable {
  let text: String

  static func == (left: MemberName, right: MemberName) -> Bool {
    left.text.hasSameBytes(as: right.text)
  }

  func hash(into hasher: inout Hasher) {
    text.hashBytes(into: &hasher)
  }

  /// A quick digest (FNV-1a), good enough to tell most names apart.
  static func digest(_ name: String) -> UInt64 {
    var digest: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return digest
  }
}
