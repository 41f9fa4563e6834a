import Foundation
import Testing

/// What `lint` says of the ledger that is there, and which exit code a file with mistakes has in each command.
@Suite struct LintLedgerTests {
  @Test("The ledger of another project is named as such, and no mapping is taken for a renamed one")
  func anotherProject() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      #expect(try await store.crosswalk("lint").status == 0)
      try store.edit("mappings/crosswalk.yaml", "storehouse", "warehouse")
      for file in ["boxes", "tools"] {
        try store.edit("mappings/\(file).yaml", "mapping: \(file)", "mapping: other-\(file)")
        try store.edit(
          "schemas/inventory/queries/\(file).yaml", "query: \(file)", "query: other-\(file)")
        let queries = store.path("schemas/inventory/queries")
        try FileManager.default.moveItem(
          at: queries.appending(path: "\(file).yaml"),
          to: queries.appending(path: "other-\(file).yaml"))
      }
      try store.edit("mappings/tools.yaml", #"link("boxes""#, #"link("other-boxes""#)
      try store.edit("mappings/boxes.yaml", #"link("boxes""#, #"link("other-boxes""#)
      try store.edit("mappings/tools.yaml", "mapping: boxes", "mapping: other-boxes")
      let lint = try await store.crosswalk("lint")
      #expect(lint.status == 1, "\(lint.text)")
      #expect(lint.text.contains("the ledger belongs to the project `storehouse`"), "\(lint.text)")
      #expect(!lint.text.contains("E419"), "\(lint.text)")
      let run = try await store.crosswalk("run")
      #expect(run.text.contains("the ledger belongs to the project `storehouse`"), "\(run.text)")
    }
  }

  @Test("A ledger that cannot be looked at is a warning in every format", arguments: 0..<3)
  func unread(_ kind: Int) async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      let files = FileManager.default
      for suffix in ["", "-wal", "-shm"]
      where files.fileExists(atPath: store.ledger.path + suffix) {
        try files.removeItem(atPath: store.ledger.path + suffix)
      }
      switch kind {
      case 0: try Data("not a ledger".utf8).write(to: store.ledger)
      case 1: try Data(repeating: 7, count: 9000).write(to: store.ledger)
      default: try files.createDirectory(at: store.ledger, withIntermediateDirectories: true)
      }
      for format in ["text", "json", "sarif", "github"] {
        let lint = try await store.crosswalk("lint", "--format", format)
        #expect(lint.status == 0, "\(format): \(lint.text)")
        #expect(lint.output.contains("the ledger was not looked at"), "\(format): \(lint.text)")
        let strict = try await store.crosswalk("lint", "--strict", "--format", format)
        #expect(strict.status == 1, "\(format): \(strict.text)")
      }
    }
  }

  @Test("A mistake in a file has the exit code 1 in every command")
  func mistakes() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      for (file, commands) in [
        ("mappings/crosswalk.yaml", ["lint", "plan", "run", "test", "runs", "ledger"]),
        ("mappings/tools.yaml", ["lint", "plan", "run", "test"]),
      ] {
        let text = try store.text(file)
        for mistake in ["nonsense: 1\n" + text, "- just\n- a list\n"] {
          try store.write(mistake, to: file)
          for command in commands {
            let result = try await store.crosswalk(command)
            // What only looks at the ledger needs no more of the project's file than can be read.
            let isFine = ["runs", "ledger"].contains(command) && mistake.hasSuffix(text)
            #expect(
              result.status == 1 || isFine && result.status == 0,
              "\(file), \(command): \(result.text)")
          }
        }
        try store.write(text, to: file)
      }
    }
  }

  @Test("Of examples that could not be run, nobody says which keys they have")
  func examples() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/tools.yaml", "text.clean(row.label)", "text.cleen(row.label)")
      let test = try await store.crosswalk("test", "tools", "--key", "7")
      #expect(test.status == 1, "\(test.text)")
      #expect(!test.text.contains("no example has the key"), "\(test.text)")
      #expect(test.errors.contains("the examples of tools were not run"), "\(test.text)")
    }
  }
}
