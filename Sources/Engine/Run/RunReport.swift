import JSON
import Programs

/// How a run, or one mapping's part of it, ended.
public enum RunStatus: String, Sendable, Hashable, CaseIterable {
  /// Everything that was to be done is done.
  case succeeded
  /// Some records were refused, or their outcome is not known.
  case partial
  /// The mapping does not compile, or depends on one that does not. Nothing of it was read or sent.
  case invalid
  /// A guard held a mapping back.
  case blocked
  /// A source or a target could not be used.
  case failed

  public func isBetter(than other: RunStatus) -> Bool { severity < other.severity }

  var severity: Int {
    switch self {
    case .succeeded: 0
    case .partial: 1
    case .invalid: 2
    case .blocked: 3
    case .failed: 4
    }
  }
}

/// What one mapping's part of a run came to.
///
/// Every row is counted once: `rows` is the sum of `unchanged`, `created`, `updated`, `rejected`, `deferred`, `unknown`
/// and `dismissed`, less `rejectedAbsent` and `unknownAbsent`: those, like deactivations, are of keys that have no row any
/// more. In a plan the counts say what would happen.
public struct MappingReport: Sendable, Hashable {
  public var mapping: String
  public var target: String
  public var status: RunStatus = .succeeded
  public var rows = 0
  public var unchanged = 0
  public var created = 0
  public var updated = 0
  public var deactivated = 0
  public var rejected = 0
  public var deferred = 0
  public var unknown = 0
  /// Of the rejected, those whose row is gone: the target refused to deactivate or delete their objects.
  public var rejectedAbsent = 0
  /// Of the unknown, those whose row is gone.
  public var unknownAbsent = 0
  /// Failed before, and a person wants them left alone until their data change.
  public var dismissed = 0
  /// Of the rows, those whose object was at the target already and is linked now.
  public var adopted = 0
  /// Of the created and updated, those from which refused fields were left out.
  public var withheld = 0
  /// Records that were sent without a link to another row of the mapping, in which it was set afterwards.
  public var completed = 0
  /// Whether objects of keys that are given up are deleted.
  public var deletes = false
  /// Keys that were not there in this read, and could not be given up yet.
  public var absent = 0
  /// What becomes of those.
  public var absence: AbsenceReport?
  /// Links that have moved to the keys that their rows have now.
  public var moved = 0
  /// Of an applied plan: changes that the plan does not say. They wait for the next run, and count as deferred, or as absent.
  public var unplanned = 0
  /// Of an applied plan: changes that it says and that were refused, since what they stand on has changed. Those that would
  /// still be something else to send count as rejected too.
  public var outdated = 0
  /// Of an applied plan: records that an earlier `apply` of it sent.
  public var alreadySent = 0
  /// Where only some records were worked on: those of them that no row has, or of which an applied plan says nothing.
  public var missingKeys: [MissingKey] = []
  /// The guards that hold the mapping back, as far as they can be approved.
  public var guards: [PlanSection.ShownGuard] = []
  public var calls = 0
  /// How long the limits make the calls of a plan take, at least.
  public var forecast: Duration = .zero
  /// The calls that the forecast is for.
  public var forecastCalls = 0
  /// The limit that decides how long, e.g. `60 per 61 s`.
  public var pace: String?
  public var seconds: Double = 0
  public var reasons: [ReasonCount] = []
  /// How many keys are kept with each reason; a plan keeps as many as people may want to look through.
  var examplesKept = MappingReport.fewExamples
  /// In a plan: names for people of records that would be refused, by their keys.
  public private(set) var titles: [String: String] = [:]
  /// What the target held otherwise than the ledger knew, when that was asked for.
  public var reconciled: ReconcileReport?
  /// Why nothing, or not everything, was done.
  public var message: String?
  public var remedy: String?
  /// What is wrong with an invalid mapping, with its place in the file.
  public var problems: [String] = []

  public init(mapping: String, target: String) {
    self.mapping = mapping
    self.target = target
  }

  /// A key that was chosen and for which there is nothing to work on.
  public struct MissingKey: Sendable, Hashable {
    /// As it was written.
    public var key: String
    /// Whether an object is linked to it, and no row has it.
    public var isLinked: Bool
    /// Whether a row has it, and the plan that is applied says nothing of it.
    public var isUnplanned = false
    /// Whether a mapping of the project has the name.
    public var isMapping = false
  }

