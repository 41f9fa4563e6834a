import Engine

/// Everything that the ledger remembers about one key.
public struct RecordHistory: Sendable {
  public let mapping: String
  public let key: Key
  public let link: Link?
  public let failure: Failure?
  public let changes: [ChangeEntry]
  public let intents: [Intent]
  public let decisions: [Decision]
}

extension Operations {
  /// The history of the record under a key, given as the reports write it.
  public func history(
    _ mapping: String, _ written: String
  ) async throws(OperationFailure) -> RecordHistory {
    try await failing {
      let open = try readLedger()
      let key = try await open.key(written, of: mapping)
      let ledger = open.ledger
      return RecordHistory(
        mapping: mapping, key: key, link: try await ledger.link(of: mapping, key: key),
        failure: try await ledger.failures(of: mapping).first { $0.key == key },
        changes: try await ledger.history(mapping: mapping, key: key),
        intents: try await ledger.intents(mapping: mapping, key: key),
        decisions: try await ledger.decisions(mapping: mapping, key: key))
    }
  }

  /// The latest runs, newest first.
  public func runs(limit: Int) async throws(OperationFailure) -> [RunRecord] {
    try await failing {
      let ledger = try readLedger().ledger
      return try await markingLive(try await ledger.runs(limit: limit), in: ledger)
    }
  }

  public func run(number: Int64) async throws(OperationFailure) -> RunRecord {
    try await failing {
      let ledger = try readLedger().ledger
      guard let run = try await ledger.run(number) else { throw OperationFailure.noRun(number) }
      return try await markingLive([run], in: ledger).first ?? run
    }
  }

  /// Tells runs that are under way from those that were killed.
  private func markingLive(
    _ runs: [RunRecord], in ledger: any ProjectLedger
  ) async throws -> [RunRecord] {
    guard runs.contains(where: { $0.finishedAt == nil }) else { return runs }
    let live = try await ledger.liveLeases(at: clock.wall)
    return runs.map { run in
      var run = run
      run.isUnderWay = live.hold(run)
      return run
    }
  }
}
