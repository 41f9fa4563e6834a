import Engine
import Foundation
import GRDB
import Testing

@testable import Ledger

/// A ledger of an earlier format loses nothing of what it knew.
@Suite struct MigrationTests {
  @Test("A ledger of format 4 loses nothing of what it knew")
  func ofTheChanges() async throws {
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

  @Test("A ledger of format 5 says of itself what its keys are made of, those in use first")
  func ofTheKeys() async throws {
    let path = Folder().path + "/ledger.sqlite"
    let queue = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(queue, upTo: "5")
    let (old, new) = (Key([.int(1)]), Key([.text("1"), .bool(true)]))
    try await queue.write { database in
      try database.execute(
        sql: """
          INSERT INTO mapping VALUES (1, 'users'), (2, 'nobody');
          INSERT INTO resource VALUES (1, 'people/users');
          INSERT INTO link VALUES
            (1, ?, zeroblob(16), 1, 0, 1, 't1', NULL), (1, ?, zeroblob(16), 0, 0, 1, 't2', NULL);
          """, arguments: [Data(old.bytes), Data(new.bytes)])
    }
    try queue.close()
    let ledger = try SQLiteLedger(path: path)
    #expect(
      try await ledger.shapes() == [
        "users": MappingShape(
          resource: resource, key: [.init(name: nil, kind: .text), .init(name: nil, kind: .bool)])
      ])
  }
}
