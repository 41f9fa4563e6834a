import Testing

@testable import Expressions

/// The flat form of an expression must give what the other form gives, or say that the value is unusual.
@Suite struct FlatTests {
  private static let names = ["a", "b", "c", "n", "flag"]

  static let expressions = [
    "a", "n", "flag", "text.clean(a)", "coalesce(a, '').trim()", "coalesce(a, '').lowerAscii()",
    "coalesce(text.clean(a), '').upperAscii()", "text.digits(a)", "text.ascii(a)",
    "text.truncate(a, 5)", "email.clean(a)", "phone.e164(a, 'US')", "date.valid(a)",
    "try(phone.e164(a, 'US')).orValue(null)", "try(date.valid(a)).orValue(b)",
    "text.join([a, b, c], ' - ')", "text.join([n, text.clean(a), 'x'], '')",
    "coalesce(a, '') + '/' + coalesce(b, '?') + string(n)", "coalesce(a, b, c, 'none')",
    "a == 'A1'", "a != b", "a == null", "b == null || flag && a != null", "!flag",
    "n == 7", "a == b && b == c ? text.clean(a) : string(n)", "flag ? (a == null ? b : a) : null",
    "link('jobs', a)", "link('jobs', a).hasValue()", "link('jobs', n, b).orValue(null)",
    "link('jobs', a).or(link('teams', b, n)).orValue(0)",
    "text.clean(flag ? a : b)", "link('jobs', a).or(link('teams', b)).hasValue()",
    "flag || link('teams', a).hasValue()",
  ]

  @Test(arguments: expressions) func bothFormsAgree(_ text: String) throws {
    let variables: [(String, CELType)] = [
      ("a", .nullable(.string)), ("b", .nullable(.string)), ("c", .nullable(.string)),
      ("n", .int), ("flag", .bool),
    ]
    let expression = try Compiler.compile(
      text, in: Environment(variables: variables.map { Variable($0.0, $0.1) })
    ).get()
    let flat = try #require(expression.flat)
    let row = Row()
    let machine = FlatMachine(columns: Self.names.count, links: row)
    var random = Random(state: 7)
    var quick = 0
    for _ in 0..<3000 {
      row.values = (0..<3).map { _ in random.text().map { .string($0) } ?? .null }
      row.values += [.int([0, 7, -1, .min, .max].randomElement(using: &random) ?? 0)]
      row.values += [.bool(.random(using: &random))]
      row.texts = row.values.map { if case .string(let text) = $0 { Array(text.utf8) } else { [] } }
      row.flat { place, value in machine.columns[place] = value }
      row.isMissing = false
      let value = machine.evaluate(flat)
      if value.kind == .unusual { continue }
      quick += 1
      let shown = Row.describe(value)
      let wanted: String
      do { wanted = Row.describe(try expression.evaluate(row)) } catch { wanted = "\(error)" }
      #expect(shown == wanted, "\(text) of \(row.values)")
    }
    #expect(quick > 300, "hardly ever used: \(quick)")
  }

  @Test("Every function that declares a fast path is compared")
  func eachPairIsCompared() {
    let declared = FunctionLibrary.standard.functions.values.filter { $0.flat != nil }
    #expect(declared.count >= 19)
    for function in declared {
      let written =
        Operators.isOperator(function.name)
        ? Operators.shown(function.name)
        : (function.signatures[0].isMethod ? "." : "") + function.name + "("
      #expect(Self.expressions.contains { $0.contains(written) }, "\(function.name)")
    }
  }

  @Test(arguments: [
    "[a]", "{'a': a}", "phone.e164(a, b)", "size(a)", "link(a)", "n + 1", "a.exists(x, x == 1)",
    "1.5",
  ])
  func whatAsksForMoreHasNoFlatForm(_ text: String) throws {
    let variables = ["a", "b", "n"].map { Variable($0, .dyn) }
    let found = try Compiler.compileUnchecked(text, in: Environment(variables: variables)).get()
    #expect(found.flat == nil)
  }

  // MARK: Patterns

  @Test(arguments: [
    "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", #"^\+[1-9][0-9]{1,14}$"#, "^[A-Z]{2}$", "^[a-z]+@[0-9]*$",
    "^a?b$", "^[ab]{0,2}c$", "^[0-9]{5}$", #"^[0-9]+\.[0-9]{2}$"#,
  ])
  func aSequenceMatchesWhatThePatternMatches(_ text: String) throws {
    let pattern = try Pattern(text)
    let sequence = try #require(ByteSequence(text))
    var random = Random(state: 3)
    var found = 0
    for _ in 0..<20_000 {
      let bytes = random.bytes(like: text)
      let isFound = bytes.withUnsafeBufferPointer { sequence.matches($0) }
      #expect(isFound == pattern.isFound(in: String(decoding: bytes, as: UTF8.self)), "\(bytes)")
      if isFound { found += 1 }
    }
    #expect(found > 0)
  }

  @Test(arguments: [
    "[0-9]", "^[0-9]", "[0-9]$", "^a|b$", "^(a)$", "^.$", "^[^a]$", "^a*a$", "^[a-c]?b$",
    "^a{2}{3}$",
    #"^\d$"#, #"^a\$"#, "^[a", "^a{1,}$", "^é$", "^a+?$", "^[a-]$", "^a?b?a$",
  ])
  func otherPatternsAreNoSequences(_ text: String) { #expect(ByteSequence(text) == nil) }
}

/// A row in both forms; some keys have links.
private final class Row: Activation, FlatLinks {
  var values: [Value] = []
  var texts: [[UInt8]] = []
  var isMissing = false

