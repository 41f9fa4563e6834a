import Foundation
import Testing

/// A folder of programs to be the whole `PATH`: this machine's, without some, with others of our own.
struct Programs: ~Copyable {
  let folder: URL

  init(without missing: Set<String> = [], with own: [String: String] = [:]) throws {
    folder = FileManager.default.temporaryDirectory
      .appending(path: "crosswalk-path-\(UUID().uuidString)")
    let files = FileManager.default
    try files.createDirectory(at: folder, withIntermediateDirectories: true)
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")
      .split(separator: ":")
    var seen = missing.union(own.keys)
    for source in folders {
      for name in (try? files.contentsOfDirectory(atPath: String(source))) ?? []
      where seen.insert(name).inserted {
        try files.createSymbolicLink(
          atPath: folder.appending(path: name).path, withDestinationPath: "\(source)/\(name)")
      }
    }
    for (name, script) in own {
      let file = folder.appending(path: name)
      try Data("#!/bin/bash\n\(script)\n".utf8).write(to: file)
      try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file.path)
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func run(_ script: String, _ arguments: [String] = []) async throws -> Command {
    try await Command.run(script, arguments, path: folder.path)
  }
}

@Suite("script/setup")
struct SetupTests {
  private let setup = Repository.root.appending(path: "script/setup").path
  /// Says of every package but one that it is installed.
  private let withoutRE2 = """
    [ "${!#}" = libre2-dev ] && exit 1
    echo installed
    """

  @Test("finds nothing missing where it has run")
  func complete() async throws {
    let programs = try Programs(with: ["dpkg-query": "echo installed"])
    let done = try await programs.run(setup, ["--check"])
    #expect(done.status == 0, "run script/setup. \(done.output)")
    #expect(done.output == "setup: nothing is missing\n")
  }

  @Test("says which Swift is needed", arguments: [nil, "5.10.1", "6.0.3"])
  func swift(version: String?) async throws {
    let programs = try Programs(
      without: ["swift"],
      with: version.map {
        ["swift": "echo 'Swift version \($0) (swift-RELEASE)'", "dpkg-query": "echo installed"]
      } ?? ["dpkg-query": "echo installed"])
    let done = try await programs.run(setup, ["--check"])
    #expect(done.status == 1)
    #expect(done.output.contains(version ?? "no swift in PATH"))
    #expect(done.output.contains(/6\.1 or newer .*tested with 6\.3\.1.*swift\.org/))
  }

  @Test("says what to install where there is no Debian")
  func otherSystem() async throws {
    let programs = try Programs(without: ["dpkg-query", "apt-get", "apt-cache"])
    let done = try await programs.run(setup)
    #expect(done.status == 1)
    #expect(done.output.contains("this is not Debian"))
    #expect(done.output.contains("libpq-dev"))
  }

  @Test("says what an administrator must run where there is neither root nor sudo")
  func unprivileged() async throws {
    let programs = try Programs(
      without: ["sudo"], with: ["dpkg-query": withoutRE2, "id": "echo 1000"])
    let done = try await programs.run(setup)
    #expect(done.status == 1)
    #expect(
      done.output.contains("have an administrator run: apt-get install libre2-dev\n"),
      "\(done.output)")
  }

