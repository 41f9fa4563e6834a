import JSON
import Testing

@Suite struct ExactTextTests {
  private let composed = "Jos\u{E9}"
  private let decomposed = "Jose\u{301}"

  @Test func textInOtherBytesIsOtherText() {
    #expect(composed == decomposed)
    #expect(ExactText(composed) != ExactText(decomposed))
    #expect(ExactText(composed) == ExactText("Jos\u{E9}"))
    #expect(Set([ExactText(composed), ExactText(decomposed)]).count == 2)
    #expect(!composed.hasSameBytes(as: decomposed))
  }

  @Test func itIsOrderedByItsBytes() {
    #expect(
      ["b", "\u{E9}", "e\u{301}", "a"].map { ExactText($0) }.sorted().map(\.text.utf8.count) == [
        1, 1, 3, 2,
      ])
    #expect(ExactText("a") < ExactText("aa"))
  }

  @Test func membersAreFoundByTheirBytes() {
    let object = JSON.object([
      JSON.Member(name: composed, value: 1), JSON.Member(name: decomposed, value: 2),
    ])
    #expect(object[composed] == 1)
    #expect(object[decomposed] == 2)
    #expect(object.value(at: decomposed) == 2)
  }
}
