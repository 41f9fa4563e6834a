import Engine
import Testing

/// What rests goes on resting when the clock was set.
@Suite struct ClockTests {
  private static let day = Duration.seconds(86_400)
  private static let year = Duration.seconds(365 * 86_400)
  private static let now: Instant = 1_700_000_000_000

  private func reading(
    _ wall: Instant, _ boot: String? = "a", uptime: Int64 = 0
  ) -> ClockReading {
    ClockReading(
      wall: wall, boot: boot, started: boot == nil ? nil : wall.later(by: .milliseconds(-uptime)))
  }

  /// An intent that was sent at a moment of the first reading, and what becomes of the moment.
  private func moved(
    _ store: LedgerKind, _ first: ClockReading, _ then: ClockReading..., sentAt: Instant,
    notBefore: Instant? = nil
  ) async throws -> (jumps: [ClockJump?], intent: Intent) {
    let ledger = try await store.open()
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

  @Test(arguments: LedgerKind.all) func timeThatPassesIsNoJump(_ store: LedgerKind) async throws {
    let (jumps, intent) = try await moved(
      store,
      reading(Self.now, uptime: 1000),
      reading(Self.now.later(by: .milliseconds(5000)), uptime: 6000),
      reading(Self.now.later(by: .milliseconds(9000)), "b", uptime: 100), sentAt: Self.now)
    #expect(jumps == [nil, nil])
    #expect(intent.sentAt == Self.now)
  }

  @Test(arguments: LedgerKind.all) func aClockThatWasADayBehindIsPutRight(_ store: LedgerKind)
    async throws
  {
    let behind = Self.now.later(by: .zero - Self.day)
    let (jumps, intent) = try await moved(
      store,
      reading(behind, uptime: 1000), reading(Self.now.later(by: .milliseconds(5000)), uptime: 6000),
      sentAt: behind.later(by: .milliseconds(10)))
    #expect(jumps == [.by(Self.day)])
    // Five seconds ago, and not a day.
    #expect(intent.sentAt == Self.now.later(by: .milliseconds(10)))
  }

  @Test(arguments: LedgerKind.all) func aClockThatWasAYearAheadIsPutRight(_ store: LedgerKind)
    async throws
  {
    let ahead = Self.now.later(by: Self.year)
    let (jumps, intent) = try await moved(
      store,
      reading(ahead, uptime: 1000), reading(Self.now.later(by: .milliseconds(5000)), uptime: 6000),
      sentAt: ahead.later(by: .milliseconds(10)),
      notBefore: ahead.later(by: .milliseconds(30_000)))
    #expect(jumps == [.by(.zero - Self.year)])
    #expect(intent.sentAt == Self.now.later(by: .milliseconds(10)))
    #expect(intent.notBefore == Self.now.later(by: .milliseconds(30_000)))
  }

  @Test(arguments: LedgerKind.all) func onAnotherMachineARestBeginsAgain(_ store: LedgerKind)
    async throws
  {
    let ahead = Self.now.later(by: Self.year)
    let (jumps, intent) = try await moved(
      store,
      reading(ahead, "a"), reading(Self.now, "b"),
      reading(Self.now.later(by: .milliseconds(1000)), "c"),
      reading(Self.now.later(by: .milliseconds(2000)), "d"), sentAt: ahead,
      notBefore: ahead.later(by: .milliseconds(30_000)))
    // Once when it goes back, and once when that may have been put right.
    #expect(jumps == [.unknown, .unknown, nil])
    #expect(intent.sentAt == Self.now.later(by: .milliseconds(1000)))
    #expect(intent.notBefore == nil)
  }

  @Test(arguments: LedgerKind.all) func withoutTheTimeSinceTheStartGoingBackIsNoticed(
    _ store: LedgerKind
  ) async throws {
    let (jumps, intent) = try await moved(
      store,
      reading(Self.now, nil), reading(Self.now.later(by: .zero - Self.day), nil), sentAt: Self.now)
    #expect(jumps == [.unknown])
    #expect(intent.sentAt == Self.now.later(by: .zero - Self.day))
  }

  @Test(arguments: LedgerKind.all) func aMomentThatHasNotComeIsNotWaitedFor(_ store: LedgerKind)
    async throws
  {
    let (jumps, intent) = try await moved(
      store,
      reading(Self.now), reading(Self.now.later(by: .milliseconds(1000)), uptime: 1000),
      sentAt: Self.now.later(by: Self.day))
    #expect(jumps == [.unknown])
    #expect(intent.sentAt == Self.now.later(by: .milliseconds(1000)))
  }

  @Test(arguments: LedgerKind.all) func nothingOverflows(_ store: LedgerKind) async throws {
    let (_, intent) = try await moved(
      store,
      reading(.distantFuture, uptime: 0), reading(0, uptime: 10),
      reading(.distantFuture, uptime: 20), sentAt: .distantFuture)
    #expect(try #require(intent.sentAt) >= 0)
  }

  @Test func aFailureOfTheFutureIsTriedAgain() {
    let failure = Failure(
      mapping: "users", key: key(1), fingerprint: Fingerprint(high: 1, low: 1),
      reasons: [Failure.Reason(field: "name", message: "no")], status: 422,
      firstAt: Self.now, lastAt: Self.now.later(by: Self.year), run: 1)
    #expect(!failure.holdsBack(Fingerprint(high: 1, low: 1), read: 1, now: Self.now))
  }
}
