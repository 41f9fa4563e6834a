/// A record and what is remembered of it, flat JSON, without the members that both hold byte for byte.
///
/// Of a record that has changed most fields have not, and to read only the others takes a fraction of the time. Where the two
/// do not name the same members in the same order, both are whole.
struct RecordPair {
  let left: FlatRecord
  let right: FlatRecord

  init(
    _ left: [UInt8], _ right: [UInt8], of mapping: String, _ key: Key
  ) throws(UnreadableRecord) {
    let apart = left.withUnsafeBytes { left in
      right.withUnsafeBytes { right in Self.apart(left, right) }
    }
    self.left = try FlatRecord(apart?.0 ?? left, of: mapping, key)
    self.right = try FlatRecord(remembered: apart?.1 ?? right, of: mapping, key)
  }

  private static func apart(
    _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
  ) -> ([UInt8], [UInt8])? {
    guard var one = MemberScan(left), var other = MemberScan(right) else { return nil }
    var (ones, others): ([UInt8], [UInt8]) = ([], [])
    while true {
      switch (one.next(), other.next()) {
      case (nil, nil):
        guard one.isComplete, other.isComplete else { return nil }
        return (Self.object(ones), Self.object(others))
      case (let left?, let right?):
        guard left.name.elementsEqual(right.name) else { return nil }
        if left.value.elementsEqual(right.value) { continue }
        Self.append(left, to: &ones)
        Self.append(right, to: &others)
      default: return nil
      }
    }
  }

  private static func append(_ member: MemberScan.Member, to members: inout [UInt8]) {
    if !members.isEmpty { members.append(UInt8(ascii: ",")) }
    members += member.name
    members.append(UInt8(ascii: ":"))
    members += member.value
  }

  private static func object(_ members: [UInt8]) -> [UInt8] {
    [UInt8(ascii: "{")] + members + [UInt8(ascii: "}")]
  }
}

/// The members of a compact JSON object, as they are written.
struct MemberScan {
  struct Member {
    /// With its quotes.
    let name: Slice<UnsafeRawBufferPointer>
    let value: Slice<UnsafeRawBufferPointer>
  }

  private let bytes: UnsafeRawBufferPointer
  private var at = 1

  /// `nil` for what is no object without space around it.
  init?(_ bytes: UnsafeRawBufferPointer) {
    guard bytes.count >= 2, bytes[0] == UInt8(ascii: "{"),
      bytes[bytes.count - 1] == UInt8(ascii: "}")
    else { return nil }
    self.bytes = bytes
  }

  /// Whether all members have been passed.
  var isComplete: Bool { at == bytes.count || bytes.count == 2 }

  mutating func next() -> Member? {
    let name = at
    guard skipString(), at < bytes.count, bytes[at] == UInt8(ascii: ":") else { return nil }
    let colon = at
    at += 1
    guard skipValue() else { return nil }
    let end = at
    // Behind the comma, or behind the object.
    at += 1
    return Member(name: bytes[name..<colon], value: bytes[colon + 1..<end])
  }

  private mutating func skipString() -> Bool {
    guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { return false }
    var place = at + 1
    while place < bytes.count {
      switch bytes[place] {
      case UInt8(ascii: "\""):
        at = place + 1
        return true
      case UInt8(ascii: "\\"): place += 2
      default: place += 1
      }
    }
    return false
  }

  /// Goes to the comma, or the brace, that ends a member.
  private mutating func skipValue() -> Bool {
    var depth = 0
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        guard skipString() else { return false }
        continue
      case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "]"): depth -= 1
      case UInt8(ascii: "}"):
        if depth == 0 { return at == bytes.count - 1 }
        depth -= 1
      case UInt8(ascii: ","):
        if depth == 0 { return true }
      default: break
      }
      at += 1
    }
    return false
  }
}
