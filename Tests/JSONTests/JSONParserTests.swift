import JSON
import Testing

@Suite struct JSONParserTests {
  @Test func keepsOrderAndDigits() throws {
    let value = try JSON(parsing: #" {"b": 12.50, "a": [1e2, -0, true, false, null, "x"]} "#)
    #expect(
      value
        == .object([
          .init(name: "b", value: .number("12.50")),
          .init(
            name: "a",
            value: [.number("1e2"), .number("-0"), true, false, nil, "x"]),
        ]))
  }

  @Test(arguments: [
    (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"),
    (#""\u00e9\u20AC""#, "é€"),
    (#""a\ud83d\ude00b""#, "a😀b"),
    (#""é€😀""#, "é€😀"),
    (#""\u0000""#, "\u{0}"),
    (#""""#, ""),
  ])
  func readsStrings(_ text: String, _ expected: String) throws {
    #expect(try JSON(parsing: text) == .string(expected))
  }

  @Test(arguments: [
    "", " ", "{", "[", "[1,", "[1,]", "{\"a\":1,}", "{\"a\"}", "{a:1}", "{'a':1}", "[1 2]",
    "01", "-", "-01", ".5", "1.", "1e", "1e+", "+1", "0x1", "NaN", "Infinity", "tru", "True",
    "nul", "nullx", "1 1", "\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"a\nb\"",
    "\"\t\"", "[1]]", "// a\n1", "\u{FEFF}1", "\u{A0}1", "\"\\ud800\"", "\"\\udc00\"",
    "\"\\ud800\\u0041\"", "\"\\ud800x\"",
  ])
  func refuses(_ text: String) {
    #expect(throws: JSONError.self) { try JSON(parsing: text) }
  }

  @Test(
    arguments: [
      [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC3], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80],
      [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82],
      [0xFF],
    ] as [[UInt8]])
  func refusesBytesThatAreNotUTF8(_ inner: [UInt8]) {
    let error = #expect(throws: JSONError.self) { try JSON(parsing: [0x22] + inner + [0x22]) }
    #expect(error?.kind == .encoding)
    #expect(error?.offset == 1)
  }

  @Test func everyPrefixOfADocumentIsRefused() {
    let text = Array(#"{"a":[1.5,{"b":"é\u00e9"},true,null],"c":-1e3}"#.utf8)
    #expect(throws: Never.self) { try JSON(parsing: text) }
    for count in text.indices {
      #expect(throws: JSONError.self) { try JSON(parsing: Array(text.prefix(count))) }
    }
  }

  @Test func saysWhere() {
    let error = #expect(throws: JSONError.self) {
      try JSON(parsing: "{\n  \"é\": 1,\n  \"é\" 2}")
    }
    #expect(error?.kind == .duplicateMember)
    #expect(error?.line == 3)
    #expect(error?.column == 3)
    #expect(error?.offset == 15)
    let syntax = #expect(throws: JSONError.self) { try JSON(parsing: "[\"é\" x]") }
    #expect(syntax?.description == "line 1, column 6: a comma or the end of the array expected")
  }

  @Test func duplicateNamesAreComparedByBytesAlsoAmongMany() {
    let many = (0..<200).map { "\"n\($0)\":0" }
    #expect(throws: Never.self) { try JSON(parsing: "{\(many.joined(separator: ","))}") }
    for repeated in ["n3", "n47", "n199", "\\u006e7"] {
      let text = "{\((many + ["\"\(repeated)\":1"]).joined(separator: ","))}"
      let error = #expect(throws: JSONError.self) { try JSON(parsing: text) }
      #expect(error?.kind == .duplicateMember)
    }
    #expect(throws: JSONError.self) { try JSON(parsing: #"{"a":1,"\u0061":2}"#) }
    #expect(throws: Never.self) { try JSON(parsing: "{\"\u{E9}\":1,\"e\u{301}\":2}") }
  }

  @Test func namesMayRecurInOtherObjects() throws {
    let text = #"{"a":{"a":[{"a":1,"b":2},{"a":3,"b":[4,[5],{}]}],"b":6},"b":{"a":7},"c":[]}"#
    #expect(try JSON(parsing: text).description == text)
    for bad in [
      #"{"a":{"b":1,"b":2}}"#, #"{"a":{"b":[{"c":1}]},"a":2}"#, #"[{"a":1},{"b":1,"b":1}]"#,
    ] {
      let error = #expect(throws: JSONError.self) { try JSON(parsing: bad) }
      #expect(error?.kind == .duplicateMember)
    }
  }

  @Test func everyByteAtEveryPlaceOfAString() {
    for byte in UInt8.min...UInt8.max {
      for place in 0..<17 {
        var inner = [UInt8](repeating: 0x61, count: 17)
        inner[place] = byte
        let read = try? JSON(parsing: [0x22] + inner + [0x22])
        let plain = (0x20..<0x80).contains(byte) && byte != 0x22 && byte != 0x5C
        #expect(read == (plain ? .string(String(decoding: inner, as: UTF8.self)) : nil))
      }
    }
  }

  @Test func limits() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    #expect(throws: Never.self) { try JSON(parsing: nested(128)) }
    let deep = #expect(throws: JSONError.self) { try JSON(parsing: nested(129)) }
    #expect(deep?.kind == .tooDeep)
    let bomb = #expect(throws: JSONError.self) {
      try JSON(
        parsing: String(repeating: "{\"a\":", count: 100_000), limits: .init(depth: .max))
    }
    #expect(bomb?.kind == .tooDeep)
    #expect(throws: Never.self) { try JSON(parsing: "[12]", limits: .init(bytes: 4)) }
    let large = #expect(throws: JSONError.self) {
      try JSON(parsing: "[123]", limits: .init(bytes: 4))
    }
    #expect(large?.kind == .tooLarge)
  }
}
