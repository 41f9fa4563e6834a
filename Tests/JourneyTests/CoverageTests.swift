import Foundation
import Testing

/// `crosswalk test --coverage`.
@Suite struct CoverageTests {
  @Test("The examples of the shipped mappings reach every field and every branch")
  func shipped() async throws {
    let result = try await Crosswalk.run("test", "--coverage", in: Repository.root)
    #expect(result.status == 0, "\(result.text)")
    #expect(result.output.contains("safetyamp-users"))
    #expect(result.output.contains("all as expected"))
  }

  @Test("What no example reaches is named where it is written")
  func gaps() async throws {
    try await Storehouse.open { store in
      let mapping = try store.text("mappings/tools.yaml")
      try store.write(
        mapping.replacing(
          "name: required(text.clean(row.label))",
          with: #"name: 'row.label == null ? "none" : required(text.clean(row.label))'"#
        ).replacing(
          "status: { value: present }",
          with: """
            status:
                from: row.box
                values: { A1: present, B2: scrapped }
                otherwise: present
            """),
        to: "mappings/tools.yaml")
      let plain = try await store.crosswalk("test")
      #expect(!plain.text.contains("E602"))
      let result = try await store.crosswalk("test", "--coverage")
      #expect(result.status == 1, "\(result.text)")
      #expect(result.errors.contains("warning[E602]"), "\(result.text)")
      for gap in [
        "the condition holds", "this is null", "the value `B2`", "`otherwise`",
        "a value of `serial`",
      ] { #expect(result.errors.contains("no example reaches this: \(gap)"), "\(result.text)") }
      #expect(!result.errors.contains("`A1`"))
      #expect(!result.errors.contains("the condition does not hold"))
    }
  }
}
