import Engine

/// Takes out of the ledger what is older than the project keeps, in short steps between which others get their turn.
struct LedgerUpkeep {
  let ledger: any ProjectLedger
  let lease: Lease
  let keep: Duration
  let clock: any Timekeeper
  let stop: StopSignal

  /// Entries of each kind that one step looks at. A step holds the ledger's lock for some milliseconds.
  private static let step = 500
  /// Everything is looked at once a day.
  private static let interval = Duration.seconds(24 * 60 * 60)

  /// What a run does at its end: at most so long, and the next run goes on from there. Returns how much was taken out.
  @discardableResult
  func runIfDue(atMost limit: Duration = .seconds(2)) async throws -> Int {
    let now = clock.wall
    if let last = try await ledger.lastPruned(), last <= now, now.since(last) < Self.interval {
      return 0
    }
    let end = clock.monotonic + limit
    return try await run { clock.monotonic < end && !stop.isSet }
  }

  /// The whole of it.
  func run() async throws -> Int { try await run { !stop.isSet } }

  private func run(while goesOn: () -> Bool) async throws -> Int {
    let now = clock.wall
    let oldest = now.later(by: .zero - keep)
    var removed = 0
    while goesOn() {
      let step = try await ledger.prune(
        before: oldest, atMost: Self.step, now: now, epoch: lease.epoch)
      removed += step.removed
      if step.isDone { break }
    }
    return removed
  }
}
