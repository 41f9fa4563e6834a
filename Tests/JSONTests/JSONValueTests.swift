import JSON
import Testing

@Suite struct JSONValueTests {
  @Test func equalityIsByBytes() {
    #expect("\u{E9}" == "e\u{301}")
    #expect(JSON.string("\u{E9}") != JSON.string("e\u{301}"))
    #expect(JSON.number("1") != JSON.number("1.0"))
    #expect(Set<JSON>(["\u{E9}", "e\u{301}", "\u{E9}"]).count == 2)
    let object: JSON = ["\u{E9}": 1, "e\u{301}": 2]
    #expect(object["e\u{301}"] == 2)
    #expect(object["\u{E9}"] == 1)
    #expect(object["x"] == nil)
  }

  @Test(
    arguments: [
      ("0", 0), ("-0", 0), ("1.0", 1), ("1e2", 100), ("1.50e1", 15), ("1200e-2", 12),
      ("-9223372036854775808", .min), ("9223372036854775807", .max),
      ("9223372036854775807.0", .max), ("0e999999999999999999999", 0),
      ("9223372036854775808", nil), ("1.5", nil), ("1e-1", nil), ("1e19", nil), ("1e400", nil),
      ("1e99999999999999999999", nil), ("1e-99999999999999999999", nil),
    ] as [(String, Int64?)])
  func integers(_ digits: String, _ expected: Int64?) {
    #expect(JSON(number: digits)?.intValue == expected)
  }

  @Test func doubles() {
    #expect(JSON(number: "0.1")?.doubleValue == 0.1)
    #expect(JSON(number: "1e400")?.doubleValue == nil)
    #expect(JSON.double(0.1) == .number("0.1"))
    #expect(JSON.double(.infinity) == nil)
    #expect(JSON.string("1").doubleValue == nil)
    for value in [1e300, 2.5e-308, -1.5e-7, 123_456_789_012_345_680] {
      #expect(JSON.double(value).flatMap { JSON(number: "\($0)") }?.doubleValue == value)
    }
  }

  @Test(arguments: ["01", ".5", "NaN", " 1", "1 ", "", "-", "true"])
  func refusesWhatIsNoNumber(_ digits: String) {
    #expect(JSON(number: digits) == nil)
  }

  @Test func paths() throws {
    let value = try JSON(
      parsing: #"{"data":{"id":7},"tags":[{"id":"a"},{"x":1},{"id":"b"}],"#
        + #""sites":[{"docks":[{"n":1},{"n":2}]},{"docks":[]},{"docks":[{"n":3}]}]}"#)
    #expect(value.value(at: "data.id") == 7)
    #expect(value.value(at: "tags[].id") == ["a", "b"])
    #expect(value.value(at: "sites[].docks[].n") == [1, 2, 3])
    #expect(value.value(at: "data.id.x") == nil)
    #expect(value.value(at: "data[]") == nil)
    #expect(value.value(at: "missing[].id") == nil)
    #expect(JSON.array([["id": 1], ["id": 2]]).value(at: "[].id") == [1, 2])
    #expect(value.value(at: "tags[]") == value["tags"])
    for text in ["", ".", "a.", ".a", "a..b", "a[0]", "a[", "a]b", "a.[]"] {
      #expect(JSONPath(text) == nil)
    }
  }
}

@Suite struct JSONWriterTests {
  @Test func compact() throws {
    let text = #"{"b":12.50,"a":[1e2,true,false,null,"x\"\\\/é😀"],"":{}}"#
    let written = try JSON(parsing: text).description
    #expect(written == #"{"b":12.50,"a":[1e2,true,false,null,"x\"\\/é😀"],"":{}}"#)
  }

  @Test func everyControlCharacterIsEscaped() throws {
    let all = String(String.UnicodeScalarView((0..<0x300).compactMap(Unicode.Scalar.init)))
    let written = JSON.string(all).compactBytes
    #expect(!written.contains { $0 < 0x20 })
    #expect(try JSON(parsing: written) == .string(all))
    #expect(JSON.string("\u{1}\u{1f}\n").description == #""\u0001\u001f\n""#)
  }

  @Test func canonicalSortsByBytesAtEveryLevel() throws {
    let value = try JSON(
      parsing: #"{"b":1,"a":{"z":[{"d":1,"c":2}],"y":1.0},"é":0,"B":0,"\ud83d\ude00":0,"\uffff":0}"#
    )
    #expect(
      String(decoding: value.canonicalBytes, as: UTF8.self)
        == "{\"B\":0,\"a\":{\"y\":1.0,\"z\":[{\"c\":2,\"d\":1}]},\"b\":1,\"é\":0,"
        + "\"\u{FFFF}\":0,\"😀\":0}")
  }
}
