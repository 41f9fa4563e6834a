import JSON
import Mappings
import Programs

/// The last stage of a run: each change is sent, as far as the target's limits, the operator's and the guard allow.
struct SendingStage: ChangeStage {
  let program: MappingProgram
  let context: RunContext
  let target: TargetConnection
  /// How many changes may still be sent.
  private var left: Int
  private var planned: [Key: Intent] = [:]
  private var claims: [ExactText: AbsenceReview.Claim] = [:]
  private var failed: Set<Key> = []

  init(program: MappingProgram, context: RunContext, target: TargetConnection) {
    self.program = program
    self.context = context
    self.target = target
    left = context.limit ?? .max
  }

  var shown: ChangePreview.Shown { ChangePreview.Shown() }
  var showsWhatIsHeld: Bool { false }

  func takeOver(_ recovery: Recovery) async throws -> OpenKeys { try await recovery.settle() }

  /// Writes down what the read has found.
  mutating func begin(
    _ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws {
    (planned, claims) = (comparer.open.planned, comparer.review.claims)
    failed = Set(comparer.failed.keys)
    let writes = WriteForecast.Writes(
      creates: comparer.creates, updates: comparer.updates, deactivations: comparer.deactivations)
    WriteForecast(program: program, target: target).forecast(
      writes, .keys(comparer.naturalKeys.count), search, &report)
    context.report(
      .planned(
        mapping: program.name,
        changes: comparer.creates + comparer.updates + comparer.deactivations,
        forecast: report.forecast))
    let epoch = context.lease.epoch
    try await context.ledger.recordAbsences(
      of: program.name, absent: comparer.review.counted.map { ($0.key, $0.absences) },
      present: comparer.present, epoch: epoch)
    try await context.ledger.clearFailures(
      of: program.name, keys: comparer.overcome, epoch: epoch)
    // A read of a few rows says nothing of how many there are.
    if comparer.chosen == nil {
      try await context.ledger.setLastRowCount(
        report.rows, of: program.name, run: context.run, epoch: epoch)
    }
  }

  func end(_ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport) {}

  func hold(_ comparer: RowComparer, _ report: inout MappingReport) {
    report.deferred += comparer.creates + comparer.updates
    report.absent += comparer.deactivations
  }

  func close(_ recovery: Recovery, _ comparer: RowComparer, _ report: MappingReport) async throws {
    // Where only some changes are sent, the others may still be wanted.
    guard report.status == .succeeded, context.limit == nil, context.gate == nil,
      comparer.chosen == nil
    else { return }
    try await recovery.close(comparer.open.planned)
  }

  /// Sends what is spooled. When the target stops, changes under way are waited for, since to break them
  /// off would leave their outcome unknown; the rest is not begun.
  mutating func take(
    _ stretch: SpooledStretch, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws {
    let (program, context, target) = (program, context, target)
    let sender = RecordSender(
      program: program, context: context, target: target, planned: planned, claims: claims,
      failed: self.failed, search: search)
    var taken: [TakenChange] = []
    var done = 0
    var sentCount = 0
    var failed = 0
    var failure: (any Error)?
    var unread: (any Error)?
    var spool = SpooledCalls(sender: sender, search: search, left: left)
    await withTaskGroup(of: [RecordSender.SentChange].self) { group in
      func begin() async -> Bool {
        do {
          guard let next = try await spool.next() else { return false }
          let known = spool.known
          group.addTask { await sender.send(next, search, known) }
          return true
        } catch {
          unread = error
          return false
        }
      }
      // Half as many more as may be at the target: what has its answer is still being written down. What is only linked
      // takes no call, and the ledger writes many links down at once.
      let atOnce = target.definition.concurrency
      for _ in 0..<max(atOnce + atOnce / 2, search.found.isEmpty ? 0 : 64) {
        guard await begin() else { break }
      }
      while let ended = await group.next() {
        for sent in ended {
          let change = sent.change
          switch sent.result {
          case .success(.taken(let change)):
            done += 1
            taken.append(change)
          case .success(let outcome):
            done += 1
            if stretch.completing.contains(change.key) {
              report.count(completion: outcome, of: change)
            } else {
              report.count(outcome, of: change)
            }
            sentCount += outcome.isOfPlan ? 1 : 0
            failed += outcome.isFailure ? 1 : 0
            failure = failure ?? program.definition.limits.check(failed: failed, sent: sentCount)
            context.report(.sent(mapping: program.name, done: done, of: stretch.count))
          case .failure(let error):
            // The stop of a target is the reason for what else fails behind it.
            if failure == nil || error is TargetStopped { failure = error }
          }
        }
        if failure == nil {
          do { try context.stop?.check() } catch { failure = error }
        }
        if failure != nil { sender.halt.call() }
        if failure == nil, unread == nil { _ = await begin() }
      }
    }
    left = spool.left
    if let unread { throw unread }
    if failure == nil { failure = try await resolve(taken, sender, &report) }
    switch failure {
    case nil: break
    case let stopped as TargetStopped: report.fail(stopped)
    case let tripped as GuardTripped: report.block([tripped])
    case let interrupted as RunInterrupted: report.interrupt(interrupted)
    case let error?: throw error
    }
  }

  /// Looks once for all creates whose value is taken, and goes on with each. Returns what stops the sending.
  private func resolve(
    _ taken: [TakenChange], _ sender: RecordSender, _ report: inout MappingReport
  ) async throws -> (any Error)? {
    guard !taken.isEmpty else { return nil }
    var waiting = taken[...]
    do {
      let keys = try taken.compactMap { try sender.naturalKey(of: $0.change) }
      let search = try await ObjectFinder(program: program, target: target).search(
        for: Set(keys), context: context)
      while let next = waiting.first {
        try context.stop?.check()
        var objects: [Listing.Found] = []
        if let key = try sender.naturalKey(of: next.change) {
          objects = try await search.objects(for: key)
        }
        var outcome = try await sender.resolve(next, found: objects)
        // Said again without the fields that were blamed: it is not about them.
        if case .taken(let again) = outcome {
          outcome = try await sender.refuse(again)
        }
        report.count(outcome, of: next.change)
        waiting.removeFirst()
      }
      return nil
    } catch  where error is TargetStopped || error is RunInterrupted {
      for one in waiting {
        report.count(.unknown("a value is taken, perhaps by our own write"), of: one.change)
      }
      return error
    }
  }
}
