import Engine
import Foundation
import Ledger
import Synchronization

/// Where a project's ledger is, with the mark alongside it and a backup that somebody may put in its place.
final class Shelf: Sendable {
  private struct State {
    var ledger: any ProjectLedger
    var backup: (any ProjectLedger)?
    /// How far the ledger had come, and whether it was ever behind that and not compared since.
    var mark: Int64 = 0
    var isDoubtful = false
  }
  private let state: Mutex<State>

  init(_ store: Scenario.Store, isFenced: Bool) throws {
    let ledger: any ProjectLedger =
      switch store {
      case .memory: MemoryLedger(isFenced: isFenced)
      case .sqlite: try SQLiteLedger()
      }
    state = Mutex(State(ledger: ledger))
  }

  var ledger: any ProjectLedger { state.withLock { $0.ledger } }

  func knowsObjects() async throws -> Bool {
    try await ledger.knowsObjects(of: .target("crm"))
  }

  func backUp() throws {
    let copy = try Self.copy(of: ledger)
    state.withLock { $0.backup = copy }
  }

  /// Returns whether there was a backup.
  func restore() throws -> Bool {
    guard let backup = state.withLock({ $0.backup }) else { return false }
    // It stays where it is, and may be used again.
    let copy = try Self.copy(of: backup)
    state.withLock { $0.ledger = copy }
    return true
  }

  private static func copy(of ledger: any ProjectLedger) throws -> any ProjectLedger {
    switch ledger {
    case let memory as MemoryLedger: return MemoryLedger(copyOf: memory)
    case let file as SQLiteLedger: return try SQLiteLedger(copyOf: file)
    default: return ledger
    }
  }

  // MARK: The mark

  private func count() async throws -> Int64 { try await ledger.identity().writeCount }

  func moveMark() async throws {
    let count = try await count()
    state.withLock { $0.mark = max($0.mark, count) }
  }

  /// Whether the ledger must be compared with the target before anything is sent.
  func beginRun() async throws -> Bool {
    let count = try await count()
    return state.withLock { state in
      state.isDoubtful = state.isDoubtful || count < state.mark
      return state.isDoubtful
    }
  }

  func endRun(hasCompared: Bool) async throws {
    let count = try await count()
    state.withLock { state in
      if hasCompared { state.isDoubtful = false }
      if !state.isDoubtful { state.mark = count }
    }
  }
}
