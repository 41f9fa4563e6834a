import Diagnostics
import Testing

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("sensitiv", "sensitive"), ("feilds", "fields"), ("Source", "source"), ("ky", "key"),
  ]) func findsWhatWasMeant(_ word: String, _ meant: String) {
    #expect(closest(to: word, in: ["source", "key", "fields", "sensitive"]) == meant)
  }

  @Test(arguments: ["", "zebra", "xx", String(repeating: "k", count: 500)])
  func staysSilentOtherwise(_ word: String) {
    #expect(closest(to: word, in: ["source", "key", "fields"]) == nil)
  }
}
