import Testing

@testable import Engine

@Suite struct KeyTextTests {
  private static let alike: [[Key.Part]] = [
    [.text("x"), .text("y/z")], [.text("x/y"), .text("z")], [.text("x\\"), .text("y/z")],
    [.text("x\\/y"), .text("z")], [.text(""), .text("p")], [.text("/p"), .text("")],
    [.text(" q "), .text("r")], [.text("--help"), .text("1")], [.text("[\"x\""), .text("y]")],
    [.text("e\u{301}"), .text("1")], [.text("\u{e9}"), .text("1")],
    [.text("a\u{1b}[2J"), .text("1")], [.text("a\\u{1b}[2J"), .text("1")],
    [.text("a\r\nb"), .text("1")], [.text("a\u{202e}b"), .text("1")],
    [.text("a\"b"), .text("c'd")],
  ]

  @Test func commonKeysAreWrittenPlainly() {
    #expect("\(Key([.int(1), .text("4410.")]))" == "1/4410.")
    #expect("\(Key([.text("O'Neil, J."), .bool(false)]))" == "O'Neil, J./false")
    #expect(Key([.int(1), .text("4410.")]).argument == "1/4410.")
    #expect(Key([.text("O'Neil"), .int(2)]).argument == #"'O'\''Neil/2'"#)
  }

  @Test func noTwoKeysOfTheSameColumnsReadAlike() {
    let keys = Self.alike.map { Key($0) }
    #expect(Set(keys.map { Array($0.description.utf8) }).count == keys.count)
    #expect(Set(keys.map { Array($0.exact.utf8) }).count == keys.count)
  }

  @Test func nothingInAKeyReachesTheTerminalAsItIs() {
    for parts in Self.alike {
      for text in [Key(parts).description, Key(parts).exact] {
        let hidden = text.unicodeScalars.filter {
          [.control, .format].contains($0.properties.generalCategory)
        }
        #expect(hidden.isEmpty, "\(text)")
      }
      #expect(!Key(parts).description.hasPrefix("-"))
    }
  }

  @Test(arguments: [false, true])
  func whatIsWrittenLeadsBackToTheOneKey(isExact: Bool) throws {
    let keys = Self.alike.map { Key($0) }
    for key in keys {
      var search = KeySearch(isExact ? key.exact : key.description)
      for other in keys { search.look(at: other) }
      #expect(try search.key(of: "m") == key, "\(key)")
    }
  }

  @Test func aTextThatMayMeanSeveralTakesNone() throws {
    let (one, other) = (Key(Self.alike[0]), Key(Self.alike[1]))
    var search = KeySearch("x/y/z")
    search.look(at: one)
    #expect(try search.key(of: "m") == one)
    search.look(at: other)
    let ambiguous = #expect(throws: AmbiguousKey.self) { try search.key(of: "m") }
    #expect(
      ambiguous?.description == #"`x/y/z` may mean 2 keys of m: ["x","y/z"], ["x/y","z"]"#)
    // Three columns are what the text says; the others only read so.
    let three = Key([.text("x"), .text("y"), .text("z")])
    search.look(at: three)
    #expect(try search.key(of: "m") == three)
  }

  @Test func aNumberAndATextAreToldApart() throws {
    let (number, text) = (Key([.int(7)]), Key([.text("7")]))
    for (written, meant) in [("[7]", number), (#"["7"]"#, text)] {
      var search = KeySearch(written)
      search.look(at: number)
      search.look(at: text)
      #expect(try search.key(of: "m") == meant)
    }
    var search = KeySearch("7")
    search.look(at: text)
    #expect(try search.key(of: "m") == text)
    search.look(at: number)
    #expect(throws: AmbiguousKey.self) { try search.key(of: "m") }
  }

  @Test(arguments: ["x\\", "x\\u{zz}", "[1", "[1.5]", "[[1]]", "[]", ""])
  func whatIsNoKeyFindsNone(written: String) throws {
    var search = KeySearch(written)
    search.look(at: Key([.text("x"), .int(1)]))
    search.look(at: Key([.int(1)]))
    #expect(try search.key(of: "m") == nil)
  }

  @Test("No text in a key ends early, and the order is that of the values")
  func textsWithNUL() {
    let texts = ["", "\0", "\0\0", "\0\u{FF}", "\u{1}", "a", "a\0", "a\0b", "a\u{1}", "ab", "é"]
    var keys: [Key] = []
    for first in texts {
      for second in texts {
        let key = Key([.text(first), .text(second), .int(-1), .bool(true)])
        #expect(key.parts == [.text(first), .text(second), .int(-1), .bool(true)])
        keys.append(key)
      }
    }
    #expect(Set(keys).count == keys.count)
    let sorted = texts.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    #expect(
      sorted.flatMap { first in
        sorted.map { Key([.text(first), .text($0), .int(-1), .bool(true)]) }
      }
        == keys.sorted())
    // A column may be the last, and a text without NUL is stored as it always was.
    #expect(Key([.text("a\0")]) != Key([.text("a")]))
    #expect(Key([.text("ab"), .int(1)]).bytes == [3, 97, 98, 0, 2, 128, 0, 0, 0, 0, 0, 0, 1])
  }
}
