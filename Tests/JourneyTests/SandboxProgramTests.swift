import Foundation
import JSON
import Testing

/// The second program: pretended targets, an invented Viewpoint, and the demonstration.
@Suite struct SandboxProgramTests {
  @Test(
    "Every command shows an example and its options", arguments: ["targets", "database", "demo"])
  func help(of command: String) async throws {
    let result = try await Crosswalk.run(
      [command, "--help"], in: Repository.root, program: .sandbox)
    #expect(result.status == 0)
    #expect(result.output.contains("crosswalk-sandbox \(command)"), "\(result.output)")
    #expect(result.output.contains("USAGE:"))
  }

  @Test("A wrong option is refused with the usage")
  func usage() async throws {
    let wrong = try await Crosswalk.run(
      ["database", "--keep", "a", "--stop", "b"], in: Repository.root, program: .sandbox)
    #expect(wrong.status == 64)
    #expect(wrong.errors.contains("not both"))
  }

  @Test("The demonstration tells its story to the end, and leaves nothing behind")
  func demo() async throws {
    let temporary = FileManager.default.temporaryDirectory
      .appending(path: "crosswalk-demo-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: temporary, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o777])
    defer { try? FileManager.default.removeItem(at: temporary) }
    let result = try await Crosswalk.run(
      ["demo", "--size", "tiny"], in: Repository.root, environment: ["TMPDIR": temporary.path],
      program: .sandbox)
    #expect(result.status == 0, "\(result.text)")
    let parts = result.output.components(separatedBy: "── ")
    #expect(
      parts.contains { $0.hasPrefix("6.") && $0.contains("\n0 calls came to the targets.") },
      "\(result.output)")
    #expect(result.output.contains("0 of them over a limit"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
    #expect(processes(naming: temporary.lastPathComponent).isEmpty)
  }

  @Test("The sandbox prints the settings that lead to it")
  func sandboxSettings() async throws {
    let sandbox = try RunningCrosswalk.start(
      ["targets", "--window-scale", "100"], in: Repository.root, environment: [:],
      program: .sandbox)
    try await eventually(within: .seconds(30), "it listens") {
      sandbox.output.contains("interrupt to stop")
    }
    for words in [
      "export SAFETYAMP_URL=http://127.0.0.1:", " SAFETYAMP_TOKEN=", " SAFETYAMP_FQDN=",
      "export SAMSARA_URL=http://127.0.0.1:", "CROSSWALK_DEVELOPMENT=true",
      "CROSSWALK_WINDOW_SCALE=100", "export CROSSWALK_LEDGER=/",
    ] { #expect(sandbox.output.contains(words), "\(words) in \(sandbox.output)") }
    sandbox.send(SIGINT)
    #expect(try await sandbox.end(within: .seconds(30)).status == 0)
  }

  @Test("An interrupted demonstration stops its servers, too")
  func interruptedDemo() async throws {
    let temporary = FileManager.default.temporaryDirectory
      .appending(path: "crosswalk-demo-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(
      at: temporary, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o777])
    defer { try? FileManager.default.removeItem(at: temporary) }
    let demo = try RunningCrosswalk.start(
      ["demo", "--size", "mid"], in: Repository.root, environment: ["TMPDIR": temporary.path],
      program: .sandbox)
    // The first load takes long enough for the interrupt to come into it, however late it is noticed here.
    try await eventually(within: .seconds(120), "the story goes on") {
      demo.output.contains("1. The first load")
    }
    demo.send(SIGINT)
    let end = try await demo.end(within: .seconds(60))
    #expect(end.status == 5, "\(end.text)")
    #expect(end.errors.contains("interrupted"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty)
    #expect(processes(naming: temporary.lastPathComponent).isEmpty)
  }

  @Test("A kept database outlives the command, is found again, and is stopped by name")
  func keptDatabase() async throws {
    let temporary = FileManager.default.temporaryDirectory
      .appending(path: "cw-kept-\(UInt32.random(in: .min ... .max))")
    try FileManager.default.createDirectory(
      at: temporary, withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o777])
    defer { try? FileManager.default.removeItem(at: temporary) }
    let folder = temporary.appending(path: "vp").path
    func keep() async throws -> Crosswalk {
      try await Crosswalk.run(
        ["database", "--keep", folder, "--size", "tiny"], in: Repository.root, program: .sandbox)
    }
    func stop() async throws -> Crosswalk {
      try await Crosswalk.run(
        ["database", "--stop", folder], in: Repository.root, program: .sandbox)
    }
    do {
      let first = try await keep()
      #expect(first.status == 0, "\(first.text)")
      #expect(first.output.contains("The data are new (tiny)."))
      let export = try #require(
        first.output.split(separator: "\n").first { $0.contains("export ") })
      let variables = Dictionary(
        uniqueKeysWithValues: export.split(separator: " ").dropFirst().map { word in
          let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
          return (parts[0], parts.last ?? "")
        })
      let check = try await Crosswalk.run(
        ["lint", "--live", "mappings/safetyamp/titles.yaml"], in: Repository.root,
        environment: variables.merging([
          "SAFETYAMP_FQDN": "example.safetyamp.com", "SAFETYAMP_TOKEN": "t", "SAMSARA_TOKEN": "t",
          "SAMSARA_DRIVER_PASSWORD": "p",
        ]) { own, _ in own })
      #expect(check.status == 0, "\(check.text)")

      let again = try await keep()
      #expect(again.output.contains("The data are those that were there."), "\(again.text)")
      #expect(again.output.contains(String(export)))
      #expect(try await stop().status == 0)
      #expect(processes(naming: folder).isEmpty)
      let restarted = try await keep()
      #expect(restarted.output.contains("The data are those that were there."), "\(restarted.text)")
    } catch {
      _ = try await stop()
      throw error
    }
    let stopped = try await stop()
    #expect(stopped.status == 0, "\(stopped.text)")
    #expect(processes(naming: folder).isEmpty)
    let elsewhere = try await Crosswalk.run(
      ["database", "--stop", temporary.path], in: Repository.root, program: .sandbox)
    #expect(elsewhere.status == 5)
    #expect(elsewhere.errors.contains("--keep"))
  }

  /// The command lines of processes that name a folder.
  private func processes(naming folder: String) -> [String] {
    let numbers = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return numbers.filter { Int($0) != nil }.compactMap { number in
      FileManager.default.contents(atPath: "/proc/\(number)/cmdline")
        .map { String(decoding: $0, as: UTF8.self) }
    }.filter { $0.contains(folder) }
  }
}
