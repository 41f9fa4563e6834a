import Foundation
import JSON
import Testing

/// The commands around plan and run: what they say, and to whom.
@Suite struct CommandTests {
  @Test("`check` has a line for each system and mapping, and a remedy for what is wrong")
  func check() async throws {
    try await Storehouse.open { store in
      try await store.sql("delete from inventory.boxes where store = 1")
      let good = try await store.crosswalk("check")
      #expect(good.status == 0, "\(good.text)")
      let lines = good.output.split(separator: "\n").map(String.init)
      #expect(lines.contains { $0.hasPrefix("✓ source inventory: PostgreSQL") })
      #expect(lines.contains { $0.hasPrefix("✓   mapping tools: 3 rows read") }, "\(lines)")
      #expect(lines.contains { $0.hasPrefix("!   mapping boxes: no rows") }, "\(lines)")
      #expect(lines.contains { $0.hasPrefix("✓ target depot: GET /v1/tools answered 200") })
      #expect(
        lines.contains { $0.hasPrefix("✓   tools list: GET /v1/tools: no objects") }, "\(lines)")
      #expect(store.writes.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: store.ledger.path))

      try store.depot.seed("tools", ["code": "1", "name": "One"])
      try store.edit("mappings/targets/depot.yaml", "items: items", "items: rows")
      let wrong = try await store.crosswalk("check")
      #expect(wrong.status == 5)
      #expect(
        wrong.output.contains("✗   tools list: GET /v1/tools has no list at `rows`"),
        "\(wrong.text)")
      #expect(wrong.output.contains("`items`"), "\(wrong.text)")
      try store.edit("mappings/targets/depot.yaml", "items: rows", "items: items")
      let tried = try await store.crosswalk("check")
      #expect(tried.status == 0, "\(tried.text)")
      #expect(tried.output.contains("✓   tools list: GET /v1/tools: 1 object, the whole list"))
      #expect(
        tried.output.contains("✓   tools get: GET /v1/tools/{id}: the object "), "\(tried.text)")

      try store.edit("mappings/tools.yaml", "t.weight, t.bought", "t.wait as weight, t.bought")
      store.environment["DEPOT_TOKEN"] = "wrong"
      let bad = try await store.crosswalk("check")
      #expect(bad.status == 5)
      #expect(bad.output.contains("✗   mapping tools: "), "\(bad.text)")
      #expect(bad.output.contains("✗ target depot: answered 401"))
      #expect(bad.output.contains("= help: the token is wrong"))
      store.environment["DEPOT_URL"] = "http://127.0.0.1:1"
      let down = try await store.crosswalk("check")
      #expect(down.status == 5)
      #expect(down.output.contains("✗ target depot: "), "\(down.text)")
    }
  }

  @Test("Findings for machines have path, line and column")
  func formats() async throws {
    try await Storehouse.open { store in
      let file = "mappings/tools.yaml"
      try store.edit(file, "text.clean(row.label)", "text.clean(row.lable)")
      let place = try store.place("row.lable", in: file).split(separator: ":")
      let line = try #require(Int64(place[1]))
      let column = try #require(Int64(place[2]))

      let json = try await store.crosswalk("lint", "--format", "json")
      #expect(json.status == 1)
      let findings = try #require(try json.json().arrayValue)
      let finding = try #require(findings.first { $0["code"] == "E203" })
      #expect(finding["path"] == "mappings/tools.yaml")
      #expect(finding["line"]?.intValue == line)
      #expect(finding["column"]?.intValue == column)
      #expect(finding["help"]?.arrayValue?.isEmpty == false)

      let sarif = try await store.crosswalk("lint", "--format", "sarif")
      #expect(sarif.status == 1)
      let log = try sarif.json()
      #expect(log["version"] == "2.1.0")
      let results = log["runs"]?.arrayValue?.first?["results"]?.arrayValue ?? []
      let result = try #require(results.first { $0["ruleId"] == "E203" })
      let physical = result["locations"]?.arrayValue?.first?["physicalLocation"]
      #expect(physical?["artifactLocation"]?["uri"] == "mappings/tools.yaml")
      #expect(physical?["region"]?["startLine"]?.intValue == line)
      #expect(physical?["region"]?["startColumn"]?.intValue == column)

      let github = try await store.crosswalk("lint", "--format", "github")
      #expect(github.status == 1)
      #expect(
        github.output.contains("::error file=mappings/tools.yaml,line=\(line),col=\(column)"),
        "\(github.output)")

      let elsewhere = try await store.crosswalk("lint", "mappings/boxes.yaml")
      #expect(elsewhere.status == 0, "\(elsewhere.text)")
      let here = try await store.crosswalk("lint", "mappings/tools.yaml")
      #expect(here.status == 1)
      let clean = try await store.crosswalk("lint", "--format", "xml")
      #expect(clean.status == 64)
    }
  }

  @Test("A code explains itself, whatever its capitals")
  func explain() async throws {
    let known = try await Crosswalk.run("lint", "--explain", "e203", in: Repository.root)
    #expect(known.status == 0, "\(known.text)")
    #expect(known.output.contains("E203"))
    #expect(known.output.contains("after `as`"))
    let unknown = try await Crosswalk.run("lint", "--explain", "E2O3", in: Repository.root)
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("did you mean"))
  }

  @Test("An example that does not come out fails `test` and `lint`, with both values and its place")
  func examples() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/tools.yaml", "name: Saw, ", "name: Sow, ")
      for command in ["test", "lint"] {
        let result = try await store.crosswalk(command)
        #expect(result.status == 1, "\(result.text)")
        #expect(result.text.contains("[E601]"))
        #expect(result.text.contains("Sow"))
        #expect(result.text.contains("Saw"))
        #expect(result.text.contains("┌─ mappings/tools.yaml:"))
      }
      try store.edit("mappings/tools.yaml", "name: Sow, ", "name: Saw, ")
      let good = try await store.crosswalk("test")
      #expect(good.status == 0)
      #expect(good.output.contains("1 example, all as expected"))
      // Without the columns' names no example can be run, which is not as expected either.
      try FileManager.default.removeItem(at: store.path("schemas/inventory"))
      try store.edit(
        "mappings/tools.yaml", "select t.number, t.label, t.serial, t.weight, t.bought, t.box",
        "select *")
      let unknown = try await store.crosswalk("test")
      #expect(unknown.status == 1, "\(unknown.text)")
      #expect(unknown.text.contains("[E407]"), "\(unknown.text)")
    }
  }

  @Test("The JSON Schemas in the repository are fresh; a stale one is named")
  func schemas() async throws {
    let fresh = try await Crosswalk.run("schema", "export", "--check", in: Repository.root)
    #expect(fresh.status == 0, "\(fresh.text)")
    try await Storehouse.open { store in
      let stale = try await store.crosswalk("schema", "export", "--check")
      #expect(stale.status == 1)
      #expect(stale.errors.contains("schemas/crosswalk/mapping.schema.json"))
      #expect(stale.errors.contains("crosswalk schema export"))
      #expect(try await store.crosswalk("schema", "export").status == 0)
      #expect(try await store.crosswalk("schema", "export", "--check").status == 0)
    }
  }

  @Test(
    "Every command shows an example and its options",
    arguments: [
      ["lint"], ["test"], ["plan"], ["run"], ["check"], ["schema", "export"],
    ])
  func help(of command: [String]) async throws {
    let result = try await Crosswalk.run(command + ["--help"], in: Repository.root)
    #expect(result.status == 0)
    #expect(result.output.contains("Example"), "\(result.output)")
    #expect(result.output.contains("crosswalk \(command.joined(separator: " "))"))
    #expect(result.output.contains("USAGE:"))
  }

  @Test("A wrong option is refused with the usage; the version is said")
  func usage() async throws {
    let wrong = try await Crosswalk.run("run", "--dry-run", in: Repository.root)
    #expect(wrong.status == 64)
    #expect(wrong.errors.contains("--dry-run"))
    #expect(wrong.errors.contains("crosswalk run --help"))
    let version = try await Crosswalk.run("--version", in: Repository.root)
    #expect(version.status == 0)
    #expect(version.output.contains("."))
    let none = try await Crosswalk.run(in: Repository.root)
    #expect(none.output.contains("SUBCOMMANDS"))
  }
}