  @Test("installs only what is missing, by sudo, and starts no database")
  func installs() async throws {
    let programs = try Programs(with: [
      "dpkg-query": withoutRE2, "id": "echo 1000",
      // Does nothing but to say what it was asked for.
      "sudo": #"typed=$(cat); echo "asked: $*${typed:+ <<< $typed}" >&2"#,
    ])
    let done = try await programs.run(setup)
    #expect(done.status == 0, "\(done.output)\(done.errors)")
    let folder = "/etc/postgresql-common/createcluster.d"
    #expect(
      done.errors.split(separator: "\n").filter { $0.hasPrefix("asked: ") } == [
        "asked: -n mkdir -p \(folder)",
        "asked: -n tee \(folder)/crosswalk-setup.conf <<< create_main_cluster = false",
        "asked: -n apt-get update -q",
        "asked: -n env DEBIAN_FRONTEND=noninteractive apt-get install -q -y"
          + " --no-install-recommends libre2-dev",
        "asked: -n rm -f \(folder)/crosswalk-setup.conf",
        "asked: -n rmdir --ignore-fail-on-non-empty \(folder)",
      ])
  }

  @Test("--check asks for nothing")
  func checkOnly() async throws {
    let programs = try Programs(with: [
      "dpkg-query": withoutRE2, "id": "echo 1000", "sudo": "echo asked", "apt-get": "echo asked",
    ])
    let done = try await programs.run(setup, ["--check"])
    #expect(done.status == 1)
    #expect(done.output == "setup: missing packages: libre2-dev\n")
  }

  @Test("tells apart that only the Kubernetes tests cannot run")
  func kubectl() async throws {
    let programs = try Programs(
      without: ["kubectl"], with: ["dpkg-query": "echo installed"])
    let done = try await programs.run(setup, ["--check"])
    #expect(done.status == 3)
    #expect(done.output.contains("kubectl 1.27 or newer"))
  }
}

@Suite("script/test")
struct TestScriptTests {
  /// A checkout with the real script/test, a setup that finds all in place, and a compiler that prints `build`.
  private func checkout(
    build: (String) -> String, body: (URL, () async throws -> Command) async throws -> Void
  ) async throws {
    let root = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
      .appending(path: "crosswalk-checkout-\(UUID().uuidString)")
    let files = FileManager.default
    defer { try? files.removeItem(at: root) }
    for folder in ["script", "Sources"] {
      try files.createDirectory(
        at: root.appending(path: folder), withIntermediateDirectories: true)
    }
    try files.copyItem(
      at: Repository.root.appending(path: "script/test"), to: root.appending(path: "script/test"))
    let setup = root.appending(path: "script/setup")
    try Data("#!/bin/bash\n".utf8).write(to: setup)
    try files.setAttributes([.posixPermissions: 0o755], ofItemAtPath: setup.path)
    try Data("let answer = 42\n".utf8).write(to: root.appending(path: "Sources/A.swift"))
    let printed = root.appending(path: "printed")
    try Data(build(root.path).utf8).write(to: printed)
    let programs = try Programs(with: [
      "swift": """
      [ "$1" = test ] && { echo "swift $*"; exit; }
      cat '\(printed.path)'
      """
    ])
    let path = programs.folder.path
    try await body(root) {
      try await Command.run(root.appending(path: "script/test").path, [], path: path)
    }
    _ = consume programs
  }

  @Test("fails for a warning of our own until its file changes")
  func ownWarning() async throws {
    try await checkout {
      "\($0)/Sources/A.swift:1:5: warning: never used\n"
    } body: { root, run in
      let first = try await run()
      #expect(first.status == 1)
      #expect(first.output.contains("warnings in our own code:\n\(root.path)/Sources/A.swift:1:5"))

      // An incremental build compiles nothing and prints nothing.
      try Data().write(to: root.appending(path: "printed"))
      let second = try await run()
      #expect(second.status == 1)

      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: 60)],
        ofItemAtPath: root.appending(path: "Sources/A.swift").path)
      let corrected = try await run()
      #expect(corrected.status == 0, "\(corrected.output)")
      #expect(corrected.output.contains("swift test --skip-build --disable-xctest"))
      #expect(corrected.output.contains(/test: passed after \d+ min \d+ s\n$/))
    }
  }

  @Test("does not judge the dependencies")
  func foreignWarning() async throws {
    try await checkout {
      "\($0)/.build/checkouts/other/Sources/B.swift:1:1: warning: deprecated\nwarning: unhandled\n"
    } body: { _, run in
      let done = try await run()
      #expect(done.status == 0, "\(done.output)")
    }
  }

  @Test("refuses an option that it does not know")
  func usage() async throws {
    let test = Repository.root.appending(path: "script/test").path
    let done = try await Command.run(test, ["--sanitize", "memory"])
    #expect(done.status == 64)
    #expect(done.errors.contains("thread|address"))
  }
}
