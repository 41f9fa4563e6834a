import JSON
import Mappings
import Programs

/// What would become of spooled changes, in a plan. It is decided as in a run, see ``ChangeDecider``; only nothing is sent,
/// and every call counts as done.
struct ChangePreview {
  let program: MappingProgram
  let context: RunContext
  private let decider: ChangeDecider
  private let details: Int
  private(set) var shown = Shown()
  private let seal: DecisionSeal?
  /// What the plan would have sent of new objects, by which the changes behind are measured.
  private var made: [Key: [UInt8]] = [:]

  init(
    program: MappingProgram, context: RunContext, claims: [ExactText: AbsenceReview.Claim] = [:]
  ) {
    self.program = program
    self.context = context
    decider = ChangeDecider(program, masking: context.masking, claims: claims)
    seal = context.options.seal.map { DecisionSeal(seal: $0, mapping: program.name) }
    details = context.options.details
  }

  /// What a plan says of a mapping's changes.
  struct Shown: Sendable {
    var items: [PlanItem] = []
    /// The same for a file, where one is made.
    var approvals: [Approval] = []
    /// Their keys.
    fileprivate var approved: Set<Key> = []

    init() {}
  }

  /// Counts the changes in the report, and shows them.
  ///
  /// - Parameters:
  ///   - found: Objects at the target, by their natural keys.
  ///   - completing: Keys of changes whose row has been counted already.
  mutating func take(
    found: ObjectFinder.Found, completing: Set<Key> = [], _ report: inout MappingReport
  ) async throws {
    var position: Int64 = 0
    while true {
      let page = try await context.spool.next(
        mapping: program.name, after: position, limit: Self.page)
      let known = page.compactMap { $0.change.kind == .create ? nil : $0.change.key }
      let remembered =
        known.isEmpty ? [:] : try await context.ledger.remembered(of: program.name, keys: known)
      for (_, change) in page {
        let outcome = try await outcome(
          of: change, found, remembered[change.key],
          completes: completing.contains(change.key))
        if case .rejected = outcome, change.kind != .deactivate {
          try report.name(change.key, by: change.record, of: program)
        }
        if completing.contains(change.key) {
          report.count(completion: outcome, of: change)
        } else {
          report.count(outcome, of: change)
        }
      }
      guard let last = page.last else { return }
      position = last.position
    }
  }

  private static let page = 256

  private mutating func outcome(
    of change: PlannedChange, _ found: ObjectFinder.Found, _ remembered: Remembered?,
    completes: Bool
  ) async throws -> RecordOutcome {
    switch change.kind {
    case .create: return try await create(change, found)
    case .update:
      guard let sent = context.foreseen.held[change.key] ?? remembered?.sent ?? made[change.key]
      else {
        return .unknown("the link of \(change.key) is gone")
      }
      let id = context.foreseen.relinked[change.key] ?? remembered?.link.targetID ?? ""
      return try update(
        change, id: id, sent: sent,
        as: completes && shown.approved.contains(change.key) ? .complete : .update)
    case .deactivate:
      show(change, [])
      if let remembered {
        approve(
          program.whenAbsent?.delete == true ? .delete : .deactivate, change,
          id: remembered.link.targetID,
          sent: context.foreseen.held[change.key] ?? remembered.sent)
      }
      return .deactivated
    }
  }

  private mutating func create(
    _ change: PlannedChange, _ found: ObjectFinder.Found
  ) async throws -> RecordOutcome {
    let record = try change.record(of: program.name)
    let objects = found.isEmpty ? [] : decider.naturalKey(record).flatMap { found[$0] } ?? []
    let owner =
      objects.count == 1
      ? try await context.ledger.objectOwner(of: objects[0].id, resource: program.resourceName)
      : nil
    switch decider.create(change, record, found: objects, owner: owner) {
    case .refuse(let reason): return .rejected([reason])
    case .conflict(let conflict): return .rejected([conflict.reason(program)])
    case .link(let object):
      context.links.add(object.id, mapping: program.name, key: change.key)
      if program.isSelfLinked { made[change.key] = object.held.bytes }
      if seal != nil {
        approve(
          .adopt, change, object.changes, id: object.id,
          sent: decider.comparison.held(by: object.object).bytes)
      }
      if object.changes.isEmpty {
        var linked = change
        linked.kind = .update
        show(linked, [], adopts: true)
        return .unchanged(adopted: true)
      }
      return try update(change, id: object.id, sent: object.held.bytes, adopts: true)
    case .create:
      context.links.addPending(mapping: program.name, key: change.key)
      let masked = decider.comparison.masked(record)
      if program.isSelfLinked { made[change.key] = masked.bytes }
      let fields = masked.members.filter { !$0.value.isNull }.map {
        FieldChange(path: $0.name, before: nil, after: $0.value)
      }
      show(change, fields)
      approve(.create, change, fields)
      return .created(withheld: [])
    }
  }

  private mutating func update(
    _ change: PlannedChange, id: String, sent: [UInt8], adopts: Bool = false,
    as step: Approval.Step = .update
  ) throws -> RecordOutcome {
    switch try decider.update(change, id: id, sent: sent) {
    case .refuse(let reasons): return .rejected(reasons)
    case .claimed(let reason): return .rejected([reason])
    case .remember: return .unchanged(adopted: adopts)
    case .write(let difference, _, _):
      if !adopts { approve(step, change, difference.changes, id: id, sent: sent) }
      var change = change
      change.kind = .update
      show(change, difference.changes, adopts: adopts)
      return .updated(withheld: [], adopted: adopts)
    }
  }

  private mutating func show(
    _ change: PlannedChange, _ fields: [FieldChange], adopts: Bool = false
  ) {
    guard shown.items.count < details else { return }
    shown.items.append(
      PlanItem(
        mapping: program.name, kind: change.kind, key: change.key, fields: fields, adopts: adopts,
        deletes: change.kind == .deactivate && program.whenAbsent?.delete == true))
  }
}

extension ChangePreview {
  /// Keeps what is decided for the plan's file.
  private mutating func approve(
    _ step: Approval.Step, _ change: PlannedChange, _ fields: [FieldChange] = [],
    id: String = "", sent: [UInt8] = []
  ) {
    guard let seal else { return }
    var approval = seal.approval(step, change, id: id, sent: sent)
    approval.fields = fields.map {
      Approval.Field(
        path: $0.path, value: seal.seal.masked($0.after, at: $0.path, of: program.name))
    }
    shown.approvals.append(approval)
    shown.approved.insert(change.key)
  }
}

extension MappingProgram {
  /// Whether its rows link to one another.
  var isSelfLinked: Bool { linkedMappings.contains(name) }
}