  func value(slot: Int) throws(EvaluationError) -> Value { values[slot] }

  /// Sets the slots; the texts stay where they are until `texts` changes.
  func flat(_ set: (Int, FlatValue) -> Void) {
    for (place, value) in values.enumerated() {
      switch value {
      case .int(let value): set(place, .int(value))
      case .bool(let value): set(place, .bool(value))
      case .string: set(place, .text(texts[place].withUnsafeBufferPointer { $0 }))
      default: set(place, .null)
      }
    }
  }

  private func id(_ mapping: String, _ key: String) -> String? {
    (mapping + key).utf8.count.isMultiple(of: 3) ? nil : mapping + key
  }

  func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value {
    if arguments.contains(where: \.isNull) { return .optional(OptionalValue(nil)) }
    let parts = arguments.map(Self.describe)
    return .optional(
      OptionalValue(id(parts[0], parts.dropFirst().joined()).map { .string($0) }))
  }

  func id(
    mapping: Int, of expression: FlatExpression, keys: UnsafeBufferPointer<FlatValue>,
    scratch: FlatScratch
  ) -> FlatValue {
    if keys.contains(where: { $0.kind == .null }) { return .none }
    let key = keys.map(Self.describe).joined()
    guard let id = id(#""\#(expression.mappings[mapping])""#, key) else { return .none }
    guard let room = scratch.room(id.utf8.count) else { return .unusual }
    for (offset, byte) in id.utf8.enumerated() { room[offset] = byte }
    return scratch.keep(room, id.utf8.count)
  }

  static func describe(_ value: Value) -> String {
    switch value {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .int(let value): "\(value)"
    case .string(let text): "\"\(text)\""
    case .optional(let optional): optional.value.map(describe) ?? "none"
    default: "?"
    }
  }

  static func describe(_ value: FlatValue) -> String {
    switch value.kind {
    case .null: "null"
    case .none: "none"
    case .bool: "\(value.number != 0)"
    case .int: "\(value.number)"
    case .text: "\"\(String(decoding: value.utf8, as: UTF8.self))\""
    case .opaque, .unusual: "?"
    }
  }
}

private struct Random: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15
  }

  private static let whole: [String?] = [
    nil, "", "A1", "2024-02-29", "2023-02-29", " 1900-01-01 ", "2079-06-06", "2024-13-01",
    "2024-01-31T10:00:00", "2024-01-31 23:59:60", "0000-01-01", "infinity", "(225) 555-0101",
    "1 225 555 0101", "225-911-0101", "555-0101", "(01) 2", "(0)225 555 0101",
    "225\u{2011}555\u{2011}0101",
    "+44 (0)20 7946 0100", "125-555-0101", "225555010", "Ada.L@Example.COM ",
  ]
  private static let pieces = [
    "a", "Z", "9", "0", " ", "\t", "\n", "-", "@", ".", "\"", "\\", "\u{0}", "\u{1F}", "\u{7F}",
    "é",
    "É", "\u{85}", "\u{A0}", "\u{2003}", "\u{3000}", "\u{200B}", "\u{FEFF}", "\u{AD}", "\u{61C}",
    "e\u{301}", "日", "𝄞", "ß", "K",
  ]

  mutating func text() -> String? {
    if Bool.random(using: &self) { return Self.whole.randomElement(using: &self) ?? nil }
    return (0..<Int.random(in: 0...8, using: &self)).map { _ in
      Self.pieces.randomElement(using: &self) ?? ""
    }.joined()
  }

  /// Bytes that may match: mostly digits and the pattern's own characters.
  mutating func bytes(like pattern: String) -> [UInt8] {
    let own = Array(pattern.utf8.filter { !"^$[]{}\\,".utf8.contains($0) }) + Array("05abZ9é".utf8)
    var bytes: [UInt8] = []
    var rest = Array(pattern.utf8)[...]
    // A walk along the pattern, with one member of each class, now and then another byte.
    while let byte = rest.popFirst() {
      switch byte {
      case UInt8(ascii: "["):
        let members = rest.prefix { $0 != UInt8(ascii: "]") }
        rest = rest.dropFirst(members.count + 1)
        var count = 1
        if rest.first == UInt8(ascii: "{") {
          count = Int(String(decoding: rest.dropFirst().prefix(1), as: UTF8.self)) ?? 1
          rest = rest.drop { $0 != UInt8(ascii: "}") }.dropFirst()
        }
        for _ in 0..<count { bytes.append(members.randomElement(using: &self) ?? 48) }
      case UInt8(ascii: "^"), UInt8(ascii: "$"), UInt8(ascii: "\\"), UInt8(ascii: "?"),
        UInt8(ascii: "+"), UInt8(ascii: "*"):
        if byte == UInt8(ascii: "+"), rest.first == UInt8(ascii: "[") { bytes.append(byte) }
      default: bytes.append(byte)
      }
    }
    if Int.random(in: 0..<3, using: &self) == 0, !bytes.isEmpty {
      bytes[Int.random(in: 0..<bytes.count, using: &self)] = own.randomElement(using: &self) ?? 48
    }
    if Int.random(in: 0..<5, using: &self) == 0 {
      bytes.append(own.randomElement(using: &self) ?? 48)
    }
    // Half a character would be read as another one.
    return Array(String(decoding: bytes, as: UTF8.self).utf8)
  }
}
