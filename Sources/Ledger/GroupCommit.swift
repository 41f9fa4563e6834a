import Engine
import GRDB
import Synchronization

/// Combines writes that wait at the same time in one transaction, and so in one `fsync`.
///
/// A refused write fails alone: the group is repeated with a savepoint for each write. A caller continues only when its
/// transaction is durable. Cancelling a caller's task does not undo its write: an answer that has arrived must be stored, above
/// all while the program is being stopped.
final class GroupCommit: Sendable {
  private struct Write: Sendable {
    /// The lease under which it is made; `nil` when the write itself decides.
    let epoch: LeaseEpoch?
    /// Does the write, and returns what reports success to the caller.
    let run: @Sendable (Database) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void
  }

  private struct State {
    var waiting: [Write] = []
    var isCommitting = false
    /// Moves after each transaction that counts.
    var mark: (any WriteMark)?
    /// Set when a commit's outcome is unknown: the file must not be trusted until it is opened again.
    var broken: LedgerError?
  }

  private static let groupsATurn = 16
  private let database: any DatabaseWriter
  private let state = Mutex(State())

  init(database: any DatabaseWriter) { self.database = database }

  /// From now on the mark moves with the ledger.
  func follow(_ mark: any WriteMark) { state.withLock { $0.mark = mark } }

  /// Runs `body` inside the next transaction, and returns when that is durable. It is refused when the current lease has
  /// another epoch.
  func perform<Value: Sendable>(
    epoch: LeaseEpoch?, _ body: @escaping @Sendable (Database) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { (caller: CheckedContinuation<Value, any Error>) in
      let write = Write(
        epoch: epoch,
        run: { database in
          let value = try body(database)
          return { caller.resume(returning: value) }
        },
        fail: { caller.resume(throwing: $0) })
      enqueue(write)
    }
  }

  private func enqueue(_ write: Write) {
    let (broken, starts): (LedgerError?, Bool) = state.withLock { state in
      if let broken = state.broken { return (broken, false) }
      state.waiting.append(write)
      if state.isCommitting { return (nil, false) }
      state.isCommitting = true
      return (nil, true)
    }
    if let broken { write.fail(broken) }
    if starts { schedule() }
  }

  private func schedule() {
    database.asyncWriteWithoutTransaction { database in
      // Asking for another turn costs as much as a small group. After a few, others that wait for the connection get a turn.
      for _ in 0..<Self.groupsATurn {
        if let broken = self.commit(self.nextGroup(), database) {
          self.state.withLock { $0.broken = broken }
        }
        guard self.somebodyWaits() else { return }
      }
      self.schedule()
    }
  }

  private func somebodyWaits() -> Bool {
    state.withLock { state in
      state.isCommitting = !state.waiting.isEmpty
      return state.isCommitting
    }
  }

  private func nextGroup() -> [Write] {
    let (group, broken): ([Write], LedgerError?) = state.withLock { state in
      let group = state.waiting
      state.waiting.removeAll(keepingCapacity: true)
      return (group, state.broken)
    }
    guard let broken else { return group }
    for write in group { write.fail(broken) }
    return []
  }

  /// Returns an error when it cannot be known what the file holds now.
  private func commit(_ group: [Write], _ database: Database) -> LedgerError? {
    guard !group.isEmpty else { return nil }
    do {
      if try commitWithoutSavepoints(group, database) { return nil }
    } catch {
      return fail(group, database, error)
    }
    return commitWithSavepoints(group, database)
  }

  /// The usual path, since a savepoint costs as much as a write. `false` when a write is refused; then nothing has happened.
  private func commitWithoutSavepoints(_ group: [Write], _ database: Database) throws -> Bool {
    try database.beginTransaction(.immediate)
    var successes: [@Sendable () -> Void] = []
    successes.reserveCapacity(group.count)
    var fence = Fence()
    do {
      for write in group {
        try fence.pass(write.epoch, database)
        successes.append(try write.run(database))
      }
    } catch  where database.isInsideTransaction {
      try database.rollback()
      return false
    }
    try end(group, database)
    for success in successes { success() }
    return true
  }

  private func commitWithSavepoints(_ group: [Write], _ database: Database) -> LedgerError? {
    var successes: [@Sendable () -> Void] = []
    var accepted: [Write] = []
    var fence = Fence()
    var seen = 0
    do {
      try database.beginTransaction(.immediate)
      for write in group {
        do {
          try fence.pass(write.epoch, database)
          successes.append(try savepoint(database, write))
          accepted.append(write)
        } catch  where database.isInsideTransaction {
          write.fail(LedgerError.inWords(error))
        }
        seen += 1
      }
      if accepted.isEmpty { try database.rollback() } else { try end(accepted, database) }
      for success in successes { success() }
      return nil
    } catch {
      return fail(accepted + group[seen...], database, error)
    }
  }

  /// Taking or reading the lease is not a write: otherwise a copy of the ledger could catch up with its mark.
  private func end(_ group: [Write], _ database: Database) throws {
    guard group.contains(where: { $0.epoch != nil }) else { return try database.commit() }
    try database.run("UPDATE ledger SET write_count = write_count + 1")
    let mark = state.withLock { $0.mark }
    let count =
      try mark == nil ? nil : database.first("SELECT write_count FROM ledger") { $0.int(0) }
    try database.commit()
    // Before any caller continues: the mark must cover whatever is sent next.
    if let count { try mark?.advance(to: count) }
  }

  private func fail(
    _ group: [Write], _ database: Database, _ error: any Error
  ) -> LedgerError? {
    let unknown = rollBack(database, after: error)
    let error = unknown ?? LedgerError.inWords(error)
    for write in group { write.fail(error) }
    return unknown
  }

  private func savepoint(_ database: Database, _ write: Write) throws -> @Sendable () -> Void {
    try database.run("SAVEPOINT write")
    do {
      let success = try write.run(database)
      try database.run("RELEASE write")
      return success
    } catch {
      // After a full disk or a failed read, SQLite has rolled back the whole transaction by itself.
      if database.isInsideTransaction {
        try database.run("ROLLBACK TO write")
        try database.run("RELEASE write")
      }
      throw error
    }
  }

  /// Ends the transaction after its failure; returns an error when the file must no longer be trusted.
  private func rollBack(_ database: Database, after error: any Error) -> LedgerError? {
    var failed = error
    if database.isInsideTransaction {
      do { try database.rollback() } catch { failed = error }
    }
    guard let failed = failed as? DatabaseError else { return nil }
    switch failed.resultCode {
    case .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB: return LedgerError(failed)
    default: return nil
    }
  }
}
