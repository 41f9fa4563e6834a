import Mappings
import Programs
import Rows

/// What a run, or a plan, works with. A plan is one that cannot write to the ledger, and sends nothing.
public struct RunContext: Sendable {
  public let project: RunProject
  public let access: LedgerAccess
  public let environment: RunEnvironment
  /// Where the changes wait to be sent.
  public let spool: any ChangeSpool
  public let links = LinkTables()
  let settled = SettledMappings()
  public var options: RunOptions
  /// Empty in a run, which has it in the ledger.
  var foreseen = Foreseen()

  public init(
    project: RunProject, access: LedgerAccess, environment: RunEnvironment,
    spool: any ChangeSpool, options: RunOptions = RunOptions()
  ) {
    self.project = project.connected(to: environment)
    self.access = access
    self.environment = environment
    self.spool = spool
    self.options = options
  }

  /// Writes down what was refused; a plan has counted it, and that is all.
  func record(_ failures: [Failure]) async throws {
    guard let writer, !failures.isEmpty else { return }
    try await writer.record(failures)
  }

  /// How many keys are kept with each reason: in a plan as many as people may want to look through.
  var examplesKept: Int { writer == nil ? 10_000 : MappingReport.fewExamples }

  // MARK: Parts

  var ledger: any LedgerStore { access.ledger }
  var writer: LedgerWriter? { access.writer }
  var clock: any Timekeeper { environment.clock }
  var masking: Masking { environment.masking }
  var stop: StopSignal? { environment.stop }
  var times: StageTimes { environment.times }
  var report: @Sendable (RunEvent) -> Void { environment.report }
  /// 0 in a plan.
  var run: Int64 { writer?.run ?? 0 }
}

/// What a run needs of its project.
public struct RunProject: Sendable {
  public var sources: [String: any RowSource]
  public var targets: [String: TargetConnection]
  /// Mappings whose target ids are integers.
  public var integerIDs: Set<String>
  /// Mappings that delete the objects of keys that are gone.
  public var deleting: Set<String>
  /// All mappings of the project.
  public var known: KnownMappings

  public init(
    sources: [String: any RowSource], targets: [String: TargetConnection],
    integerIDs: Set<String>, deleting: Set<String> = [],
    known: KnownMappings = KnownMappings()
  ) {
    self.sources = sources
    self.targets = targets
    self.integerIDs = integerIDs
    self.deleting = deleting
    self.known = known
  }

  fileprivate func connected(to environment: RunEnvironment) -> RunProject {
    let (stop, report) = (environment.stop, environment.report)
    var project = self
    for (name, target) in targets {
      project.targets[name]?.stop = stop
      project.targets[name]?.report = report
      // The gate keeps this closure. If the closure kept the target, the gate would keep itself, and the client's thread and
      // connections would never be freed.
      target.gate.announce { [name = target.definition.name.value] reason, wait in
        report(.waiting(target: name, reason: reason, for: wait))
      }
      stop?.watch { [gate = target.gate] in gate.interrupt($0) }
    }
    return project
  }
}

/// What is around a run.
public struct RunEnvironment: Sendable {
  public var clock: any Timekeeper
  public var masking: Masking
  /// Says when a person, the system or a deadline wants the run to end: nothing new is begun then.
  public var stop: StopSignal?
  /// Takes down where the time goes.
  public var times: StageTimes
  public var report: @Sendable (RunEvent) -> Void

  public init(
    clock: any Timekeeper, masking: Masking, stop: StopSignal? = nil,
    times: StageTimes = StageTimes(), report: @escaping @Sendable (RunEvent) -> Void
  ) {
    self.clock = clock
    self.masking = masking
    self.stop = stop
    self.times = times
    self.report = report
  }
}

/// What is asked of a run or a plan.
public struct RunOptions: Sendable {
  /// At most so many changes of each mapping are kept to be shown, in a plan.
  public var details = Int.max
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

  public init() {}
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
