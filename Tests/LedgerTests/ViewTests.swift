import Engine
import Foundation
import GRDB
import Testing

@testable import Ledger

/// The SQL views are a promise: their names, their columns, and what these say.
@Suite struct ViewTests {
  private func rows(_ sql: String, _ path: String) throws -> [[String: String?]] {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration).read { database in
      try Row.fetchAll(database, sql: sql).map { row in
        Dictionary(
          uniqueKeysWithValues: row.map { name, value in
            (name, value.isNull ? nil : "\(value.storage.value ?? "")")
          })
      }
    }
  }

  @Test func eachHasTheColumnsThatItPromises() throws {
    let queue = try DatabaseQueue()
    try Schema.migrator.migrate(queue)
    for view in LedgerView.all {
      let columns = try queue.read { try $0.columns(in: view.name).map(\.name) }
      #expect(columns == view.columns.map(\.name), "\(view.name)")
    }
    #expect(Set(Schema.views.keys) == Set(LedgerView.all.map(\.name)))
  }

  @Test func theySayWhatTheLedgerHolds() async throws {
    let path = Folder().ledger
    let ledger = try SQLiteLedger(path: path)
    let epoch = try await ledger.lease().epoch
    let run = try await ledger.startRun(
      RunStart(command: "run", mappings: ["users"], startedAt: 1_769_860_800_000, epoch: epoch))
    let id = try await ledger.begin(intent(key(1), epoch: epoch))
    var end = done(id, key(1), targetID: "o1", epoch: epoch)
    end.change?.at = 1_769_860_800_000
    try await ledger.settle(end)
    try await ledger.record(
      [
        Failure(
          mapping: "users", key: key(2), fingerprint: Fingerprint(of: [1]),
          reasons: [.init(field: "name", message: "no"), .init(field: nil, message: "never")],
          status: 422, firstAt: 0, lastAt: 0, run: run)
      ], epoch: epoch)
    try await ledger.decide(
      Decision(verb: .dismiss, mapping: "users", key: key(2), who: "ada", at: 0), epoch: epoch)
    let link = try #require(try rows("SELECT * FROM v1_links", path).first)
    #expect(link["mapping"] == "users" && link["key"] == "1/1" && link["target_id"] == "o1")
    #expect(link["state"] == "active" && link["sent"] == #"{"name":"x"}"#)
    let change = try #require(try rows("SELECT * FROM v1_changes", path).first)
    #expect(change["operation"] == "create" && change["at"] == "2026-01-31T12:00:00Z")
    let write = try #require(try rows("SELECT * FROM v1_writes", path).first)
    #expect(write["state"] == "done" && write["is_open"] == "0" && write["resource"] == resource)
    let failure = try #require(try rows("SELECT * FROM v1_failures", path).first)
    #expect(
      failure["reasons"]
        == #"[{"field":"name","message":"no"},{"field":null,"message":"never"}]"#)
    #expect(failure["standing"] == "dismissed" && failure["first_at"] == "1970-01-01T00:00:00Z")
    let decision = try #require(try rows("SELECT * FROM v1_decisions", path).first)
    #expect(decision["verb"] == "dismiss" && decision["who"] == "ada")
    let known = try #require(try rows("SELECT * FROM v1_runs", path).first)
    #expect(known["command"] == "run" && known["finished_at"] == .some(nil))
  }

  @Test("Keys read as in the reports, whatever they are made of")
  func keys() async throws {
    let path = Folder().ledger
    let ledger = try SQLiteLedger(path: path)
    let epoch = try await ledger.lease().epoch
    let keys = [
      Key([.int(1), .int(-5)]), Key([.int(.min)]), Key([.int(.max), .text("é")]),
      Key([.text("a/b"), .bool(true)]), Key([.text("-x\\y")]), Key([.text("[1]"), .text("")]),
      Key([.bool(false), .text("-z")]), Key([.text("")]),
    ]
    for (index, key) in keys.enumerated() {
      try await ledger.keep(
        link(key, id: "\(index)"), resource: resource, sent: [], change: nil, epoch: epoch)
    }
    let found = try rows("SELECT key FROM v1_links ORDER BY CAST(target_id AS INTEGER)", path)
    #expect(found.map { $0["key"] ?? nil } == keys.map(\.description))
    // A damaged key is no reason for a view not to end.
    try await DatabaseQueue(path: path).write { database in
      try database.execute(
        sql:
          "UPDATE link SET key = CASE target_id WHEN '0' THEN x'0361' WHEN '1' THEN x'02' ELSE x'09' END"
          + " WHERE target_id IN ('0', '1', '2')")
    }
    #expect(try rows("SELECT key FROM v1_links", path).count == keys.count)
  }

  @Test("They answer in a ledger of any earlier format", arguments: 1...9)
  func afterMigration(from format: Int) async throws {
    let path = Folder().path + "/ledger.sqlite"
    let queue = try DatabaseQueue(path: path)
    try Schema.migrator.migrate(queue, upTo: "\(format)")
    try await queue.write { database in
      try database.execute(
        sql: """
          INSERT INTO mapping VALUES (1, 'users');
          INSERT INTO resource VALUES (1, 'people/users');
          INSERT INTO link (mapping, key, fingerprint, state, absences, resource, target_id)
            VALUES (1, x'0361626300', zeroblob(16), 0, 0, 1, 't1');
          INSERT INTO intent (run, mapping, key, operation, resource, fingerprint, sent, state,
            attempt, epoch) VALUES (1, 1, x'0361626300', 'update', 1, zeroblob(16), x'', 'sent', 1, 1);
          """)
    }
    try queue.close()
    try SQLiteLedger(path: path).close()
    for view in LedgerView.all { _ = try rows("SELECT * FROM \(view.name)", path) }
    #expect(try rows("SELECT * FROM v1_links", path).map { $0["key"] ?? nil } == ["abc"])
    #expect(try rows("SELECT * FROM v1_writes", path).map { $0["is_open"] ?? nil } == ["1"])
  }
}
