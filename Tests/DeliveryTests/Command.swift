import Foundation

/// A finished program: its exit status and what it wrote.
struct Command: Sendable {
  let status: Int32
  let output: String
  let errors: String

  /// Runs a program to its end, on a thread of its own; `path` is searched for it.
  ///
  /// Nothing is typed into it unless `input` is given.
  static func run(
    _ name: String, _ arguments: [String], input: String? = nil,
    path: String = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
  ) async throws -> Command {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread {
        continuation.resume(
          with: Result { try runHere(name, arguments, input: input, path: path) })
      }
    }
  }

  private static func runHere(
    _ name: String, _ arguments: [String], input: String?, path: String
  ) throws -> Command {
    let folder = FileManager.default.temporaryDirectory
      .appending(path: "crosswalk-delivery-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    // Files, not pipes: nobody has to empty them while the program runs.
    func file(_ name: String, _ text: String = "") throws -> URL {
      let file = folder.appending(path: name)
      try Data(text.utf8).write(to: file)
      return file
    }
    let (output, errors) = (try file("output"), try file("errors"))
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["PATH=\(path)", name] + arguments
    process.currentDirectoryURL = Repository.root
    process.standardInput = try FileHandle(forReadingFrom: file("input", input ?? ""))
    process.standardOutput = try FileHandle(forWritingTo: output)
    process.standardError = try FileHandle(forWritingTo: errors)
    try process.run()
    process.waitUntilExit()
    return Command(
      status: process.terminationStatus,
      output: try String(contentsOf: output, encoding: .utf8),
      errors: try String(contentsOf: errors, encoding: .utf8))
  }

  /// Whether a program of this name is in `PATH`.
  static func exists(_ name: String) -> Bool {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains { folder in
      FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)")
    }
  }
}
