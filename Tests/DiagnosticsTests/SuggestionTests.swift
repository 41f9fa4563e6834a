import Diagnostics
import Testing

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("sensitiv", "sensitive"), ("feilds", "fields"), ("Source", "source"), ("ky", "key"),
  ]) func findsWhatWasMeant(_ word: String, _ meant: String) {
    #expect(closest(to: word, in: ["source", "key", "fields", "sensitive"]) == meant)
  }

  /// A long name in common is no likeness.
  @Test(arguments: [
    ("urn:ietf:params:scim:schemas:core:2.0:User", nil),
    ("urn:ietf:params:scim:schemas:extension:company:2.0:User", nil),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:Usr", Self.enterprise),
    ("urn:ietf:params:scim:schemas:extension:enterprise:2.0:Group", nil),
    ("urn:ietf:params:scim:schemas:extension:enterprize:2.0:User", Self.enterprise),
    ("externalIds.vista", nil), ("externalIds.vistaEmploye", "externalIds.vistaEmployee"),
    ("externalids.vistaEmployee", "externalIds.vistaEmployee"),
    ("home_telephone_extension_number", nil),
  ]) func comparesWhatDiffers(_ word: String, _ meant: String?) {
    #expect(
      closest(
        to: word,
        in: [
          Self.enterprise, "externalIds.vistaEmployee", "work_telephone_expansion_letter",
        ]) == meant)
  }

  private static let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

  @Test(arguments: ["", "zebra", "xx", String(repeating: "k", count: 500)])
  func staysSilentOtherwise(_ word: String) {
    #expect(closest(to: word, in: ["source", "key", "fields"]) == nil)
  }
}
