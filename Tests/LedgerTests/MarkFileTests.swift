import Engine
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct MarkFileTests {
  private func put(_ count: Int, _ ledger: SQLiteLedger, _ lease: Lease) async throws {
    for number in 0..<count {
      try await ledger.keep(
        link(key(number), id: "\(number)"), resource: resource, sent: Array("{}".utf8), change: nil,
        epoch: lease.epoch)
    }
  }

  @Test func theMarkIsNeverBehindWhatACallerKnows() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    let mark = MarkFile(path: folder.ledger + ".mark")
    #expect(mark.read() == .none)
    try mark.write(MarkFile.Content(name: "ab", writeCount: 0, state: .open))
    ledger.follow(mark)
    for _ in 1...3 {
      try await put(5, ledger, lease)
      let count = try await ledger.identity().writeCount
      // As another process reads it, while this one lives or after it was killed.
      #expect(
        MarkFile(path: mark.path).read()
          == .content(MarkFile.Content(name: "ab", writeCount: count, state: .open)))
    }
    let mode = try FileManager.default.attributesOfItem(atPath: mark.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func whatCannotBeUnderstoodIsNoAnswer() throws {
    let path = Folder().path + "/mark"
    for text in ["", "ab", "ab x", "ab 1 perhaps", "ab 1 open 2"] {
      try Data(text.utf8).write(to: URL(filePath: path))
      #expect(MarkFile(path: path).read() == .unreadable, "\(text)")
    }
    // As earlier releases wrote it.
    try Data("ab 12\n".utf8).write(to: URL(filePath: path))
    #expect(
      MarkFile(path: path).read()
        == .content(MarkFile.Content(name: "ab", writeCount: 12, state: .closed)))
  }

  @Test func aBackupIsWholeWhileOthersWrite() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    try await put(50, ledger, lease)
    let copy = folder.path + "/copy.sqlite"
    try SQLiteLedger.openReadOnly(path: folder.ledger).backUp(to: copy)
    try await put(80, ledger, lease)
    let restored = try SQLiteLedger(path: copy)
    #expect(try await restored.linkCount(of: "users").active == 50)
    #expect(try await restored.identity().id == ledger.identity().id)
    try await restored.verify(isInDoubt: true)
    #expect(await refusal { try ledger.backUp(to: copy) } == .permission)
    let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func twoKeysWithOneObjectAreNoticed() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    try await put(3, ledger, lease)
    try await ledger.verify(isInDoubt: false)
    try ledger.close()
    let queue = try DatabaseQueue(path: folder.ledger)
    try await queue.write { database in
      try database.execute(sql: "DROP INDEX link_target")
      try database.execute(sql: "UPDATE link SET target_id = '1' WHERE target_id = '2'")
    }
    try queue.close()
    let damaged = try SQLiteLedger(path: folder.ledger)
    #expect(await refusal { try await damaged.verify(isInDoubt: false) } == .corrupt)
    #expect(try await damaged.checkIntegrity().contains { $0.contains("two keys are linked") })
  }
}

@Suite struct ClockTests {
  private static let day: Int64 = 86_400_000
  private static let now: Int64 = 1_700_000_000_000

  private func reading(_ wall: Int64, _ boot: String? = "a", uptime: Int64 = 0) -> ClockReading {
    ClockReading(wall: wall, boot: boot, started: boot == nil ? nil : wall - uptime)
  }

