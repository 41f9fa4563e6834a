import Mappings
import Programs

/// The last stage of a plan: nothing is sent, and every call counts as done.
struct ShowingStage: ChangeStage {
  let program: MappingProgram
  let target: TargetConnection
  let ledger: any LedgerStore
  private let callsBefore: Int
  private var preview: ChangePreview?
  /// The objects of all natural keys so far.
  private var found: ObjectFinder.Found = [:]

  init(_ program: MappingProgram, _ target: TargetConnection, _ ledger: any LedgerStore) {
    self.program = program
    self.target = target
    self.ledger = ledger
    callsBefore = target.gate.callCount
  }

  var findings: any FindingStage { ForeseeingStage() }
  var shown: ChangePreview.Shown { preview?.shown ?? ChangePreview.Shown() }
  /// A person who approves the changes must see them, and what they cost.
  var showsWhatIsHeld: Bool { true }

  /// Looks nothing up: what a run would have to look up first stays open.
  func takeOver() async throws -> OpenKeys {
    OpenKeys(
      inheriting: try await ledger.openIntents(of: program.name), at: target.clock.wall,
      EffectRules(program, target.definition))
  }

  mutating func begin(
    _ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws {
    // What the target was found to hold is known by now.
    preview = ChangePreview(
      program: program, context: comparer.context, claims: comparer.review.claims)
  }

  mutating func take(
    _ stretch: SpooledStretch, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws {
    if !stretch.looked.isEmpty {
      let objects = try await search.objects(
        for: stretch.looked, atOnce: target.definition.concurrency)
      found.merge(objects) { _, new in new }
    }
    try await preview?.take(found: found, completing: stretch.completing, &report)
  }

  mutating func end(
    _ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws {
    report.calls = target.gate.callCount - callsBefore
    let writes = WriteForecast.Writes(
      creates: report.created + report.deferred, updates: report.updated + report.completed,
      deactivations: report.deactivated)
    WriteForecast(program: program, target: target).forecast(
      writes, .again(report.calls), search, &report)
  }

  func hold(_ comparer: RowComparer, _ report: inout MappingReport) {}

  func close(_ comparer: RowComparer, _ report: MappingReport) {}
}
