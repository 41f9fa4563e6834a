import Foundation
import Testing

/// The house is built as `docs/architecture.md` says: who may import whom is read from the sources.
@Suite struct RoomsTests {
  private func imports(below folder: String) throws -> [String: Set<String>] {
    let files = try Repository.files(below: folder).filter { $0.hasSuffix(".swift") }
    #expect(!files.isEmpty)
    return try Dictionary(
      uniqueKeysWithValues: files.map { path in
        let lines = try Repository.text("\(folder)/\(path)").split(separator: "\n")
        let names = lines.filter { $0.hasPrefix("import ") }.map { String($0.dropFirst(7)) }
        return (path, Set(names))
      })
  }

  @Test(
    "A command parses, calls an operation and shows what came of it: it reaches no store, source or target itself"
  )
  func commands() throws {
    let allowed: Set<String> = [
      "ArgumentParser", "Diagnostics", "Engine", "Foundation", "JSON", "Mappings", "Operations",
    ]
    for (path, names) in try imports(below: "Sources/crosswalk/Commands") {
      let more = names.subtracting(allowed)
      #expect(more.isEmpty, "\(path) imports \(more.sorted())")
    }
  }

  @Test("The program that goes to production carries no pretended vendor and no sample data")
  func production() throws {
    for folder in ["Sources/crosswalk", "Sources/Operations"] {
      for (path, names) in try imports(below: folder) {
        #expect(names.isDisjoint(with: ["Sandbox", "SandboxDatabase"]), "\(folder)/\(path)")
      }
    }
  }

  @Test("The operations know no door")
  func operations() throws {
    for (path, names) in try imports(below: "Sources/Operations") {
      #expect(!names.contains("ArgumentParser"), "\(path)")
      let text = try Repository.text("Sources/Operations/\(path)")
      for word in [
        "Terminal", "ExitCode", "isatty", "SIGINT", "ProcessInfo.processInfo.environment",
      ] {
        #expect(!text.contains(word), "\(path) knows \(word)")
      }
    }
  }

  @Test("What keeps the ledger is chosen in one place; all others know its ports")
  func ledger() throws {
    for room in ["Operations", "crosswalk"] {
      for path in try imports(below: "Sources/\(room)").keys
      where path != "Ledgers/LedgerPlace.swift" {
        let text = try Repository.text("Sources/\(room)/\(path)")
        #expect(!text.contains("SQLite"), "\(room)/\(path)")
      }
    }
  }

  @Test("The write protocol names nothing of what puts the stages in order")
  func sending() throws {
    var run: Set<Substring> = []
    for path in try imports(below: "Sources/Engine/Run").keys {
      let text = try Repository.text("Sources/Engine/Run/\(path)")
      run.formUnion(
        text.matches(of: /(?m)^(?:\w+ )*(?:struct|class|enum|protocol|actor) (\w+)/).map(\.1))
    }
    #expect(run.contains("RunContext") && run.contains("MappingReport"))
    for path in try imports(below: "Sources/Engine/Sending").keys {
      for line in try Repository.text("Sources/Engine/Sending/\(path)").split(separator: "\n")
      where !line.contains("///") {
        let words = Set(line.matches(of: /\w+/).map(\.output))
        #expect(words.isDisjoint(with: run), "\(path): \(line)")
      }
    }
  }

  @Test("Whatever writes to the ledger goes through a writer that is bound to its lease")
  func writers() throws {
    for folder in ["Sources/Engine", "Sources/Operations"] {
      for path in try imports(below: folder).keys
      where !path.hasPrefix("Stores/") && !path.hasPrefix("State/") {
        for line in try Repository.text("\(folder)/\(path)").split(separator: "\n")
        where !line.contains("///") {
          #expect(!line.contains("epoch"), "\(folder)/\(path): \(line)")
        }
      }
    }
  }
}
