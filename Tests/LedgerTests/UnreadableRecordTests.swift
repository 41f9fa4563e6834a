import Engine
import Ledger
import Testing

/// `crosswalk ledger verify` names what could not be used.
@Suite struct UnreadableRecordTests {
  private static let broken = Array(#"{"name":"#.utf8)

  @Test func verificationNamesTheKeyWhoseRecordCannotBeRead() async throws {
    let ledger = try SQLiteLedger()
    let lease = try await ledger.lease()
    for (number, sent) in [(1, Array(#"{"name":"x"}"#.utf8)), (2, Self.broken), (3, [])] {
      try await ledger.keep(
        link(key(number), id: "\(number)"), resource: resource, sent: sent, change: nil,
        epoch: lease.epoch)
    }
    let problem = try #require(try await ledger.problems().only)
    #expect(problem.hasPrefix("what was last sent of users 1/2 cannot be read ("))
  }

  @Test func verificationReadsOpenWritesHistoryAndReports() async throws {
    let ledger = try SQLiteLedger()
    let lease = try await ledger.lease()
    var open = intent(key(1), epoch: lease.epoch)
    open.sent = Self.broken
    _ = try await ledger.begin(open)
    try await ledger.keep(
      link(key(2), id: "2"), resource: resource, sent: Array("{}".utf8),
      change: ChangeEntry(
        run: 1, mapping: "users", key: key(2), operation: "update", before: Self.broken,
        after: Array("{}".utf8), at: 1), epoch: lease.epoch)
    let run = try await ledger.startRun(
      RunStart(command: "run", mappings: [], startedAt: 1, epoch: lease.epoch))
    try await ledger.finishRun(run, status: "failed", report: [], now: 2)
    let other = try await ledger.startRun(
      RunStart(command: "run", mappings: [], startedAt: 3, epoch: lease.epoch))
    try await ledger.finishRun(other, status: "succeeded", report: Self.broken, now: 4)
    let problems = try await ledger.problems()
    #expect(problems.count == 3)
    #expect(problems.contains { $0.hasPrefix("a write that is open of users 1/1 cannot be read") })
    #expect(problems.contains { $0.hasPrefix("the history of users 1/2 cannot be read") })
    #expect(problems.contains { $0.hasPrefix("the report of run \(other) cannot be read") })
  }
}

extension [String] {
  fileprivate var only: String? { count == 1 ? self[0] : nil }
}
