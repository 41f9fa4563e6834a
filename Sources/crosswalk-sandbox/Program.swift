import Foundation
import Synchronization

/// The program `crosswalk`, as a user starts it.
struct Program: Sendable {
  let url: URL

  /// The one that lies beside this program, where a build leaves both, or the first in `PATH`.
  static func beside() throws -> Program {
    let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    let folders = [own] + path.split(separator: ":").map { URL(filePath: String($0)) }
    let programs = folders.map { $0.appending(path: "crosswalk") }
    guard
      let url = programs.first(where: { FileManager.default.isExecutableFile(atPath: $0.path) })
    else {
      throw SandboxFailure(
        message: "there is no program `crosswalk` in \(own.path), nor in PATH",
        remedy: "build it: swift build --product crosswalk")
    }
    return Program(url: url)
  }

  /// Runs it with this program's own streams, and returns its exit status. A cancelled task interrupts it and waits for
  /// its end: what is under way at a target is brought to an end.
  func run(_ arguments: [String], environment: [String: String]) async throws -> Int32 {
    let process = Process()
    process.executableURL = url
    process.arguments = arguments
    process.environment = environment
    process.standardInput = FileHandle.nullDevice
    let child = Mutex<pid_t?>(nil)
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        process.terminationHandler = { ended in
          child.withLock { $0 = nil }
          continuation.resume(returning: ended.terminationStatus)
        }
        do {
          try child.withLock { id in
            try process.run()
            id = process.processIdentifier
          }
        } catch {
          process.terminationHandler = nil
          continuation.resume(throwing: error)
          return
        }
        if Task.isCancelled { Self.interrupt(child) }
      }
    } onCancel: {
      Self.interrupt(child)
    }
  }

  private static func interrupt(_ child: borrowing Mutex<pid_t?>) {
    child.withLock { id in
      if let id { kill(id, SIGINT) }
    }
  }
}
