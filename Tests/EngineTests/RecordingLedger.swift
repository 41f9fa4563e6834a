import Engine
import Ledger

/// A ledger of which a test sees, and may spoil, what is written about intents.
final class RecordingLedger: LedgerWrapper {
  let wrapped: any LedgerStore
  private let watch: @Sendable (_ event: String) throws -> Void

  init(_ ledger: SQLiteLedger, _ watch: @escaping @Sendable (_ event: String) throws -> Void) {
    wrapped = ledger
    self.watch = watch
  }

  func begin(_ intent: Intent) async throws -> Int64 {
    let id = try await wrapped.begin(intent)
    try watch("begin \(intent.operation) \(intent.key) \(intent.attempt)")
    return id
  }

  func settle(_ settlement: Settlement) async throws {
    try watch("settle \(settlement.state) \(settlement.attempt)")
    try await wrapped.settle(settlement)
  }
}
