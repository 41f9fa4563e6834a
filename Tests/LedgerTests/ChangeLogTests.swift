import Engine
import GRDB
import Testing

@testable import Ledger

/// The log of changes, in which a link points to its latest entry and each entry to the one before.
@Suite struct ChangeLogTests {
  private func entry(_ key: Key, _ operation: String, run: Int64 = 1, at: Int64) -> ChangeEntry {
    ChangeEntry(
      run: run, mapping: "users", key: key, operation: operation, before: Array("{}".utf8),
      after: Array(#"{"at":\#(at)}"#.utf8), at: at)
  }

  private func keep(
    _ ledger: SQLiteLedger, _ key: Key, _ sent: String, _ change: ChangeEntry?, epoch: Int64
  ) async throws {
    try await ledger.keep(
      link(key, id: "t\(key)"), resource: resource, sent: Array(sent.utf8), change: change,
      epoch: epoch)
  }

  private func sent(_ ledger: SQLiteLedger, _ key: Key) async throws -> String? {
    try await ledger.sent(of: "users", keys: [key])[key].map { String(decoding: $0, as: UTF8.self) }
  }

  /// Made, and then said to be absent: its link is gone.
  private func giveUp(_ ledger: SQLiteLedger, _ key: Key, epoch: Int64) async throws {
    try await keep(ledger, key, "a", entry(key, "create", at: 1), epoch: epoch)
    try await ledger.decide(
      Decision(verb: .absent, mapping: "users", key: key, who: "a", at: 2), epoch: epoch)
  }

  @Test func historyIsTheKeysOwnTheOldestFirst() async throws {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    for at in 1...3 {
      for number in 1...2 {
        try await keep(
          ledger, key(number), "\(number) \(at)", entry(key(number), "update", at: Int64(at)),
          epoch: epoch)
      }
    }
    // What is remembered without anything to be shown of it.
    try await keep(ledger, key(1), "silent", nil, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [1, 2, 3])
    #expect(try await ledger.history(mapping: "users", key: key(2)).map(\.at) == [1, 2, 3])
    #expect(try await ledger.changes(ofRun: 1).map(\.at) == [1, 1, 2, 2, 3, 3])
    #expect(try await sent(ledger, key(1)) == "silent")
    #expect(try await sent(ledger, key(2)) == "2 3")
    #expect(try await ledger.history(mapping: "users", key: key(3)).isEmpty)
  }

  @Test func afterIsWhatWasSentWhereItIsTheSame() async throws {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    let whole = entry(key(1), "create", at: 1)
    try await ledger.keep(
      link(key(1), id: "1"), resource: resource, sent: whole.after, change: whole, epoch: epoch)
    try await keep(ledger, key(1), "other", entry(key(1), "update", at: 2), epoch: epoch)
    let history = try await ledger.history(mapping: "users", key: key(1))
    #expect(history == [whole, entry(key(1), "update", at: 2)])
  }

  @Test func whatWasIsFoundAfterTheLinkIsGone() async throws {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    try await giveUp(ledger, key(1), epoch: epoch)
    #expect(try await ledger.link(of: "users", key: key(1)) == nil)
    #expect(try await sent(ledger, key(1)) == nil)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [1])
    try await keep(ledger, key(1), "b", entry(key(1), "create", at: 3), epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [1, 3])
    #expect(try await sent(ledger, key(1)) == "b")
  }

  @Test func aKeysIntentsAreFoundHoweverTheyEnded() async throws {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    let made = try await ledger.begin(intent(key(1), epoch: epoch))
    try await ledger.settle(done(made, key(1), targetID: "1", epoch: epoch))
    let refused = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    try await ledger.settle(
      Settlement(
        intent: refused, state: .rejected, attempt: 1, resource: resource, epoch: epoch))
    // Read back, and found done, with nothing to be shown of it.
    let readBack = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    try await ledger.settle(
      Settlement(
        intent: readBack, state: .done, attempt: 1, resource: resource,
        object: Remembered(link: link(key(1), id: "1"), sent: [1]), epoch: epoch))
    let open = try await ledger.begin(intent(key(1), epoch: epoch, operation: .update))
    _ = try await ledger.begin(intent(key(2), epoch: epoch))
    let intents = try await ledger.intents(mapping: "users", key: key(1))
    #expect(intents.map(\.id) == [made, refused, readBack, open])
    #expect(intents.map(\.state) == [.done, .rejected, .done, .sent])
  }

  @Test func forgettingLeavesWhatWasSent() async throws {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    try await keep(ledger, key(1), "a", entry(key(1), "create", at: 1), epoch: epoch)
    try await keep(ledger, key(1), "b", entry(key(1), "update", at: 2), epoch: epoch)
    try await keep(ledger, key(2), "c", entry(key(2), "create", at: 3), epoch: epoch)
    try await ledger.forget(before: 3, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).isEmpty)
    #expect(try await sent(ledger, key(1)) == "b")
    try await keep(ledger, key(1), "d", entry(key(1), "update", at: 4), epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [4])
    #expect(try await ledger.history(mapping: "users", key: key(2)).map(\.at) == [3])
  }

  @Test func forgettingBreaksNoChainBeforeItsTime() async throws {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    try await keep(ledger, key(1), "a", entry(key(1), "create", at: 10), epoch: epoch)
    try await keep(ledger, key(1), "b", nil, epoch: epoch)
    try await keep(ledger, key(1), "c", entry(key(1), "update", at: 30), epoch: epoch)
    try await ledger.forget(before: 5, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [10, 30])
    try await ledger.forget(before: 20, epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).map(\.at) == [30])
    #expect(try await sent(ledger, key(1)) == "c")
  }