  /// An intent that was sent at a moment of the first reading, and what becomes of the moment.
  private func moved(
    _ first: ClockReading, _ then: ClockReading..., sentAt: Int64, notBefore: Int64? = nil
  ) async throws -> (jumps: [ClockJump?], intent: Intent) {
    let ledger = try SQLiteLedger()
    let lease = try await ledger.lease()
    #expect(try await ledger.observe(first, epoch: lease.epoch) == nil)
    var sent = intent(key(1), epoch: lease.epoch)
    sent.sentAt = sentAt
    let id = try await ledger.begin(sent)
    var end = Settlement(
      intent: id, state: .unknown, attempt: 1, resource: resource, epoch: lease.epoch)
    end.notBefore = notBefore
    try await ledger.settle(end)
    var jumps: [ClockJump?] = []
    for reading in then { jumps.append(try await ledger.observe(reading, epoch: lease.epoch)) }
    let open = try await ledger.openIntents(of: "users")
    return (jumps, try #require(open.first))
  }

  @Test func timeThatPassesIsNoJump() async throws {
    let (jumps, intent) = try await moved(
      reading(Self.now, uptime: 1000), reading(Self.now + 5000, uptime: 6000),
      reading(Self.now + 9000, "b", uptime: 100), sentAt: Self.now)
    #expect(jumps == [nil, nil])
    #expect(intent.sentAt == Self.now)
  }

  @Test func aClockThatWasADayBehindIsPutRight() async throws {
    let behind = Self.now - Self.day
    let (jumps, intent) = try await moved(
      reading(behind, uptime: 1000), reading(Self.now + 5000, uptime: 6000), sentAt: behind + 10)
    #expect(jumps == [.by(Self.day)])
    // Five seconds ago, and not a day.
    #expect(intent.sentAt == Self.now + 10)
  }

  @Test func aClockThatWasAYearAheadIsPutRight() async throws {
    let ahead = Self.now + 365 * Self.day
    let (jumps, intent) = try await moved(
      reading(ahead, uptime: 1000), reading(Self.now + 5000, uptime: 6000), sentAt: ahead + 10,
      notBefore: ahead + 30_000)
    #expect(jumps == [.by(-365 * Self.day)])
    #expect(intent.sentAt == Self.now + 10)
    #expect(intent.notBefore == Self.now + 30_000)
  }

  @Test func onAnotherMachineARestBeginsAgain() async throws {
    let ahead = Self.now + 365 * Self.day
    let (jumps, intent) = try await moved(
      reading(ahead, "a"), reading(Self.now, "b"), reading(Self.now + 1000, "c"),
      reading(Self.now + 2000, "d"), sentAt: ahead, notBefore: ahead + 30_000)
    // Once when it goes back, and once when that may have been put right.
    #expect(jumps == [.unknown, .unknown, nil])
    #expect(intent.sentAt == Self.now + 1000)
    #expect(intent.notBefore == nil)
  }

  @Test func withoutTheTimeSinceTheStartGoingBackIsNoticed() async throws {
    let (jumps, intent) = try await moved(
      reading(Self.now, nil), reading(Self.now - Self.day, nil), sentAt: Self.now)
    #expect(jumps == [.unknown])
    #expect(intent.sentAt == Self.now - Self.day)
  }

  @Test func aMomentThatHasNotComeIsNotWaitedFor() async throws {
    let (jumps, intent) = try await moved(
      reading(Self.now), reading(Self.now + 1000, uptime: 1000), sentAt: Self.now + Self.day)
    #expect(jumps == [.unknown])
    #expect(intent.sentAt == Self.now + 1000)
  }

  @Test func nothingOverflows() async throws {
    let (_, intent) = try await moved(
      reading(.max, uptime: 0), reading(0, uptime: 10), reading(.max, uptime: 20), sentAt: .max)
    #expect(try #require(intent.sentAt) >= 0)
  }

  @Test func aFailureOfTheFutureIsTriedAgain() {
    let failure = Failure(
      mapping: "users", key: key(1), fingerprint: Fingerprint(high: 1, low: 1),
      reasons: [Failure.Reason(field: "name", message: "no")], status: 422,
      firstAt: Self.now, lastAt: Self.now + 365 * Self.day, run: 1)
    #expect(!failure.holdsBack(Fingerprint(high: 1, low: 1), read: 1, now: Self.now))
  }
}
