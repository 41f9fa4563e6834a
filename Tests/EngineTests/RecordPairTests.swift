import JSON
import Testing

@testable import Engine

@Suite struct RecordPairTests {
  private let masking = Masking(key: Array(repeating: 1, count: 32))

  private static let key = Key([.int(1)])

  private func difference(_ record: [UInt8], _ sent: [UInt8]) throws -> (
    quick: Difference, clear: Difference
  ) {
    (
      try .sinceSent(
        record, sent: sent, masking: masking, sensitive: [], conflict: .init(), of: "things",
        Self.key),
      .sinceSent(flat(record), sent: flat(sent), masking: masking, sensitive: [])
    )
  }

  @Test func onlyMembersThatDifferAreRead() throws {
    let pair = try RecordPair(
      Array(#"{"a":"x,\"}{","b":{"c":[1,{"d":"]"}]},"e":null}"#.utf8),
      Array(#"{"a":"x,\"}{","b":{"c":[1,{"d":"["}]},"e":null}"#.utf8), of: "things", Self.key)
    #expect(pair.left.bytes == Array(#"{"b":{"c":[1,{"d":"]"}]}}"#.utf8))
    #expect(pair.right.bytes == Array(#"{"b":{"c":[1,{"d":"["}]}}"#.utf8))
  }

  @Test(arguments: [
    (#"{"a":1}"#, #"{"b":1}"#), (#"{"a":1,"b":2}"#, #"{"b":2,"a":1}"#), (#"{"a":1}"#, "{}"),
    ("{}", #"{"a":1}"#), (#"{"a":1}"#, #"{"a":1,"b":2}"#), (#"{ "a":1}"#, #"{"a":1}"#),
    (#"{"a":1}"#, ""),
  ])
  func otherwiseBothAreWhole(_ left: String, _ right: String) throws {
    let pair = try RecordPair(Array(left.utf8), Array(right.utf8), of: "things", Self.key)
    #expect(pair.left == flat(Array(left.utf8)))
    #expect(pair.right == flat(Array(right.utf8)))
  }

  @Test(arguments: [
    ("", ""), (#"{"a":1,}"#, #"{"a":2,}"#), (#"{"a":"1}"#, #"{"a":"2}"#), (#"{"a":1}"#, #"{"a"#),
    (#"{"a":1}}"#, #"{"a":2}}"#), (#"{"a"}"#, #"{"a"}"#), (#"{"a":1}"#, "[]"), ("[]", #"{"a":1}"#),
    (#"{"a":1}"#, #"{"a":x}"#), (#"{"a":1}"#, "\u{0}\u{0}"), ("", #"{"a":1}"#),
  ])
  func whatCannotBeReadIsNoRecordWithoutFields(_ left: String, _ right: String) {
    let error = #expect(throws: UnreadableRecord.self) {
      try RecordPair(Array(left.utf8), Array(right.utf8), of: "things", Self.key)
    }
    #expect(error?.description.hasPrefix("the record of things 1 cannot be read (") == true)
  }

  @Test func nothingIsLeftOfEqualRecords() throws {
    for text in ["{}", #"{"a":[]}"#, #"{"a":"é","b.c":-1.5e3}"#] {
      let pair = try RecordPair(Array(text.utf8), Array(text.utf8), of: "things", Self.key)
      #expect(pair.left.members.isEmpty && pair.right.members.isEmpty, "\(text)")
    }
  }

  @Test("The quick difference is the clear one, on random records")
  func quickAndClear() throws {
    var random = SystemRandomNumberGenerator()
    let values: [JSON] = [
      .null, true, 0, .number("12.5"), "", "a", "\"", "\\", "},{", "é\u{1F600}\n", [1, "x", [:]],
      ["k": "v,", "l": [[]]], "masked:00",
    ]
    for _ in 0..<2000 {
      let names = ["a", "b", "c.d", "e\"", "f"].filter { _ in
        Int.random(in: 0..<5, using: &random) > 0
      }
      func record(_ names: [String]) -> [UInt8] {
        JSON.object(
          names.map { JSON.Member(name: $0, value: values.randomElement(using: &random) ?? .null) }
        ).compactBytes
      }
      let left = record(names)
      let right = record(
        Bool.random(using: &random) ? names : names.shuffled(using: &random).dropLast())
      let (quick, clear) = try difference(left, right)
      #expect(quick.changed == clear.changed)
      #expect(quick.changes == clear.changes)
    }
  }
}