  @Test func theNumberOfAForgottenEntryIsNobodyElses() async throws {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    try await giveUp(ledger, key(1), epoch: epoch)
    try await ledger.forget(before: 9, epoch: epoch)
    try await keep(ledger, key(2), "b", entry(key(2), "create", at: 10), epoch: epoch)
    #expect(try await ledger.history(mapping: "users", key: key(1)).isEmpty)
  }

  @Test("A ledger of format 4 loses nothing of what it knew")
  func migration() async throws {
    let folder = Folder()
    let path = folder.path + "/ledger.sqlite"
    let queue = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(queue, upTo: "4")
    try await queue.write { database in
      try database.execute(
        sql: """
          INSERT INTO mapping VALUES (1, 'users'), (2, 'others');
          INSERT INTO resource VALUES (1, 'people/users');
          INSERT INTO change VALUES
            (1, 5, 1, x'01', 'create', x'', CAST('whole' AS BLOB), 10),
            (2, 5, 2, x'01', 'create', x'', CAST('other' AS BLOB), 11),
            (3, 6, 1, x'01', 'update', CAST('b' AS BLOB), CAST('a' AS BLOB), 12),
            (4, 5, 1, x'02', 'create', x'', CAST('same' AS BLOB), 13),
            (5, 5, 1, x'04', 'create', x'', CAST('lost' AS BLOB), 14),
            (6, 5, 1, x'02', 'update', x'', CAST('same' AS BLOB), 16);
          INSERT INTO link VALUES
            (1, x'01', zeroblob(16), 0, 0, 1, 't1'), (1, x'02', zeroblob(16), 0, 2, 1, 't2'),
            (1, x'03', zeroblob(16), 0, 0, 1, 't3'), (2, x'01', zeroblob(16), 1, 0, 1, 't4');
          INSERT INTO sent VALUES
            (1, x'01', CAST('now' AS BLOB)), (1, x'02', CAST('same' AS BLOB)),
            (1, x'03', CAST('alone' AS BLOB)), (2, x'01', CAST('other' AS BLOB));
          INSERT INTO decision VALUES (1, 'absent', 1, x'04', NULL, 'ada', NULL, 15);
          -- The third was looked up, and found done, by a later run; the last two are of one run.
          INSERT INTO intent (id, run, mapping, key, operation, resource, fingerprint, sent, state,
            attempt, epoch, sent_at)
          VALUES (1, 5, 1, x'01', 'create', 1, zeroblob(16), x'', 'done', 1, 1, 9),
            (2, 5, 1, x'01', 'update', 1, zeroblob(16), x'', 'rejected', 1, 1, 10),
            (3, 5, 1, x'01', 'update', 1, zeroblob(16), x'', 'done', 1, 1, 11),
            (4, 7, 1, x'01', 'update', 1, zeroblob(16), x'61', 'unknown', 1, 1, 20),
            (5, 5, 1, x'02', 'create', 1, zeroblob(16), x'', 'done', 1, 1, 13),
            (6, 5, 1, x'02', 'update', 1, zeroblob(16), x'', 'done', 1, 1, 15);
          """)
    }
    try queue.close()

    #expect(throws: LedgerError.self) { _ = try SQLiteLedger.openReadOnly(path: path) }
    let ledger = try SQLiteLedger(path: path)
    let keys = (1...4).map { Key(bytes: [UInt8($0)]) }
    let remembered = try await ledger.remembered(of: "users", keys: keys)
    #expect(remembered.count == 3)
    #expect(
      keys.map { remembered[$0].map { String(decoding: $0.sent, as: UTF8.self) } }
        == ["now", "same", "alone", nil])
    #expect(remembered[keys[1]]?.link.absences == 2)
    #expect(
      try await ledger.sent(of: "others", keys: [keys[0]]) == [keys[0]: Array("other".utf8)])
    let history = try await ledger.history(mapping: "users", key: keys[0])
    #expect(history.map(\.operation) == ["create", "update"])
    #expect(history.map(\.after) == [Array("whole".utf8), Array("a".utf8)])
    #expect(history.map(\.before) == [[], Array("b".utf8)])
    #expect(
      try await ledger.history(mapping: "users", key: keys[1]).map(\.after)
        == [Array("same".utf8), Array("same".utf8)])
    #expect(try await ledger.history(mapping: "users", key: keys[2]).isEmpty)
    #expect(try await ledger.history(mapping: "users", key: keys[3]).map(\.at) == [14])
    #expect(try await ledger.intents(mapping: "users", key: keys[0]).map(\.id) == [1, 2, 3, 4])
    #expect(try await ledger.intents(mapping: "users", key: keys[1]).map(\.id) == [5, 6])
    #expect(try await ledger.changes(ofRun: 5).map(\.at) == [10, 11, 13, 14, 16])
    #expect(try await ledger.checkIntegrity().isEmpty)
  }
}
