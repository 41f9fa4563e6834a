import JSON
import Mappings
import Programs

/// The last stage of a run: each change is sent, as far as the target's limits, the operator's and the guard allow.
struct SendingStage: ChangeStage {
  let mapping: MappingWriter
  let context: RunContext
  /// How many changes may still be sent.
  private var left: Int
  private var known = KnownBefore()

  init(_ mapping: MappingWriter, _ context: RunContext) {
    self.mapping = mapping
    self.context = context
    left = context.options.limit ?? .max
  }

  private var program: MappingProgram { mapping.program }
  private var target: TargetConnection { mapping.target }

  var findings: any FindingStage { RecordingStage(mapping) }
  var shown: ChangePreview.Shown { ChangePreview.Shown() }
  var showsWhatIsHeld: Bool { false }

  func takeOver() async throws -> OpenKeys { try await Recovery(mapping).settle() }

  /// Writes down what the read has found.
  mutating func begin(
    _ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws {
    known = KnownBefore(
      planned: comparer.open.planned, claims: comparer.review.claims,
      failed: Set(comparer.failed.keys))
    let writes = WriteForecast.Writes(
      creates: comparer.creates, updates: comparer.updates, deactivations: comparer.deactivations)
    WriteForecast(program: program, target: target).forecast(
      writes, .keys(comparer.naturalKeys.count), search, &report)
    context.report(
      .planned(
        mapping: program.name,
        changes: comparer.creates + comparer.updates + comparer.deactivations,
        forecast: report.forecast))
    let writer = mapping.writer
    try await writer.recordAbsences(
      of: program.name, absent: comparer.review.counted.map { ($0.key, $0.absences) },
      present: comparer.present)
    try await writer.clearFailures(of: program.name, keys: comparer.overcome)
    // A read of a few rows says nothing of how many there are.
    if comparer.chosen == nil {
      try await writer.setLastRowCount(report.rows, of: program.name)
    }
  }

  func end(_ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport) {}

  func hold(_ comparer: RowComparer, _ report: inout MappingReport) {
    report.deferred += comparer.creates + comparer.updates
    report.absent += comparer.deactivations
  }

  func close(_ comparer: RowComparer, _ report: MappingReport) async throws {
    // Where only some changes are sent, the others may still be wanted.
    guard report.status == .succeeded, context.options.limit == nil, context.options.gate == nil,
      comparer.chosen == nil
    else { return }
    try await Recovery(mapping).close(comparer.open.planned)
  }

  mutating func take(
    _ stretch: SpooledStretch, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws {
    let sender = RecordSender(mapping, known, search: search, gate: context.options.gate)
    var sending = StretchSending(
      context, sender, SpooledCalls(context.spool, sender: sender, search: search, left: left))
    await sending.sendAll(of: stretch, &report)
    left = sending.left
    if let unread = sending.unread { throw unread }
    var failure = sending.failure
    if failure == nil { failure = try await resolve(sending.taken, sender, &report) }
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
      let search = try await mapping.finder.search(for: Set(keys))
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

/// Sends what is spooled, several calls at a time. When the target stops, changes under way are waited for, since to break them
/// off would leave their outcome unknown; the rest is not begun.
private struct StretchSending {
  private let context: RunContext
  private let sender: RecordSender
  private var spool: SpooledCalls
  private var done = 0
  private var sentCount = 0
  private var failed = 0
  /// Creates whose value is taken.
  private(set) var taken: [TakenChange] = []
  /// What stops the sending.
  private(set) var failure: (any Error)?
  /// Why the spool could not be read.
  private(set) var unread: (any Error)?

  init(_ context: RunContext, _ sender: RecordSender, _ spool: SpooledCalls) {
    self.context = context
    self.sender = sender
    self.spool = spool
  }

  /// How many changes may still be sent.
  var left: Int { spool.left }

  mutating func sendAll(of stretch: SpooledStretch, _ report: inout MappingReport) async {
    await withTaskGroup(of: [RecordSender.SentChange].self) { group in
      // Half as many more as may be at the target: what has its answer is still being written down. What is only linked
      // takes no call, and the ledger writes many links down at once.
      let atOnce = sender.target.definition.concurrency
      for _ in 0..<max(atOnce + atOnce / 2, spool.search.found.isEmpty ? 0 : 64) {
        guard let calls = await next() else { break }
        group.addTask { await calls.send() }
      }
      while let ended = await group.next() {
        for sent in ended { count(sent, of: stretch, &report) }
        if failure == nil {
          do { try context.stop?.check() } catch { failure = error }
        }
        if failure != nil { sender.halt.call() }
        if failure == nil, unread == nil, let calls = await next() {
          group.addTask { await calls.send() }
        }
      }
    }
  }

  /// What leaves next, together.
  private struct Call: Sendable {
    let changes: [PlannedChange]
    let known: PageKnowledge
    let sender: RecordSender
    let search: TargetSearch

    func send() async -> [RecordSender.SentChange] {
      await sender.send(changes, search, known)
    }
  }

  private mutating func next() async -> Call? {
    do {
      guard let changes = try await spool.next() else { return nil }
      return Call(changes: changes, known: spool.known, sender: sender, search: spool.search)
    } catch {
      unread = error
      return nil
    }
  }

  private mutating func count(
    _ sent: RecordSender.SentChange, of stretch: SpooledStretch, _ report: inout MappingReport
  ) {
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
      let program = sender.program
      failure = failure ?? program.definition.limits.check(failed: failed, sent: sentCount)
      context.report(.sent(mapping: program.name, done: done, of: stretch.count))
    case .failure(let error):
      // The stop of a target is the reason for what else fails behind it.
      if failure == nil || error is TargetStopped { failure = error }
    }
  }
}
