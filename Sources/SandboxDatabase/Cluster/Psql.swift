import Foundation

/// Runs SQL through the program `psql`, without blocking a thread while it works.
struct Psql: Sendable {
  let program: URL
  let host: String
  let port: Int
  let user: String

  /// Runs a script and returns what it printed: rows to a line, columns separated by `|`.
  @discardableResult
  func run(
    _ script: Data, in database: String, as role: String? = nil
  ) async throws(ClusterError) -> String {
    let scratch = FileManager.default.temporaryDirectory
      .appending(path: "crosswalk-psql-" + String(UInt64.random(in: .min ... .max), radix: 36))
    defer { try? FileManager.default.removeItem(at: scratch) }
    do {
      // Files instead of pipes: nothing to pump, so nothing to block.
      try FileManager.default.createDirectory(
        at: scratch, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
      let files = ["in", "out", "err"].map { scratch.appending(path: $0) }
      try script.write(to: files[0])
      try Data().write(to: files[1])
      try Data().write(to: files[2])

      let process = Process()
      process.executableURL = program
      process.arguments = [
        "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", host, "-p", String(port),
        "-U", role ?? user, "-d", database, "-f", "-",
      ]
      process.environment = [
        "PATH": "/usr/bin:/bin", "LC_ALL": "C", "PGCLIENTENCODING": "UTF8",
        "PGOPTIONS": "-c client_min_messages=warning",
      ]
      let handles = [
        try FileHandle(forReadingFrom: files[0]), try FileHandle(forWritingTo: files[1]),
        try FileHandle(forWritingTo: files[2]),
      ]
      // Foundation keeps them as long as the process's object, which it does not let go of.
      defer { for handle in handles { handle.closeFile() } }
      process.standardInput = handles[0]
      process.standardOutput = handles[1]
      process.standardError = handles[2]
      let status = try await exitStatus(of: process)

      let errors = String(decoding: try Data(contentsOf: files[2]), as: UTF8.self)
      guard status == 0 else {
        throw ClusterError(
          code: .statementFailed, message: "psql on \(database) failed: \(errors)",
          remedy: "correct the statement that it names")
      }
      return String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
        .trimmingCharacters(in: .newlines)
    } catch let error as ClusterError {
      throw error
    } catch {
      throw ClusterError(
        code: .statementFailed, message: "psql could not be run: \(error)",
        remedy: "see that the temporary directory has room and may be written to")
    }
  }

  private func exitStatus(of process: sending Process) async throws -> Int32 {
    try await withCheckedThrowingContinuation { continuation in
      process.terminationHandler = { continuation.resume(returning: $0.terminationStatus) }
      do {
        try process.run()
      } catch {
        process.terminationHandler = nil
        continuation.resume(throwing: error)
      }
    }
  }
}
