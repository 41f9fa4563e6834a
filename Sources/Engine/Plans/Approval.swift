import JSON
import Mappings
import Programs

/// What a plan says of one record, in a form that tells nothing of it: enough to know the same decision again.
public struct Approval: Sendable, Hashable {
  public enum Step: String, Sendable, Hashable, CaseIterable {
    case create
    case update
    case deactivate
    case delete
    /// An object that is at the target already is linked, and updated where it differs.
    case adopt
    /// An update that sets a link which the record went without at first.
    case complete
  }

  /// A field that is written, with the keyed hash of its value.
  public struct Field: Sendable, Hashable {
    public var path: String
    public var value: String

    public init(path: String, value: String) {
      self.path = path
      self.value = value
    }
  }

  public var step: Step
  /// Of the record's key.
  public var key: SealedHash
  /// What the mapping made of the row.
  public var row: SealedHash
  /// The object that is written.
  public var link: SealedHash
  /// What was last sent for it, or what it holds where it is adopted.
  public var sent: SealedHash
  public var fields: [Field]

  public init(
    step: Step, key: SealedHash, row: SealedHash, link: SealedHash, sent: SealedHash,
    fields: [Field] = []
  ) {
    self.step = step
    self.key = key
    self.row = row
    self.link = link
    self.sent = sent
    self.fields = fields
  }
}

/// One mapping's part of a plan that can be applied.
public struct PlanSection: Sendable, Hashable {
  /// A guard that held the mapping back, and what it saw.
  public struct ShownGuard: Sendable, Hashable {
    /// As ``GuardTripped/name`` says.
    public var name: String
    /// How many objects, keys or rows were too many.
    public var count: Int

    public init(name: String, count: Int) {
      self.name = name
      self.count = count
    }
  }

  public var mapping: String
  public var status: RunStatus
  /// Rows that were read.
  public var rows: Int
  public var guards: [ShownGuard]
  public var approvals: [Approval]
  /// The records that the plan is about; `nil` for all of the mapping.
  public var keys: Set<SealedHash>?

  public init(
    mapping: String, status: RunStatus, rows: Int, guards: [ShownGuard], approvals: [Approval],
    keys: Set<SealedHash>? = nil
  ) {
    self.mapping = mapping
    self.status = status
    self.rows = rows
    self.guards = guards
    self.approvals = approvals
    self.keys = keys
  }

  /// Whether the plan has looked at the mapping to the end.
  public var isWhole: Bool {
    switch status {
    case .succeeded, .partial, .blocked: true
    case .invalid, .failed: false
    }
  }
}

/// Makes the hashes of one mapping's decisions, alike for the plan and for what is compared with it.
struct DecisionSeal: Sendable {
  let seal: PlanSeal
  let mapping: String

  private var name: [UInt8] { Array(mapping.utf8) }

  func key(_ key: Key) -> SealedHash { seal.hash("key", [name, key.bytes]) }

  func key(_ bytes: [UInt8]) -> SealedHash { seal.hash("key", [name, bytes]) }

  /// - Parameter onCreate: The fields that only a create carries; empty for anything else.
  func row(_ record: [UInt8], onCreate: [UInt8] = []) -> SealedHash {
    seal.hash("row", [name, record, onCreate])
  }

  func link(_ id: String, returns: Bool = false) -> SealedHash {
    seal.hash("link", [name, Array(id.utf8), [returns ? 1 : 0]])
  }

  func sent(_ record: [UInt8]) -> SealedHash { seal.hash("sent", [name, record]) }

  /// What a decision about a change stands on.
  func approval(
    _ step: Approval.Step, _ change: PlannedChange, row: SealedHash? = nil, id: String = "",
    sent: [UInt8] = []
  ) -> Approval {
    let isOfRow = step != .deactivate && step != .delete
    let isOfObject = step != .create && step != .complete
    let ownRow =
      row ?? self.row(change.record, onCreate: step == .create ? change.onCreate : [])
    return Approval(
      step: step, key: key(change.key), row: isOfRow ? ownRow : .none,
      link: isOfObject ? link(id, returns: change.returns) : .none,
      sent: isOfObject ? self.sent(sent) : .none)
  }
}
