import Engine

/// Removes from the ledger what is older than the project keeps, in short steps that let other writers through.
struct LedgerUpkeep {
  let writer: ProjectWriter
  let keep: Duration
  let clock: any Timekeeper
  let stop: StopSignal

  /// How many entries of each kind one step examines. A step holds the ledger's lock for a few milliseconds.
  private static let step = 500
  /// Everything is examined once a day.
  private static let interval = Duration.seconds(24 * 60 * 60)

  /// Upkeep at the end of a run, for a limited time; the next run continues from there. Returns how much was removed.
  @discardableResult
  func runIfDue(atMost limit: Duration = .seconds(2)) async throws -> Int {
    let now = clock.wall
    if let last = try await writer.ledger.lastPruned(), last <= now, now.since(last) < Self.interval
    {
      return 0
    }
    let end = clock.monotonic + limit
    return try await run { clock.monotonic < end && !stop.isSet }
  }

  /// All of it.
  func run() async throws -> Int { try await run { !stop.isSet } }

  private func run(while goesOn: () -> Bool) async throws -> Int {
    let now = clock.wall
    let oldest = now.later(by: .zero - keep)
    var removed = 0
    while goesOn() {
      let step = try await writer.prune(before: oldest, atMost: Self.step, now: now)
      removed += step.removed
      if step.isDone { break }
    }
    return removed
  }
}
