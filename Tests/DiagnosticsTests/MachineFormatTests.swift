import Diagnostics
import Foundation
import Testing

@Suite struct MachineFormatTests {
  private let diagnostic: Diagnostic = {
    let file = SourceFile(path: "m/a b,é.yaml", text: "x: \"é\"\ny: 1\n")
    let range = SourceRange(file: file, start: 3, end: 7)
    return Diagnostic(
      Code("E103", "wrong type", "Why."), "must be 100%:\n\"text\"", at: range, label: "here",
      notes: [.init("elsewhere", at: SourceRange(file: file, start: 8, end: 9))],
      help: ["remedy it"], fix: .init(range, replacement: "'e'"))
  }()

  private func parsed(_ text: String) throws -> Any {
    try JSONSerialization.jsonObject(with: Data(text.utf8))
  }

  @Test func jsonHoldsEverything() throws {
    let list = try #require(try parsed(render([diagnostic], as: .json)) as? [[String: Any]])
    let object = list[0]
    #expect(
      Set(object.keys) == [
        "code", "severity", "message", "path", "line", "column", "endLine", "endColumn", "label",
        "notes", "help", "fix",
      ])
    #expect(object["message"] as? String == "must be 100%:\n\"text\"")
    #expect(object["column"] as? Int == 4 && object["endColumn"] as? Int == 7)
    #expect(((object["notes"] as? [[String: Any]])?[0]["line"] as? Int) == 2)
    #expect((object["fix"] as? [String: Any])?["replacement"] as? String == "'e'")
    #expect(render([], as: .json) == "[]\n")
  }

  @Test func sarifNamesRuleAndRegion() throws {
    let log = try #require(try parsed(render([diagnostic], as: .sarif)) as? [String: Any])
    #expect(log["version"] as? String == "2.1.0")
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let result = try #require((run["results"] as? [[String: Any]])?.first)
    #expect(result["ruleId"] as? String == "E103" && result["level"] as? String == "error")
    let location = (result["locations"] as? [[String: Any]])?.first?["physicalLocation"]
    let place = try #require(location as? [String: Any])
    #expect(
      (place["artifactLocation"] as? [String: Any])?["uri"] as? String == "m/a%20b%2C%C3%A9.yaml")
    #expect((place["region"] as? [String: Any])?["startColumn"] as? Int == 4)
    let driver = (run["tool"] as? [String: Any])?["driver"] as? [String: Any]
    #expect((driver?["rules"] as? [[String: Any]])?.first?["id"] as? String == "E103")
    #expect((result["fixes"] as? [Any])?.count == 1)
  }

  @Test func githubEscapesWhatItMust() {
    #expect(
      render([diagnostic], as: .github) == """
        ::error file=m/a b%2Cé.yaml,line=1,col=4,endLine=1,endColumn=7,title=E103 wrong type::\
        must be 100%25:%0A"text": here%0Anote: elsewhere%0Ahelp: remedy it

        """)
  }
}
