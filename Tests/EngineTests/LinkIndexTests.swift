import Testing

@testable import Engine

@Suite struct LinkIndexTests {
  @Test func itHoldsWhatADictionaryHolds() throws {
    var random = SplitMix(state: 5)
    var index = LinkIndex()
    var wanted: [Key: String] = [:]
    for _ in 0..<5000 {
      let key =
        random.oneIn(2)
        ? Key([.int(Int64.random(in: 0..<900, using: &random))])
        : Key([.text(Self.text(&random)), .bool(random.oneIn(2))])
      let id = String(UInt32.random(in: 0...999, using: &random))
      wanted[key] = id
      key.bytes.withUnsafeBytes { index.set(Array(id.utf8), for: $0) }
    }
    #expect(index.count == wanted.count)
    for (key, id) in wanted { #expect(self.id(of: key, in: index) == id) }
    for value in Int64(900)..<1000 { #expect(id(of: Key([.int(value)]), in: index) == nil) }
    #expect(id(of: Key(bytes: []), in: index) == nil)

    let gone = try #require(wanted.keys.min())
    gone.bytes.withUnsafeBytes { index.forget($0) }
    #expect(id(of: gone, in: index) == nil)
    gone.bytes.withUnsafeBytes { index.set(Array("7".utf8), for: $0) }
    #expect(id(of: gone, in: index) == "7")
  }

  /// Of one to thirty characters, so that keys shorter and longer than a hash takes at once occur.
  private static func text(_ random: inout SplitMix) -> String {
    String(
      repeating: String(UInt8.random(in: 0...9, using: &random)),
      count: Int.random(in: 1...30, using: &random))
  }

  private func id(of key: Key, in index: LinkIndex) -> String? {
    key.bytes.withUnsafeBytes { key in
      index.withID(of: key) { String(decoding: $0, as: UTF8.self) }
    }
  }
}
