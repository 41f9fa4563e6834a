import Engine
import Foundation
import Ledger

/// Whether a ledger is the one that was used here last, as far as the marks alongside it tell.
///
/// A ledger that is behind a mark is an old backup, and another name is another ledger: both know less than the targets
/// hold. The marks are not to be restored together with the ledger.
///
/// Each writer moves its own mark: `PATH.mark` under the project's lease, `PATH.mark-TARGET` under one of some
/// targets, named after the first of them. So no two processes move the same one at the same time.
struct LedgerMark {
  private let path: String
  private let scope: LeaseScope
  private let own: MarkFile

  init(of ledger: LedgerPlace) { self.init(ledger: ledger.path) }

  init(ledger path: String, for scope: LeaseScope = .project) {
    self.path = path
    self.scope = scope
    own = MarkFile(path: scope.names.first.map { Self.path(of: $0, path) } ?? path + ".mark")
  }

  private static func path(of name: String, _ ledger: String) -> String {
    name.isEmpty ? ledger + ".mark" : "\(ledger).mark-\(name)"
  }

  /// Why the ledger is not to be trusted before it has been compared with the targets; `nil` when it is.
  func doubt(about ledger: any ProjectLedger) async throws -> String? {
    // First the marks: a writer moves them after the ledger.
    let marks = try all()
    return doubt(marks, try await ledger.identity())
  }

  /// Checks the ledger, and moves the mark durably, before this process writes anything. From then on the mark moves with the
  /// ledger. Returns why the ledger is in doubt.
  ///
  /// - Parameter now: The wall clock, by which the leases of others end.
  func begin(_ ledger: any ProjectLedger, at now: Instant) async throws -> String? {
    let marks = try all()
    let identity = try await ledger.identity()
    let doubt = doubt(marks, identity)
    let isInOrder = try await isInOrder(ledger, at: now)
    try await ledger.verify(isInDoubt: doubt != nil || !isInOrder)
    try await write(ledger, doubt == nil ? .open : .doubtful)
    // What the crash of another left has been looked at now.
    if doubt == nil { try close(marks) }
    ledger.follow(own)
    return doubt
  }

  /// Closes the marks of those who cannot be writing now.
  private func close(_ marks: [Mark]) throws {
    for mark in marks where mark.file.path != own.path && scope.overlaps(mark.name) {
      guard case .content(var content) = mark.file.read(), content.state == .open else { continue }
      content.state = .closed
      try MarkFile(path: mark.file.path).write(content)
    }
  }

  /// Says that the last writer has come to its end. What the project's mark says holds for all targets.
  func end(_ ledger: any ProjectLedger, isInDoubt: Bool) async throws {
    try await write(ledger, isInDoubt ? .doubtful : .closed)
    guard scope == .project, !isInDoubt else { return }
    for mark in try all() where mark.file.path != own.path { try mark.file.remove() }
  }

  private func write(_ ledger: any ProjectLedger, _ state: MarkFile.State) async throws {
    let identity = try await ledger.identity()
    try own.write(
      MarkFile.Content(name: identity.name, writeCount: identity.writeCount, state: state))
  }

  /// A mark that lies alongside the ledger.
  private struct Mark {
    let file: MarkFile
    /// The target's name, empty for the project's mark.
    let name: String
  }

  private func all() throws -> [Mark] {
    let name = (path as NSString).lastPathComponent + ".mark"
    let folder = (path as NSString).deletingLastPathComponent
    let place = folder.isEmpty ? "." : folder
    guard FileManager.default.fileExists(atPath: place) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: place).filter {
      $0 == name || $0.hasPrefix(name + "-") && !$0.hasSuffix(MarkFile.unfinished)
    }.sorted().map {
      Mark(
        file: MarkFile(path: (folder as NSString).appendingPathComponent($0)),
        name: $0 == name ? "" : String($0.dropFirst(name.count + 1)))
    }
  }

  /// Whether those who wrote before have come to their ends. Only another process that is alive may be writing now, and not
  /// to the whole project, nor to a target of this one.
  func isInOrder(_ ledger: any ProjectLedger, at now: Instant) async throws -> Bool {
    let marks = try all()
    guard !marks.isEmpty else { return try await ledger.identity().writeCount == 0 }
    let leases = try await ledger.leases(against: .project).filter { $0.isAlive(at: now) }
    return marks.allSatisfy { mark in
      if case .content(let content) = mark.file.read(), content.state == .closed { return true }
      return !scope.overlaps(mark.name) && leases.contains { $0.scope.names.contains(mark.name) }
    }
  }

  private func doubt(_ marks: [Mark], _ identity: LedgerIdentity) -> String? {
    for mark in marks {
      let file = mark.file
      switch file.read() {
      case .none: continue
      case .unreadable: return "`\(file.path)` cannot be read, so the ledger may be an old one"
      case .content(let mark):
        if !mark.name.utf8.elementsEqual(identity.name.utf8) {
          return "the ledger is not the one that was used here last"
        }
        if identity.writeCount < mark.writeCount {
          let missing = mark.writeCount - identity.writeCount
          return "the ledger is an old backup: \(missing) of its writes are missing"
        }
        if mark.state == .doubtful {
          return "the ledger was an old backup, and has not been compared with all targets"
        }
      }
    }
    return nil
  }
}
