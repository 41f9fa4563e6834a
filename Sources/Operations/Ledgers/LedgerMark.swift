import Engine
import Ledger

/// Whether a ledger is the one that was last used here, according to the mark next to it.
///
/// A ledger that is behind its mark is an old backup; another name means another ledger. Both know less than the targets hold.
/// Do not restore the mark together with the ledger.
struct LedgerMark {
  private let file: MarkFile

  init(of ledger: LedgerPlace) { self.init(ledger: ledger.path) }

  init(ledger path: String) { file = MarkFile(path: path + ".mark") }

  /// Why the ledger is not to be trusted before it has been compared with the targets; `nil` when it is.
  func doubt(about ledger: any ProjectLedger) async throws -> String? {
    // Read the mark first: a writer moves it after the ledger.
    try await compare(file.read(), with: ledger).doubt
  }

  /// Checks the ledger, and moves the mark durably, before this process writes anything. From then on the mark moves with the
  /// ledger. Returns why the ledger is in doubt.
  func begin(_ ledger: any ProjectLedger) async throws -> String? {
    let (doubt, isInOrder) = try await compare(file.read(), with: ledger)
    try await ledger.verify(isInDoubt: !isInOrder)
    try await write(ledger, doubt == nil ? .open : .doubtful)
    ledger.follow(file)
    return doubt
  }

  /// Records that the last writer ended in order.
  func end(_ ledger: any ProjectLedger, isInDoubt: Bool) async throws {
    try await write(ledger, isInDoubt ? .doubtful : .closed)
  }

  private func write(_ ledger: any ProjectLedger, _ state: MarkFile.State) async throws {
    let identity = try await ledger.identity()
    try file.write(
      MarkFile.Content(name: identity.name, writeCount: identity.writeCount, state: state))
  }

  private func compare(
    _ reading: MarkFile.Reading, with ledger: any ProjectLedger
  ) async throws -> (doubt: String?, isInOrder: Bool) {
    let identity = try await ledger.identity()
    let writeCount = identity.writeCount
    switch reading {
    case .none: return (nil, writeCount == 0)
    case .unreadable:
      return ("`\(file.path)` cannot be read, so the ledger may be an old one", false)
    case .content(let mark):
      if !mark.name.utf8.elementsEqual(identity.name.utf8) {
        return ("the ledger is not the one that was used here last", false)
      }
      if writeCount < mark.writeCount {
        let missing = mark.writeCount - writeCount
        return ("the ledger is an old backup: \(missing) of its writes are missing", false)
      }
      if mark.state == .doubtful {
        return ("the ledger was an old backup, and has not been compared with all targets", false)
      }
      return (nil, mark.state == .closed)
    }
  }
}
