import Engine
import GRDB
import Testing

@testable import Ledger

@Suite struct FenceTests {
  private func ledger(epoch: Int64) throws -> DatabaseQueue {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
    _ = try queue.write {
      try $0.run("INSERT INTO lease VALUES (1, 'a', ?, 9)", .int(epoch))
    }
    return queue
  }

  @Test("A lease that passes on between two writes of one transaction is seen by the second")
  func betweenTwoWrites() throws {
    try ledger(epoch: 1).write { database in
      var fence = Fence()
      try fence.pass(1, database)
      try fence.pass(1, database)
      // The write that takes the lease is under none.
      try fence.pass(nil, database)
      try database.run("UPDATE lease SET epoch = 2, holder = 'b'")
      #expect(throws: LedgerError.self) { try fence.pass(1, database) }
      try fence.pass(2, database)
    }
  }

  @Test func eachEpochIsAskedFor() throws {
    try ledger(epoch: 2).write { database in
      var fence = Fence()
      try fence.pass(2, database)
      #expect(throws: LedgerError.self) { try fence.pass(1, database) }
      try fence.pass(2, database)
      #expect(throws: LedgerError.self) { try fence.pass(3, database) }
    }
  }
}
