import Foundation
import JSON
import Sandbox
import Testing

/// What must not be read, shown or left open is not.
@Suite(.timeLimit(.minutes(15))) struct SecrecyTests {
  private func link(_ store: Storehouse, _ file: String, to goal: String) throws {
    let path = store.path(file).path
    try? FileManager.default.removeItem(atPath: path)
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: goal)
  }

  @Test(
    "A link that leads out of the project is not followed, and nothing of its goal is shown",
    arguments: [
      "mappings/evil.yaml", "mappings/targets/evil.yaml", "mappings/sources/evil.yaml",
      "mappings/crosswalk.yaml", "mappings/deep/evil.yaml", "schemas/tool.schema.json",
      "schemas/inventory/queries/tools.yaml", "mappings/more",
    ])
  func linksOut(_ file: String) async throws {
    try await Storehouse.open { store in
      let outside = store.folder.appendingPathExtension("outside")
      try FileManager.default.createDirectory(at: outside, withIntermediateDirectories: true)
      try FileManager.default.createDirectory(
        at: store.path("mappings/deep"), withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: outside) }
      let goals =
        file.hasSuffix("more")
        ? [outside.path]
        : [
          outside.appending(path: "secret.txt").path, outside.appending(path: "secret.yaml").path,
          "../" + (file.contains("/deep/") ? "../" : "") + "secret.txt",
        ]
      for name in ["secret.txt", "secret.yaml"] {
        try Data("password: hush-hush\n: [\n".utf8).write(to: outside.appending(path: name))
      }
      try store.write("password: hush-hush\n: [\n", to: "secret.txt")
      for goal in goals {
        try link(store, file, to: goal)
        // A run reads no snapshot.
        let others = file.hasPrefix("schemas/inventory") ? [] : [["plan"], ["run"], ["test"]]
        for arguments in [
          ["lint"], ["lint", "--format", "json"], ["lint", "--format", "sarif"],
          ["lint", "--fix", "--dry-run"],
        ] + others {
          let result = try await Crosswalk.run(
            arguments, in: store.folder, environment: store.environment)
          #expect(!result.text.contains("hush"), "\(arguments) \(goal): \(result.text)")
          #expect(result.status != 0, "\(arguments) \(goal): \(result.text)")
        }
      }
      #expect(store.writes.isEmpty)
    }
  }

  @Test("Links within a mounted folder are followed, as those of a ConfigMap")
  func configMap() async throws {
    try await Storehouse.open { store in
      for folder in ["mappings", "mappings/targets", "mappings/sources", "schemas"] {
        let files = try FileManager.default.contentsOfDirectory(atPath: store.path(folder).path)
          .filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".json") }
        let data = "\(folder)/..2024_05_01"
        try FileManager.default.createDirectory(
          at: store.path(data), withIntermediateDirectories: true)
        try link(store, "\(folder)/..data", to: "..2024_05_01")
        for file in files {
          try FileManager.default.moveItem(
            at: store.path("\(folder)/\(file)"), to: store.path("\(data)/\(file)"))
          try link(store, "\(folder)/\(file)", to: "..data/\(file)")
        }
      }
      let lint = try await store.crosswalk("lint")
      #expect(lint.status == 0, "\(lint.text)")
      #expect(try await store.run().status == "succeeded")
      // And through a link to the whole project, from elsewhere.
      try link(store, "elsewhere", to: "mappings")
      let elsewhere = try await store.crosswalk("lint", "--project", "elsewhere")
      #expect(elsewhere.status == 0, "\(elsewhere.text)")
    }
  }

  @Test("Files next to the ledger that came back readable for everybody are closed again")
  func permissions() async throws {
    try await Storehouse.open { store in
      func modes() throws -> [String: Int] {
        let folder = store.path(".crosswalk").path
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        return Dictionary(
          uniqueKeysWithValues: try names.map { name in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")
            return (name, attributes[.posixPermissions] as? Int ?? -1)
          })
      }
      #expect(try await store.run().status == "succeeded")
      let first = try modes()
      #expect(first.values.allSatisfy { $0 == 0o600 }, "\(first)")
      for command in ["run", "plan", "failures"] {
        for name in try modes().keys {
          try FileManager.default.setAttributes(
            [.posixPermissions: 0o644], ofItemAtPath: store.path(".crosswalk/\(name)").path)
        }
        #expect(try await store.crosswalk(command).status == 0)
        let open = try modes().filter { $0.key.hasSuffix(".key") || $0.key.hasSuffix(".sqlite") }
        #expect(open.count == 2 && open.values.allSatisfy { $0 == 0o600 }, "\(command) \(open)")
        let all = try modes()
        #expect(all.values.allSatisfy { $0 == 0o600 }, "\(command) \(all)")
      }
    }
  }

  @Test(
    "Keys, names and messages do not steer a terminal or a page, and stay what they are in JSON")
  func controlCharacters() async throws {
    try await Storehouse.open { store in
      let key = "B\u{1B}]0\u{7}\u{9B}m\u{202E}\u{7F}"
      try await store.sql(
        "insert into inventory.boxes (store, box, label) values (1, '\(key)', 'x')")
      store.depot.inject(
        Fault(
          "POST /v1/boxes",
          .reply(
            422, contentType: "application/json",
            body: #"{"message":"bad \u001b[2J\u009b1m\u202ename"}"#), calls: nil))
      func isSafe(_ result: Crosswalk) -> Bool {
        !result.text.unicodeScalars.contains { scalar in
          (scalar.properties.generalCategory == .control && scalar != "\n")
            || (0x202A...0x202E).contains(scalar.value)
        }
      }
      var shown = ""
      for arguments in [
        ["plan"], ["plan", "--format", "html"], ["plan", "--format", "json"], ["run"], ["failures"],
        ["failures", "list", "--format", "json"], ["run", "--format", "json"],
      ] {
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(isSafe(result), "\(arguments): \(result.text.debugDescription)")
        if arguments.last == "json" { _ = try result.json() }
        shown += result.text
      }
      for written in [#"\u{1B}"#, #"\u001b"#, #"\u009b"#, #"\u{202E}"#] {
        #expect(shown.contains(written), "\(written) in \(shown.debugDescription)")
      }
    }
  }

  @Test(
    "A token that a server quotes is in no output and not in the ledger",
    arguments: [
      401, 403, 422, 500,
    ])
  func token(_ status: Int) async throws {
    try await Storehouse.open { store in
      let token = "hush-hush-0123456789"
      store.environment["DEPOT_TOKEN"] = token
      store.depot.inject(
        Fault(
          "/**",
          .reply(
            status, contentType: "application/json",
            body: #"{"message":"no right: HUSH-HUSH-0123456789, hush%2Dhush%2D0123456789"}"#),
          calls: nil))
      for arguments in [["run"], ["check"], ["failures"], ["run", "--format", "json"]] {
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(!result.text.lowercased().contains("hush"), "\(result.text)")
      }
      for name in try FileManager.default.contentsOfDirectory(
        atPath: store.path(".crosswalk").path)
      {
        let data = FileManager.default.contents(atPath: store.path(".crosswalk/\(name)").path)
        #expect(data?.firstRange(of: Data("hush".utf8)) == nil, "\(name)")
        #expect(data?.firstRange(of: Data("HUSH".utf8)) == nil, "\(name)")
      }
    }
  }

  @Test("What the database says of a row is not shown where a field is sensitive")
  func sourceErrors() async throws {
    try await Storehouse.open { store in
      try await store.sql("update inventory.tools set serial = 'Hush-1'")
      try store.edit("mappings/tools.yaml", "t.serial, ", "t.serial::int::text as serial, ")
      let open = try await store.crosswalk("run")
      #expect(open.status == 5 || open.status == 1, "\(open.text)")
      #expect(open.text.contains("Hush-1"), "\(open.text)")
      try store.edit("mappings/tools.yaml", "when_absent:", "sensitive: [serial]\nwhen_absent:")
      for arguments in [
        ["run"], ["plan"], ["check"], ["run", "--format", "json"],
        ["explain", "tools", "1002"],
      ] {
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(!result.text.contains("Hush"), "\(result.text)")
        #expect(result.text.contains("(masked)"), "\(result.text)")
      }
    }
  }

  @Test("The token goes in clear to no other machine")
  func plainHTTP() async throws {
    try await Storehouse.open { store in
      for address in [
        "http://192.0.2.1", "http://localhost.example.com", "http://127.0.0.1@192.0.2.1",
      ] {
        store.environment["DEPOT_URL"] = address
        for command in ["run", "plan", "check"] {
          let result = try await store.crosswalk(command)
          #expect(result.status == (command == "check" ? 5 : 1), "\(result.text)")
          #expect(result.text.contains("mappings/targets/depot.yaml:2"), "\(result.text)")
        }
      }
      store.environment["DEPOT_URL"] = store.depot.url
      store.environment["DEPOT_DEVELOPMENT"] = "yes"
      let odd = try await store.crosswalk("run")
      #expect(odd.status == 1 && odd.text.contains("`true` or `false`"), "\(odd.text)")
      #expect(store.depot.calls.isEmpty)
    }
  }
}
