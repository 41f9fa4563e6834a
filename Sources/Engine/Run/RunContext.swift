import Mappings
import Programs
import Rows

/// Everything outside that a run works with.
public struct RunContext: Sendable {
  public enum Mode: Sendable, Hashable {
    /// Reads, compares, sends no write and writes nothing down. At most so many changes are kept to be shown.
    case plan(details: Int)
    case run
  }
  public var mode: Mode
  public var ledger: any LedgerStore
  /// Where the changes of this run wait to be sent.
  public var spool: any ChangeSpool
  public var lease: Lease
  public var run: Int64
  public var sources: [String: any RowSource]
  public var targets: [String: TargetConnection]
  public var clock: any Timekeeper
  public var masking: Masking
  public var links: LinkTables
  /// Mappings whose target ids are integers.
  public var integerIDs: Set<String>
  /// Mappings that delete the objects of keys that are gone.
  public var deleting: Set<String>
  /// The names of all mappings of the project; `nil` where they are not known.
  public var mappings: Set<String>?
  /// At most so many changes of each mapping are sent; the rest waits for the next run.
  public var limit: Int?
  /// Whether the target is read whole and compared with the ledger first.
  public var reconciles = false
  /// The keys of the records that are worked on, as people write them; all where there is none.
  public var keys: [String] = []
  /// Set in a plan that is kept in a file, to be applied later.
  public var seal: PlanSeal?
  /// Set where such a plan is applied: what it does not say is not sent.
  public var gate: PlanGate?
  /// Empty in a run, which has it in the ledger.
  var foreseen = Foreseen()
  /// Says when a person, the system or a deadline wants the run to end: nothing new is begun then.
  public var stop: StopSignal?
  public var report: @Sendable (RunEvent) -> Void
  /// Takes down where the time goes.
  public var times: StageTimes

  public init(
    mode: Mode, ledger: any LedgerStore, spool: any ChangeSpool, lease: Lease, run: Int64,
    sources: [String: any RowSource], targets: [String: TargetConnection],
    clock: any Timekeeper, masking: Masking, links: LinkTables = LinkTables(),
    integerIDs: Set<String>, deleting: Set<String> = [], limit: Int? = nil,
    stop: StopSignal? = nil,
    times: StageTimes = StageTimes(),
    report: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.mode = mode
    self.ledger = ledger
    self.spool = spool
    self.lease = lease
    self.run = run
    self.sources = sources
    self.targets = targets
    self.clock = clock
    self.masking = masking
    self.links = links
    self.integerIDs = integerIDs
    self.deleting = deleting
    self.limit = limit
    self.stop = stop
    self.times = times
    self.report = report
    for (name, target) in targets {
      self.targets[name]?.stop = stop
      // The gate keeps this closure. If the closure kept the target, the gate would keep itself, and the client's thread and
      // connections would never be freed.
      target.gate.announce { [name = target.definition.name.value] reason, wait in
        report(.waiting(target: name, reason: reason, for: wait))
      }
      stop?.watch { [gate = target.gate] in gate.interrupt($0) }
    }
  }

  /// Whether nothing new may be begun.
  func isStopping() -> Bool { stop?.isSet ?? false }

  /// Waits, unless the run is to end: then it throws ``RunInterrupted``.
  func pause(for duration: Duration) async throws {
    try await stop.sleep(for: duration, by: clock)
  }

  /// Writes down what was refused; a plan has counted it, and that is all.
  func record(_ failures: [Failure]) async throws {
    guard !isPlan, !failures.isEmpty else { return }
    try await ledger.record(failures, epoch: lease.epoch)
  }

  /// How many keys are kept with each reason: in a plan as many as people may want to look through.
  var examplesKept: Int { isPlan ? 10_000 : MappingReport.fewExamples }

  var isPlan: Bool { if case .plan = mode { true } else { false } }
}

extension MappingProgram {
  /// Values are found by their places, so that rows must have the columns for which the program was made: the source was
  /// asked for those when the run began, and somebody may have changed a table since.
  func check(_ batch: RowBatch) throws(SourceFailure) {
    let isSame = batch.columns.elementsEqual(columns) { brought, known in
      brought.type == known.type
        && brought.name.unicodeScalars.elementsEqual(known.name.unicodeScalars)
    }
    guard isSame else {
      throw SourceFailure(
        kind: .extract, source: sourceName,
        message: "the source returns other columns than when the run began",
        remedy: definition.query == nil
          ? "run again" : "run again; name the columns in the query instead of `*`")
    }
  }
}