  /// Records that share a reason.
  public struct ReasonCount: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
      /// The record was refused, by our own checks or by the target.
      case rejected
      /// The field was left out, and the record stored without it.
      case withheld
      /// The record waits for another one.
      case deferred
      /// Whether the record was stored is not known yet.
      case unknown
      /// The plan that is applied says it, and what it stands on has changed.
      case outdated
    }
    public var kind: Kind
    public var field: String?
    public var message: String
    public var count: Int
    public var examples: [String]
  }

  /// Adds what has been counted of other records of the same mapping.
  mutating func add(_ other: MappingReport) {
    unchanged += other.unchanged
    rejected += other.rejected
    unknown += other.unknown
    rejectedAbsent += other.rejectedAbsent
    unknownAbsent += other.unknownAbsent
    dismissed += other.dismissed
    for reason in other.reasons { add(reason) }
    titles.merge(other.titles) { known, _ in known }
  }

  /// Remembers the name of a record that is refused, as the mapping's `title` makes it, where that is shown.
  mutating func name(
    _ key: Key, by record: [UInt8], of program: MappingProgram
  ) throws(UnreadableRecord) {
    let paths = program.definition.title.map(\.value)
    guard showsEach, !paths.isEmpty, titles.count < examplesKept else { return }
    titles[key.description] = try FlatRecord(record, of: program.name, key).title(paths)
  }

  /// Whether every key is to be shown that a reason is about, as in a plan.
  private var showsEach: Bool { examplesKept > Self.fewExamples }
  static let fewExamples = 5

  mutating func add(
    _ reason: Failure.Reason, key: String, kind: ReasonCount.Kind = .rejected
  ) {
    add(
      ReasonCount(
        kind: kind, field: reason.field, message: reason.message, count: 1, examples: [key]))
  }

  private mutating func add(_ reason: ReasonCount) {
    let place = reasons.firstIndex {
      $0.kind == reason.kind && $0.field == reason.field && $0.message == reason.message
    }
    if let place {
      reasons[place].count += reason.count
      reasons[place].examples += reason.examples.prefix(
        max(0, examplesKept - reasons[place].examples.count))
    } else if reasons.count < 200 {
      reasons.append(reason)
    }
  }

  var json: JSON {
    var members: [JSON.Member] = []
    func add(_ name: String, _ value: JSON) {
      members.append(JSON.Member(name: name, value: value))
    }
    func add(_ name: String, _ value: Int) { add(name, .integer(Int64(value))) }
    add("mapping", .string(mapping))
    add("status", .string(status.rawValue))
    add("rows", rows)
    add("unchanged", unchanged)
    add("created", created)
    add("updated", updated)
    add("deactivated", deactivated)
    add("rejected", rejected)
    add("deferred", deferred)
    add("unknown", unknown)
    add("rejected_absent", rejectedAbsent)
    add("unknown_absent", unknownAbsent)
    add("dismissed", dismissed)
    add("adopted", adopted)
    add("withheld", withheld)
    add("completed", completed)
    add("absent", absent)
    if let absence { add("absence", absence.json) }
    if moved > 0 { add("moved", moved) }
    if unplanned > 0 { add("unplanned", unplanned) }
    if outdated > 0 { add("outdated", outdated) }
    if alreadySent > 0 { add("already_sent", alreadySent) }
    if !missingKeys.isEmpty {
      add("missing_keys", .array(missingKeys.map { .string($0.key) }))
    }
    add("calls", calls)
    add("seconds", .double((seconds * 1000).rounded() / 1000) ?? .null)
    add(
      "reasons",
      .array(
        reasons.sorted { $0.count > $1.count }.map { reason in
          [
            "kind": .string(reason.kind.rawValue),
            "field": reason.field.map { .string($0) } ?? .null, "message": .string(reason.message),
            "count": .integer(Int64(reason.count)),
            "examples": .array(reason.examples.map { .string($0) }),
          ]
        }))
    if let reconciled { add("reconciled", reconciled.json) }
    if !guards.isEmpty {
      add(
        "guards",
        .array(
          guards.map { ["guard": .string($0.name), "count": .integer(Int64($0.count))] }))
    }
    if let message { add("message", .string(message)) }
    if let remedy {
      add("remedy", .string(remedy))
      // The name that it had before, for one more version.
      add("mend", .string(remedy))
    }
    if !problems.isEmpty { add("problems", .array(problems.map { .string($0) })) }
    return .object(members)
  }
}

