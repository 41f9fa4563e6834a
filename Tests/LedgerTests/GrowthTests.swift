import Engine
import Testing

@testable import Ledger

/// How much a change adds to the ledger, and that nothing is added once old history goes.
@Suite struct GrowthTests {
  private static let objects = 500
  private static let changesADay = 50

  /// A person with twelve fields, of which one changes.
  private func record(_ number: Int, _ day: Int) -> String {
    """
    {"active":true,"department":"Field Operations","email":"p\(number)@example.com","employee_number":\
    "\(100_000 + number)","first_name":"Maximilian","hired_on":"2019-04-01","job_title":"Carpenter \(day)",\
    "last_name":"Featherstonehaugh","mobile_phone":"+15555550100","site_id":4711,"supervisor_id":4242,\
    "time_zone":"America/Chicago"}
    """
  }

  private func change(
    _ number: Int, _ day: Int, _ ledger: SQLiteLedger, _ epoch: LeaseEpoch, run: Int64
  ) async throws {
    let now = Instant(milliseconds: Int64(day) * 86_400_000)
    var begun = intent(
      key(number), epoch: epoch, operation: day == 0 ? .create : .update)
    begun.run = run
    begun.sentAt = now
    begun.targetID = day == 0 ? nil : "\(number)"
    begun.sent = Array(record(number, day).utf8)
    let id = try await ledger.begin(begun)
    var end = done(id, key(number), targetID: "\(number)", epoch: epoch)
    end.object?.sent = begun.sent
    end.change?.run = run
    end.change?.at = now
    end.change?.operation = begun.operation.rawValue
    end.change?.before = Array(#"{"job_title":"Carpenter before"}"#.utf8)
    end.change?.after =
      day == 0 ? begun.sent : Array(#"{"job_title":"Carpenter \#(day)"}"#.utf8)
    try await ledger.settle(end)
  }

  private func days(
    _ days: ClosedRange<Int>, _ ledger: SQLiteLedger, _ epoch: LeaseEpoch, keep: Int? = nil
  ) async throws {
    for day in days {
      let now = Instant(milliseconds: Int64(day) * 86_400_000)
      let run = try await ledger.startRun(
        RunStart(command: "run", mappings: ["users"], startedAt: now, epoch: epoch))
      for offset in 0..<Self.changesADay {
        try await change(
          (day * Self.changesADay + offset) % Self.objects, day, ledger, epoch, run: run)
      }
      try await ledger.finishRun(
        run, status: "succeeded", report: Array("{}".utf8) + Array(repeating: 0x20, count: 248),
        now: now)
      guard let keep else { continue }
      let oldest = Instant(milliseconds: Int64(day - keep) * 86_400_000)
      while try await !ledger.prune(before: oldest, atMost: 500, now: now, epoch: epoch).isDone {}
    }
  }

  private func filled() async throws -> (SQLiteLedger, LeaseEpoch, size: Int64) {
    let ledger = try SQLiteLedger()
    let epoch = try await ledger.lease().epoch
    for number in 0..<Self.objects { try await change(number, 0, ledger, epoch, run: 0) }
    return (ledger, epoch, try #require(try await ledger.summary().size))
  }

  @Test func aChangeAddsLessThanAKilobyte() async throws {
    let (ledger, epoch, before) = try await filled()
    try await days(1...40, ledger, epoch)
    let after = try #require(try await ledger.summary().size)
    let bytes = (after - before) / Int64(40 * Self.changesADay)
    print("bytes a change: \(bytes)")
    #expect(bytes < 1000)
  }

  @Test("A ledger that keeps thirty days does not grow after them")
  func steady() async throws {
    let (ledger, epoch, _) = try await filled()
    try await days(1...45, ledger, epoch, keep: 30)
    let early = try #require(try await ledger.summary().size)
    try await days(46...120, ledger, epoch, keep: 30)
    let summary = try await ledger.summary()
    print("bytes after 45 and 120 days: \(early), \(summary.size ?? 0)")
    #expect(try #require(summary.size) < early * 11 / 10)
    #expect(summary.changes <= 31 * Self.changesADay + Self.objects)
    #expect(summary.links == Self.objects)
    #expect(try await ledger.problems() == [])
  }
}
