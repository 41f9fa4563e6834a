import Diagnostics
import Documents
import Mappings
import Testing

@Suite struct SettingResolverTests {
  private let range = SourceRange(file: SourceFile(path: "a.yaml", text: "x"), start: 0, end: 1)

  private func resolve(
    _ parts: [Setting.Part], environment: [String: String] = [:], files: [String: String] = [:]
  ) -> (String?, [Diagnostic]) {
    let resolver = SettingResolver(
      environment: { environment[$0] }, secretsDirectory: "/run/secrets",
      file: { path in files[path].map { Array($0.utf8) } })
    var diagnostics: [Diagnostic] = []
    let text = resolver.resolve(Setting(parts: parts, range: range), &diagnostics)
    return (text, diagnostics)
  }

  @Test func environmentComesBeforeDefaults() {
    let parts: [Setting.Part] = [.text("a"), .environment(name: "X", defaultValue: "d")]
    #expect(resolve(parts).0 == "ad")
    #expect(resolve(parts, environment: ["X": "e"]).0 == "ae")
    #expect(resolve(parts, environment: ["X": ""]).0 == "ad")
  }

  @Test func environmentComesBeforeFilesOfSecrets() {
    let files = ["/run/secrets/S": "from file\r\n"]
    #expect(resolve([.secret(name: "S")], files: files).0 == "from file")
    #expect(resolve([.secret(name: "S")], environment: ["S": "e"], files: files).0 == "e")
  }

  @Test func whatIsMissingIsNamedWithTheWayOut() {
    let (text, diagnostics) = resolve([
      .environment(name: "X", defaultValue: nil), .secret(name: "S"),
    ])
    #expect(text == nil)
    #expect(
      diagnostics.map(\.code) == [Mappings.Codes.missingVariable, Mappings.Codes.missingSecret])
    #expect(diagnostics[0].help == ["set it in the environment, or write a default: `${X:-…}`"])
    #expect(diagnostics[1].help == ["set S in the environment, or put it in /run/secrets/S"])
  }

  @Test func emptyFilesOfSecretsAreMissing() {
    let (text, diagnostics) = resolve([.secret(name: "S")], files: ["/run/secrets/S": "\n"])
    #expect(text == nil && diagnostics.first?.notes.count == 1)
  }
}
