import Engine
import Foundation
import Ledger
import Testing

@testable import Operations

/// Whose crash is seen by whom: an open mark proves one, unless its writer may be alive.
@Suite struct LedgerMarkOrderTests {
  private static let now = Instant(milliseconds: 1_000_000)

  /// Whether a process with this scope finds everything in order beside these marks. `live`: a lease that another holds.
  private func isInOrder(
    _ scope: LeaseScope, beside marks: [String: MarkFile.State], live: LeaseScope? = nil,
    expired: Bool = false
  ) async throws -> Bool {
    let folder = FileManager.default.temporaryDirectory.appending(path: "mark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "ledger.sqlite").path
    let ledger = try SQLiteLedger(path: path)
    let name = try await ledger.identity().name
    for (file, state) in marks {
      try MarkFile(path: path + file).write(
        MarkFile.Content(name: name, writeCount: 0, state: state))
    }
    let now = Self.now
    if let live {
      _ = try await ledger.acquireLease(
        of: live, holder: "elsewhere:1", for: .seconds(30),
        now: expired ? now.later(by: .seconds(-60)) : now)
    }
    return try await LedgerMark(ledger: path, for: scope).isInOrder(ledger, at: now)
  }

  @Test("A whole run that crashed is seen by a run of one target")
  func wholeRun() async throws {
    for state in [MarkFile.State.open, .doubtful] {
      let isInOrder = try await isInOrder(
        .targets(["a"]), beside: [".mark": state, ".mark-a": .closed])
      #expect(!isInOrder)
    }
    #expect(try await isInOrder(.targets(["a"]), beside: [".mark": .closed, ".mark-a": .closed]))
    #expect(try await isInOrder(.targets(["a"]), beside: [".mark": .closed]))
  }

  @Test("A crashed run of several targets is seen by a run of any of them, and the other way round")
  func severalTargets() async throws {
    // The mark of a run of `a` and `b` is named after `a`.
    #expect(try await !isInOrder(.targets(["b"]), beside: [".mark": .closed, ".mark-a": .open]))
    #expect(
      try await !isInOrder(
        .targets(["a", "b"]), beside: [".mark": .closed, ".mark-a": .closed, ".mark-b": .open]))
    #expect(
      try await !isInOrder(.project, beside: [".mark": .closed, ".mark-b": .open]))
  }

  @Test("Of another target, a live run leaves its mark open, and an expired lease proves nothing")
  func liveRuns() async throws {
    let marks = [".mark": MarkFile.State.closed, ".mark-b": .open]
    #expect(try await isInOrder(.targets(["a"]), beside: marks, live: .targets(["b"])))
    #expect(try await isInOrder(.targets(["a"]), beside: marks, live: .targets(["b", "c"])))
    #expect(try await !isInOrder(.targets(["a"]), beside: marks, live: .targets(["c"])))
    #expect(
      try await !isInOrder(.targets(["a"]), beside: marks, live: .targets(["b"]), expired: true))
  }

  @Test("What a crash left is looked at once, and the mark that said so is closed")
  func closing() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "mark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appending(path: "ledger.sqlite").path
    let ledger = try SQLiteLedger(path: path)
    let name = try await ledger.identity().name
    let project = MarkFile(path: path + ".mark")
    try project.write(MarkFile.Content(name: name, writeCount: 0, state: .open))
    let mark = LedgerMark(ledger: path, for: .targets(["a"]))
    #expect(try await mark.begin(ledger, at: Self.now) == nil)
    #expect(
      MarkFile(path: project.path).read()
        == .content(MarkFile.Content(name: name, writeCount: 0, state: .closed)))
    try await mark.end(ledger, isInDoubt: false)
    #expect(
      try await LedgerMark(ledger: path, for: .targets(["a"])).isInOrder(ledger, at: Self.now))
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .allSatisfy { !$0.hasSuffix(".new") })
  }
}
