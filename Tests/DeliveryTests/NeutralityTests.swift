import Testing

@Suite("Neutrality")
struct NeutralityTests {
  @Test("no line of Swift outside the sandbox knows a target by name")
  func sources() throws {
    let files = try Repository.files(below: "Sources").filter {
      $0.hasSuffix(".swift") && !$0.hasPrefix("Sandbox/")
    }
    #expect(files.count > 100)
    for path in files {
      let text = try Repository.text("Sources/\(path)").lowercased()
      for name in ["safetyamp", "samsara"] {
        #expect(!text.contains(name), "\(path) names \(name)")
      }
    }
  }
}
