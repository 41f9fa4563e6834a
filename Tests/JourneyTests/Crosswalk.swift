import Foundation
import JSON
import Ledger
import Testing

/// One run of the built command, to its end.
struct Crosswalk: Sendable {
  /// Its exit code; negative: the signal that ended it.
  let status: Int32
  let output: String
  let errors: String

  /// Everything that a person saw.
  var text: String { errors + output }

  /// What it printed for programs.
  func json() throws -> JSON { try JSON(parsing: Array(output.utf8)) }

  /// Runs the command and waits. One that takes longer than `timeout` is killed, and the test fails.
  static func run(
    _ arguments: String..., in folder: URL, environment: [String: String] = [:],
    timeout: Duration = .seconds(120)
  ) async throws -> Crosswalk {
    try await run(arguments, in: folder, environment: environment, timeout: timeout)
  }

  static func run(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    program: BuiltProgram = .crosswalk, timeout: Duration = .seconds(120)
  ) async throws -> Crosswalk {
    await Slots.shared.take()
    do {
      let result = try await RunningCrosswalk.start(
        arguments, in: folder, environment: environment, program: program
      ).end(within: timeout)
      await Slots.shared.give()
      return result
    } catch {
      await Slots.shared.give()
      throw error
    }
  }
}

/// The programs, which lie beside the tests' own.
enum BuiltProgram: String {
  case crosswalk
  case sandbox = "crosswalk-sandbox"

  var url: URL {
    URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: rawValue)
  }
}

/// The command while it runs.
struct RunningCrosswalk: Sendable {
  let pid: Int32
  private let arguments: [String]
  private let files: URL
  private let ended: Task<Int32, Never>

  /// `shell`: words of the shell that come first, e.g. a limit.
  static func start(
    _ arguments: [String], in folder: URL, environment: [String: String] = [:],
    program: BuiltProgram = .crosswalk, behind shell: String? = nil
  ) throws -> RunningCrosswalk {
    // Files, not pipes: nobody has to empty them while the program runs.
    let files = FileManager.default.temporaryDirectory
      .appending(path: "crosswalk-journey-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
    func file(_ name: String) throws -> FileHandle {
      let file = files.appending(path: name)
      try Data().write(to: file)
      return try FileHandle(forWritingTo: file)
    }
    let process = Process()
    process.executableURL = program.url
    process.arguments = arguments
    if let shell {
      process.executableURL = URL(filePath: "/bin/sh")
      process.arguments = ["-c", shell + #"; exec "$0" "$@""#, program.url.path] + arguments
    }
    process.currentDirectoryURL = folder
    let ours = ProcessInfo.processInfo.environment
    process.environment = environment.merging(
      // What sanitizers are to pass over, they pass over in the command too.
      ours.filter { ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key) }
    ) { given, _ in given }.merging(
      ["PATH": ours["PATH"] ?? "/usr/bin:/bin"]
    ) { given, _ in given }
    process.standardInput = FileHandle.nullDevice
    let output = try file("output")
    let errors = try file("errors")
    process.standardOutput = output
    process.standardError = errors
    let (statuses, continuation) = AsyncStream<Int32>.makeStream()
    process.terminationHandler = { process in
      let status = process.terminationStatus
      continuation.yield(process.terminationReason == .uncaughtSignal ? -status : status)
      continuation.finish()
    }
    try process.run()
    // Foundation keeps them as long as the process's object: after some hundred commands too many would be open.
    try output.close()
    try errors.close()
    let ended = Task {
      for await status in statuses { return status }
      return Int32.min
    }
    return RunningCrosswalk(
      pid: process.processIdentifier, arguments: arguments, files: files, ended: ended)
  }

  /// What it has printed so far.
  var output: String { text("output") }
  var errors: String { text("errors") }

  func send(_ signal: Int32) { kill(pid, signal) }

  /// Waits until it has ended.
  func end(within timeout: Duration = .seconds(120)) async throws -> Crosswalk {
    let watch = Task {
      try await Task.sleep(for: timeout)
      send(SIGKILL)
      Issue.record("crosswalk \(arguments.joined(separator: " ")) took longer than \(timeout)")
    }
    let status = await ended.value
    watch.cancel()
    defer { try? FileManager.default.removeItem(at: files) }
    return Crosswalk(status: status, output: output, errors: errors)
  }

  private func text(_ name: String) -> String {
    let data = FileManager.default.contents(atPath: files.appending(path: name).path) ?? Data()
    return String(decoding: data, as: UTF8.self)
  }
}

/// How many may do something at once.
actor Slots {
  /// Commands: more would only wait for each other's processor time.
  static let shared = Slots(4)
  /// Storehouses, each of which holds files and sockets open: with some 1,350 of them Foundation reads past the list of open
  /// files when it starts a command.
  static let storehouses = Slots(32)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  init(_ free: Int) { self.free = free }

  func take() async {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
  }

  func give() {
    if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
  }
}

/// What `run` and `plan` print with `--format json`.
struct Report {
  let json: JSON

  init(_ result: Crosswalk) throws { json = try result.json() }

  var status: String? { json["status"]?.stringValue }
  var mappings: [JSON] { json["mappings"]?.arrayValue ?? [] }

  func mapping(_ name: String) throws -> JSON {
    try #require(mappings.first { $0["mapping"]?.stringValue == name }, "\(name) is not in \(json)")
  }

  /// One figure of a mapping.
  func count(_ name: String, _ figure: String) throws -> Int {
    Int(try #require(try mapping(name)[figure]?.intValue, "\(name) has no \(figure)"))
  }

  /// The messages of a mapping's reasons, with their fields.
  func reasons(_ name: String) throws -> [String] {
    (try mapping(name)["reasons"]?.arrayValue ?? []).map { reason in
      let field = reason["field"]?.stringValue.map { "\($0): " } ?? ""
      let keys = (reason["examples"]?.arrayValue ?? []).compactMap(\.stringValue)
      return field + (reason["message"]?.stringValue ?? "") + " (\(keys.joined(separator: ", ")))"
    }
  }

  var calls: Int { mappings.reduce(0) { $0 + Int($1["calls"]?.intValue ?? -1) } }
}

/// Waits until something is so, looking often.
func eventually(
  within limit: Duration = .seconds(30), _ what: Comment, _ condition: () throws -> Bool,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let end = ContinuousClock.now + limit
  while ContinuousClock.now < end {
    if try condition() { return }
    try await Task.sleep(for: .milliseconds(5))
  }
  Issue.record(what, sourceLocation: sourceLocation)
}
