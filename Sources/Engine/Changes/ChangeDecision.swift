import JSON
import Mappings
import Programs

/// What is to be done about a row that is linked to no object.
enum CreateDecision {
  case create
  /// The object is at the target and nobody's: it is linked, and what differs is written.
  case link(Adopted)
  /// Refused, since its object's link is under another key.
  case refuse(Failure.Reason)
  /// Refused because of what is at the target.
  case conflict(Failure.Conflict)

  /// Whose an object is.
  struct Owner {
    var mapping: String
    var key: Key
    /// Whether the key has no row any more.
    var isLeft: Bool
  }

  /// An object as it was found, in the form of the record.
  struct Adopted {
    var id: String
    /// What the target holds of the record's fields, masked.
    var held: FlatRecord
    /// As it was found.
    var object: JSON
    /// What is to be written.
    var changes: [FieldChange]
  }
}

/// What is to be done about a row that differs from its object.
enum UpdateDecision {
  case write(Difference, changed: FlatRecord, OutboundRequest)
  /// There is nothing that the target could be told: only remembered.
  case remember
  case refuse([Failure.Reason])
  /// It would make an object like one whose link is under another key.
  case claimed(Failure.Reason)
}

/// Decides about the changes of one mapping, from what it is given and nothing else: so a plan can say what a run does.
struct ChangeDecider {
  let program: MappingProgram
  let comparison: RecordComparison
  let requests: RequestBuilder
  /// Keys without a row, by what the match field of their objects holds.
  let claims: [ExactText: AbsenceReview.Claim]

  init(
    _ program: MappingProgram, masking: Masking, requests: RequestBuilder? = nil,
    claims: [ExactText: AbsenceReview.Claim] = [:]
  ) {
    self.claims = claims
    self.program = program
    comparison = RecordComparison(program, masking)
    self.requests = requests ?? RequestBuilder(program: program)
  }

  /// - Parameters:
  ///   - found: Objects at the target with the record's natural key.
  ///   - owner: Whose the first of them is.
  func create(
    _ change: PlannedChange, _ record: FlatRecord, found: [(id: String, object: JSON)],
    owner: CreateDecision.Owner?
  ) -> CreateDecision {
    if let reason = claim(change, record) { return .refuse(reason) }
    guard let object = found.first else { return .create }
    let naturalKey = naturalKey(record)?.text
    if found.count > 1 {
      return .conflict(
        Failure.Conflict(naturalKey: naturalKey, objects: found.map(\.id), owner: nil))
    }
    // Where objects are deleted, one that the target still names may be this key's own, and no more than a trace.
    let isOwn = owner.map { $0.mapping == program.name && $0.key == change.key } ?? true
    if let owner, !isOwn || program.whenAbsent?.delete == true {
      return .conflict(
        Failure.Conflict(
          naturalKey: naturalKey, objects: [object.id],
          owner: "\(owner.mapping) \(owner.key), \(wayOut(change, object.id, owner))"))
    }
    let held = Difference.yielding(
      comparison.baseline(of: object.object, for: record), to: comparison.masked(record),
      conflict: program.definition.onConflict)
    let difference = comparison.difference(record, since: held)
    return .link(
      CreateDecision.Adopted(
        id: object.id, held: held, object: object.object,
        changes: difference.changes))
  }

  /// - Parameter sent: What was last sent, or is at the target, masked.
  func update(
    _ change: PlannedChange, id: String, sent: [UInt8]
  ) throws -> UpdateDecision {
    let difference = try comparison.difference(change.record, since: sent, of: change.key)
    if !claims.isEmpty, let match = program.match,
      difference.changes.contains(where: { $0.path == match.path }),
      let reason = claim(change, try change.record(of: program.name))
    {
      return .claimed(reason)
    }
    var changed = difference.changed
    if try change.returns || program.needsRestoring(sent, of: change.key) {
      for field in program.whenAbsent?.restore ?? [] {
        changed[field.path] = field.value
      }
    }
    let fixed = difference.changes.map(\.path).filter { !requests.canUpdate($0) }
    guard fixed.isEmpty else {
      return .refuse(
        fixed.map {
          Failure.Reason(
            field: $0, message: "has changed, and the target takes no change of it: do it there")
        })
    }
    // Most calls send what has changed and nothing else: the rest need not be read.
    let record = requests.updatesBeyondChanges ? try change.record(of: program.name) : FlatRecord()
    guard program.resource.update != nil,
      let request = requests.update(id: id, changed: changed, record: record)
    else { return .remember }
    return .write(difference, changed: changed, request)
  }

  private func claim(_ change: PlannedChange, _ record: FlatRecord) -> Failure.Reason? {
    guard !claims.isEmpty, let match = program.match else { return nil }
    return naturalKey(record).flatMap { claims[$0] }?.reason(match, program.name, change)
  }

  /// What to do about an object that belongs to another key.
  func wayOut(_ change: PlannedChange, _ id: String, _ owner: CreateDecision.Owner) -> String {
    guard owner.isLeft else { return "and an object has one row: correct one of the two" }
    return "which has no row any more: if the key has changed, `crosswalk failures adopt "
      + "\(program.name) \(change.key.argument) \(id.shellWord) --move`"
  }

  func naturalKey(_ record: FlatRecord) -> ExactText? {
    program.match.flatMap { $0.normalised(record[$0.path]) }
  }
}

extension Failure {
  /// What at the target stands against a create.
  public struct Conflict: Sendable, Hashable {
    /// By which the objects were found.
    public var naturalKey: String?
    public var objects: [String]
    /// Whose the one object is; `nil` where there are several.
    public var owner: String?

    public init(naturalKey: String?, objects: [String], owner: String?) {
      self.naturalKey = naturalKey
      self.objects = objects
      self.owner = owner
    }

    func reason(_ program: MappingProgram) -> Failure.Reason {
      Failure.Reason(field: program.match?.path, message: message)
    }

    private var message: String {
      if let owner {
        return "the object \(objects.first ?? "") at the target fits, and belongs to \(owner)"
      }
      let ids = objects.joined(separator: ", ")
      return "\(objects.count) objects at the target fit (\(ids)): remove all but one there"
    }
  }
}

extension LedgerStore {
  /// Whose an object is, and whether that key has a row.
  func objectOwner(of id: String, resource: String) async throws -> CreateDecision.Owner? {
    try await objectOwners(of: [id], resource: resource)[id]
  }

  /// The same of many, by their ids; nothing for one that is nobody's.
  func objectOwners(
    of ids: [String], resource: String
  ) async throws -> [String: CreateDecision.Owner] {
    var found: [String: CreateDecision.Owner] = [:]
    for (id, owner) in try await owners(of: ids, resource: resource) {
      found[id] = try await self.owner(named: owner.mapping, owner.key)
    }
    return found
  }

  func owner(named mapping: String, _ key: Key) async throws -> CreateDecision.Owner {
    let link = try await link(of: mapping, key: key)
    return CreateDecision.Owner(
      mapping: mapping, key: key,
      isLeft: link.map { $0.state == .inactive || $0.absences > 0 } ?? false)
  }
}
