import Engine
import Foundation
import Ledger
import Testing

/// What SQLite leaves in its files.
@Suite struct ErasureTests {
  private func bytes(of folder: Folder) throws -> Data {
    let state = URL(filePath: folder.ledger).deletingLastPathComponent()
    return try FileManager.default.contentsOfDirectory(
      at: state, includingPropertiesForKeys: nil
    ).reduce(into: Data()) { $0.append(try Data(contentsOf: $1)) }
  }

  @Test func noFileOfTheLedgerHoldsAForgottenValue() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let epoch = try await ledger.lease().epoch
    let canary = "canary-7f3a"
    for number in 1...300 {
      let record = Array(#"{"name":"\#(number == 7 ? canary : "other \(number)")"}"#.utf8)
      var begun = intent(key(number), epoch: epoch, naturalKey: number == 7 ? canary : nil)
      begun.sent = record
      let id = try await ledger.begin(begun)
      var end = done(id, key(number), targetID: "\(number)", epoch: epoch)
      end.object?.sent = record
      end.change?.after = record
      end.evidence = number == 7 ? canary : nil
      try await ledger.settle(end)
    }
    #expect(try bytes(of: folder).range(of: Data(canary.utf8)) != nil)
    try await ledger.forget(
      Decision(verb: .forget, mapping: "users", key: key(7), who: "a", at: 1), epoch: epoch)
    #expect(try bytes(of: folder).range(of: Data(canary.utf8)) == nil)
    #expect(try bytes(of: folder).range(of: Data("other 8".utf8)) != nil)
    #expect(try await ledger.problems() == [])
    try ledger.close()
    #expect(try bytes(of: folder).range(of: Data(canary.utf8)) == nil)
  }

  @Test func compactingGivesTheRoomBack() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    for number in 1...500 {
      let id = try await ledger.begin(intent(key(number), epoch: lease.epoch))
      try await ledger.settle(
        Settlement(
          intent: id, state: .rejected, attempt: 1, evidence: String(repeating: "x", count: 500),
          resource: resource, epoch: lease.epoch))
    }
    try await ledger.pruneAll(before: 1000, epoch: lease.epoch)
    let full = try await ledger.summary()
    #expect(try #require(full.free) > 100_000)
    try ledger.compact()
    let less = try await ledger.summary()
    #expect(less.free == 0)
    #expect(try #require(less.size) < #require(full.size) / 2)
    #expect(try await ledger.renewLease(lease, for: length, now: 1))
  }

  @Test("A step looks at so many entries and no more, and another process goes on from there")
  func steps() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let epoch = try await ledger.lease().epoch
    for number in 1...25 {
      try await ledger.keep(
        link(key(1), id: "o1"), resource: resource, sent: [],
        change: ChangeEntry(
          run: 1, mapping: "users", key: key(1), operation: "update", before: [], after: [1],
          at: Instant(milliseconds: Int64(number))), epoch: epoch)
    }
    let first = try await ledger.prune(before: 1000, atMost: 10, now: 2000, epoch: epoch)
    #expect(first == PruneStep(removed: 10, isDone: false))
    #expect(try await ledger.lastPruned() == nil)
    let second = try SQLiteLedger(path: folder.ledger)
    #expect(try await second.prune(before: 1000, atMost: 10, now: 2000, epoch: epoch).removed == 10)
    // Four, and what the last one shows.
    let last = try await second.prune(before: 1000, atMost: 10, now: 2000, epoch: epoch)
    #expect(last == PruneStep(removed: 5, isDone: true))
    #expect(try await second.lastPruned() == 2000)
    #expect(try await second.summary().links == 1)
  }
}
