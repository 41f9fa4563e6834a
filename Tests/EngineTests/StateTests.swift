import JSON
import Testing

@testable import Engine

@Suite struct FingerprintTests {
  @Test func isTheSameForEverybody() {
    // Remembered in ledgers: to change it is to compare every record again.
    let empty = Fingerprint(of: [])
    let text = Fingerprint(of: Array(#"{"code":"t1","name":"a name of more than 16 bytes"}"#.utf8))
    #expect(empty == Fingerprint(high: 0x8223_4897_c7d0_4a2c, low: 0xec65_8f64_5442_0782))
    #expect(text == Fingerprint(high: 0xc575_0b38_f000_3960, low: 0x5ffb_0a4b_e13e_b78c))
  }

  @Test(arguments: [1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64])
  func differsWhenOneBitDoes(length: Int) {
    var random = SplitMix(state: UInt64(length))
    let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
    var seen: Set = [Fingerprint(of: bytes)]
    for bit in 0..<length * 8 {
      var changed = bytes
      changed[bit / 8] ^= 1 << (bit % 8)
      #expect(seen.insert(Fingerprint(of: changed)).inserted)
    }
  }

  @Test func differsWithTheNumberOfZeros() {
    let all = Set((0..<100).map { Fingerprint(of: [UInt8](repeating: 0, count: $0)) })
    #expect(all.count == 100)
  }

  @Test func comesBackFromItsBytes() {
    let print = Fingerprint(of: [1, 2, 3])
    #expect(print.bytes.withUnsafeBytes { Fingerprint(bytes: $0) } == print)
    #expect([UInt8](repeating: 0, count: 15).withUnsafeBytes { Fingerprint(bytes: $0) } == nil)
  }
}

@Suite struct KeyTests {
  private static let parts: [[Key.Part]] = [
    [.bool(false)], [.bool(true)], [.int(.min)], [.int(-256)], [.int(-1)], [.int(0)], [.int(255)],
    [.int(256)], [.int(.max)], [.text("")], [.text("A")], [.text("A"), .int(1)],
    [.text("A"), .text("z")], [.text("A B")], [.text("AA")], [.text("a")], [.text("é")],
    [.text("日本")], [.text("😀")],
  ]

  @Test func bytesLieInTheOrderOfTheParts() {
    let keys = Self.parts.map { Key($0) }
    #expect(keys == keys.shuffled().sorted())
  }

  @Test func textIsOrderedByItsBytesAsTheDatabaseDoes() {
    var random = SplitMix(state: 3)
    let texts = (0..<500).map { _ in
      String(
        (0..<Int.random(in: 0...6, using: &random)).map { _ in
          "aAé ~日".randomElement(using: &random)!
        })
    }
    let byKey = texts.sorted { Key([.text($0), .int(0)]) < Key([.text($1), .int(0)]) }
    let byBytes = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(byKey.map { Array($0.utf8) } == byBytes.map { Array($0.utf8) })
  }

  @Test(arguments: parts) func comesBackAsItsParts(parts: [Key.Part]) {
    #expect(Key(parts).parts == parts)
  }

  @Test func damagedBytesAreNoKey() {
    #expect(Key(bytes: [2, 0, 0]).parts == nil)
    #expect(Key(bytes: [3, 65]).parts == nil)
    #expect(Key(bytes: [1]).parts == nil)
    #expect(Key(bytes: [9]).parts == nil)
    #expect("\(Key(bytes: [9]))" == "?")
    #expect("\(Key([.int(1), .text("4410."), .bool(true)]))" == "1/4410./true")
  }
}

@Suite struct FlatRecordTests {
  @Test func pathsBecomeNestedObjects() throws {
    var record = FlatRecord()
    record["a.b"] = 1
    record["a.c.d"] = "x"
    record["e"] = .null
    #expect(record.nested == (["a": ["b": 1, "c": ["d": "x"]], "e": .null] as JSON))
  }

  @Test func comesBackFromItsBytes() throws {
    var record = FlatRecord()
    record["externalIds.key"] = "1-2"
    record["tags"] = ["a", 1, .null]
    #expect(try FlatRecord(record.bytes, of: "things") == record)
    record["tags"] = nil
    #expect(record.members.map(\.name) == ["externalIds.key"])
  }
}

@Suite struct MaskingTests {
  private let masking = Masking(key: Array(repeating: 1, count: 32))

  @Test func theSameValueHasTheSameMaskAndNoOther() {
    let values: [JSON] = ["a", "A", "1", 1, true, "", [], "é"]
    let masks = values.map { masking.mask($0) }
    #expect(masks == values.map { masking.mask($0) })
    #expect(Set(masks).count == values.count)
    for mask in masks {
      let text = mask.stringValue ?? ""
      #expect(text.hasPrefix("masked:"))
      #expect(text.utf8.count == 39)
    }
  }

  @Test func nullStaysNull() { #expect(masking.mask(.null).isNull) }

  @Test func anotherKeyGivesAnotherMask() {
    #expect(Masking(key: Array(repeating: 2, count: 32)).mask("a") != masking.mask("a"))
  }

  @Test func onlySensitiveFieldsAreMasked() {
    let record = FlatRecord([
      JSON.Member(name: "a", value: 1), JSON.Member(name: "b", value: 2),
      JSON.Member(name: "c", value: .null),
    ])
    let masked = masking.mask(record, sensitive: ["b", "c"])
    #expect(masked["a"] == 1)
    #expect(masked["b"] == masking.mask(2))
    #expect(masked["c"]?.isNull == true)
  }
}

@Suite struct DifferenceTests {
  private let masking = Masking(key: Array(repeating: 1, count: 32))

  private func record(_ text: String) -> FlatRecord { flat(Array(text.utf8)) }

  @Test func onlyWhatDiffersIsSent() {
    let difference = Difference.sinceSent(
      record(#"{"a":1,"b":"x","c":null,"d":null,"s":"secret"}"#),
      sent: masking.mask(
        record(#"{"a":1,"b":"y","c":3,"s":"secret"}"#), sensitive: ["s"]),
      masking: masking, sensitive: ["s"])
    #expect(difference.changed == record(#"{"b":"x","c":null}"#))
    #expect(
      difference.changes == [
        FieldChange(path: "b", before: "y", after: "x"),
        FieldChange(path: "c", before: 3, after: .null),
      ])
  }

  @Test func aSensitiveChangeIsSentInFullAndShownMasked() {
    let difference = Difference.sinceSent(
      record(#"{"s":"new"}"#),
      sent: masking.mask(record(#"{"s":"old"}"#), sensitive: ["s"]), masking: masking,
      sensitive: ["s"])
    #expect(difference.changed["s"] == "new")
    #expect(
      difference.changes == [
        FieldChange(path: "s", before: masking.mask("old"), after: masking.mask("new"))
      ])
  }

  @Test func aBaselineSpeaksTheRecordsFormWhereBothMeanTheSame() throws {
    let program = try Stage().programs[1]
    let baseline = RecordComparison(program, masking).baseline(
      of: ["code": "t1", "name": "other", "size": "4", "note": "", "extra": 1],
      for: record(#"{"code":"t1","name":"wanted","size":4,"note":null,"active":1}"#))
    #expect(
      baseline
        == record(#"{"active":null,"code":"t1","name":"other","note":null,"size":4}"#))
  }
}
