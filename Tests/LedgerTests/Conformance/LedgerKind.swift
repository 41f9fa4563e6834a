import Engine
import Ledger
import Testing

@testable import simulate

/// A kind of ledger that is held to the rules of the ports. Another one needs one more line in `all`.
struct LedgerKind: Sendable, CustomTestStringConvertible {
  static let all = [
    LedgerKind("SQLite, a file") {
      let path = Folder().ledger
      return { try SQLiteLedger(path: path) }
    },
    LedgerKind("SQLite, in memory") {
      let ledger = try SQLiteLedger()
      return { ledger }
    },
    LedgerKind("the simulation's") {
      let ledger = MemoryLedger()
      return { ledger }
    },
  ]

  typealias Opening = @Sendable () async throws -> any ProjectLedger

  let testDescription: String
  /// Makes room for an empty ledger, and returns what opens it, as often as it is called.
  private let prepare: @Sendable () async throws -> Opening

  init(_ name: String, prepare: @escaping @Sendable () async throws -> Opening) {
    testDescription = name
    self.prepare = prepare
  }

  /// An empty ledger.
  func open() async throws -> any ProjectLedger { try await prepare()() }

  /// An empty ledger as two processes have it.
  func openTwice() async throws -> (any ProjectLedger, any ProjectLedger) {
    let opening = try await prepare()
    return (try await opening(), try await opening())
  }
}

/// The same for the changes of a run.
struct SpoolKind: Sendable, CustomTestStringConvertible {
  static let all = [
    SpoolKind(testDescription: "SQLite") { try SQLiteSpool() },
    SpoolKind(testDescription: "the simulation's") { MemorySpool() },
  ]

  let testDescription: String
  let make: @Sendable () throws -> any ChangeSpool
}