/// What a run came to.
public struct RunReport: Sendable, Hashable {
  /// The ledger's number; zero for a plan.
  public var run: Int64
  public var mappings: [MappingReport]
  /// The plan that was applied.
  public var plan: AppliedPlan?
  /// Keys that were chosen and not found, of an operation that has no reports of mappings.
  public var unfound: [MappingReport.MissingKey] = []

  public init(run: Int64, mappings: [MappingReport]) {
    self.run = run
    self.mappings = mappings
  }

  /// That of the mapping that fared worst; `partial` where nothing was found of a key that was chosen.
  public var status: RunStatus {
    let worst = mappings.map(\.status).max { $0.severity < $1.severity } ?? .succeeded
    return worst == .succeeded && !missingKeys.isEmpty ? .partial : worst
  }

  /// Keys that were chosen and for which no mapping has anything to work on.
  public var missingKeys: [MappingReport.MissingKey] {
    Self.missing(
      in: mappings.filter { $0.status != .failed && $0.status != .invalid }.map(\.missingKeys))
      + unfound
  }

  /// What is missing in each of some mappings.
  public static func missing(
    in mappings: [[MappingReport.MissingKey]]
  ) -> [MappingReport.MissingKey] {
    guard let first = mappings.first else { return [] }
    return first.compactMap { missing in
      let all = mappings.compactMap { keys in
        keys.first { $0.key.utf8.elementsEqual(missing.key.utf8) }
      }
      guard all.count == mappings.count else { return nil }
      return MappingReport.MissingKey(
        key: missing.key, isLinked: all.contains(where: \.isLinked),
        isUnplanned: all.contains(where: \.isUnplanned), isMapping: missing.isMapping)
    }
  }

  /// What `--format json` prints.
  public var json: JSON {
    var members = [
      JSON.Member(name: "run", value: .integer(run)),
      JSON.Member(name: "status", value: .string(status.rawValue)),
    ]
    if let plan { members.append(JSON.Member(name: "plan", value: plan.json)) }
    if !missingKeys.isEmpty {
      members.append(
        JSON.Member(name: "missing_keys", value: .array(missingKeys.map { .string($0.key) })))
    }
    members.append(JSON.Member(name: "mappings", value: .array(mappings.map(\.json))))
    return .object(members)
  }
}

/// One change of a plan, field by field.
public struct PlanItem: Sendable, Hashable {
  public var mapping: String
  public var kind: PlannedChange.Kind
  public var key: Key
  public var fields: [FieldChange]
  /// Whether the object is at the target already and would be linked.
  public var adopts: Bool
  /// Whether the object would be deleted, not deactivated.
  public var deletes = false

  /// What people call the object, as the mapping's `title` says.
  public var title: String?
  /// The objects that links among the fields lead to, by their ids at the target.
  public var linked: [String: Linked] = [:]

  public struct Linked: Sendable, Hashable {
    public var mapping: String
    public var key: Key
    public var title: String?
  }

  public init(
    mapping: String, kind: PlannedChange.Kind, key: Key, fields: [FieldChange], adopts: Bool,
    deletes: Bool = false
  ) {
    self.mapping = mapping
    self.kind = kind
    self.key = key
    self.fields = fields
    self.adopts = adopts
    self.deletes = deletes
  }

  /// `create`, `update`, `deactivate` or `delete`; `adopt` where an object that is at the target already fits as it is.
  public var word: String {
    if deletes { return "delete" }
    return adopts && fields.isEmpty ? "adopt" : "\(kind)"
  }
}

/// What happens while a run goes on.
public enum RunEvent: Sendable {
  case started(mapping: String, target: String)
  /// Rows read so far.
  case read(mapping: String, rows: Int)
  case listing(mapping: String, objects: Int)
  /// The reading is over; so many changes will be sent, taking at least so long.
  case planned(mapping: String, changes: Int, forecast: Duration)
  case sent(mapping: String, done: Int, of: Int)
  case waiting(target: String, reason: String, for: Duration)
  case finished(MappingReport)
}
