import Engine
import Foundation
import Ledger

/// Whether a ledger is the one that was used here last, as far as the marks alongside it tell.
///
/// A ledger that is behind a mark is an old backup, and another name is another ledger: both know less than the targets
/// hold. The marks are not to be restored together with the ledger.
///
/// Whoever writes moves a mark of their own: `PATH.mark` under the project's lease, `PATH.mark-TARGET` under one of some
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
    // First the marks: whoever writes moves them behind the ledger.
    let marks = try all()
    return doubt(marks, try await ledger.identity())
  }

  /// Checks the ledger, and moves the mark durably, before this process writes anything. From then on the mark moves with the
  /// ledger. Returns why the ledger is in doubt.
  func begin(_ ledger: any ProjectLedger) async throws -> String? {
    let marks = try all()
    let identity = try await ledger.identity()
    let doubt = doubt(marks, identity)
    try await ledger.verify(isInDoubt: doubt != nil || !isInOrder(marks, identity))
    try await write(ledger, doubt == nil ? .open : .doubtful)
    ledger.follow(own)
    return doubt
  }

  /// Says that the last writer has come to its end. What the project's mark says holds for all targets.
  func end(_ ledger: any ProjectLedger, isInDoubt: Bool) async throws {
    try await write(ledger, isInDoubt ? .doubtful : .closed)
    guard scope == .project, !isInDoubt else { return }
    for file in try all() where file.path != own.path { try file.remove() }
  }

  private func write(_ ledger: any ProjectLedger, _ state: MarkFile.State) async throws {
    let identity = try await ledger.identity()
    try own.write(
      MarkFile.Content(name: identity.name, writeCount: identity.writeCount, state: state))
  }

  /// The marks that lie alongside the ledger.
  private func all() throws -> [MarkFile] {
    let name = (path as NSString).lastPathComponent
    let folder = (path as NSString).deletingLastPathComponent
    let place = folder.isEmpty ? "." : folder
    guard FileManager.default.fileExists(atPath: place) else { return [] }
    return try FileManager.default.contentsOfDirectory(atPath: place).filter {
      $0 == name + ".mark" || $0.hasPrefix(name + ".mark-") && !$0.hasSuffix(MarkFile.unfinished)
    }.sorted().map { MarkFile(path: (folder as NSString).appendingPathComponent($0)) }
  }

  /// Whether those who wrote before have come to their ends. Others may be writing to other targets now.
  private func isInOrder(_ marks: [MarkFile], _ identity: LedgerIdentity) -> Bool {
    let concerned = marks.filter { scope == .project || $0.path == own.path }
    guard !concerned.isEmpty else {
      return identity.writeCount == 0 || scope != .project && !marks.isEmpty
    }
    return concerned.allSatisfy {
      if case .content(let mark) = $0.read() { mark.state == .closed } else { false }
    }
  }

  private func doubt(_ marks: [MarkFile], _ identity: LedgerIdentity) -> String? {
    for file in marks {
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
