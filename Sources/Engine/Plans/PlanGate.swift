import Mappings
import Programs
import Synchronization

/// Lets through what an approved plan says, and nothing else.
///
/// Shared by all mappings of an `apply`. A change passes once; what was sent by an earlier `apply` of the same plan does not
/// pass again.
public final class PlanGate: Sendable {
  enum Verdict: Sendable, Hashable {
    case approved
    /// The plan says nothing of it.
    case unplanned
    /// The plan says something else of the record: why.
    case outdated(String)
    /// The plan says it, and objects that it links to are not made yet: why it can be sent later.
    case waits(String)
  }

  /// An object that the plan says to make, or to link, and that is not there yet.
  struct Awaited: Sendable, Hashable {
    var mapping: String
    /// Whether the plan knew its id, so that nobody can tell what a row with a link to it was for the plan.
    var isAdopted: Bool

    var reason: String {
      "links to an object of \(mapping) that does not exist yet; the plan stays good: apply it for "
        + "\(mapping) first"
    }
  }

  /// What one mapping's part of the plan says of one record.
  fileprivate struct Record {
    var first: Approval?
    var completion: Approval?
    /// Whether the first step was sent, and whether that was now.
    var isFirstSent = false
    var isCompletionSent = false
    /// Whether an earlier apply of the plan sent it.
    var wasSent = false
    /// Whether anything of it was refused now.
    var isRefused = false
  }

  fileprivate struct Part {
    var section: PlanSection
    var records: [SealedHash: Record] = [:]
    /// Whether the mapping or its target's file has changed since the plan.
    var isChanged = false
    /// Guards that the operator approves.
    var approved: Set<String> = []
    /// Of these, the ones that something was let through for now.
    var passed: Set<String> = []
    /// Rows as the plan saw them, where they link to objects that have been made since.
    var rows: [Key: SealedHash] = [:]
    /// Rows as they will be once objects are there that the plan makes and they link to.
    var later: [Key: (row: SealedHash, awaited: Awaited)] = [:]
    /// Records that wait for such objects.
    var waiting: Set<SealedHash> = []
    /// Keys in the clear, as far as they were met.
    var keys: [SealedHash: Key] = [:]
    /// Keys of objects that this plan has made.
    var made: Set<Key> = []
  }

  static let mappingChanged =
    "the mapping, or its target's file, has changed since the plan was made"

  let seal: PlanSeal
  private let parts: Mutex<[String: Part]>

  /// - Parameters:
  ///   - changed: Mappings that are not as they were when the plan was made.
  ///   - approved: The guards that the operator approves, by mapping.
  public init(
    _ sections: [PlanSection], seal: PlanSeal, changed: Set<String> = [],
    approved: [String: Set<String>] = [:]
  ) {
    self.seal = seal
    var parts: [String: Part] = [:]
    for section in sections {
      var part = Part(section: section)
      part.isChanged = changed.contains(section.mapping)
      part.approved = approved[section.mapping] ?? []
      for approval in section.approvals {
        if approval.step == .complete {
          part.records[approval.key, default: Record()].completion = approval
        } else {
          part.records[approval.key, default: Record()].first = approval
        }
      }
      part.section.approvals = []
      parts[section.mapping] = part
    }
    self.parts = Mutex(parts)
  }

  func decisions(of mapping: String) -> DecisionSeal { DecisionSeal(seal: seal, mapping: mapping) }

  /// Whether the plan is about a record, and says something of it or was asked to.
  func knows(_ key: [UInt8], of mapping: String) -> Bool {
    let hash = decisions(of: mapping).key(key)
    return parts.withLock { parts in
      guard let part = parts[mapping] else { return false }
      return part.records[hash] != nil || part.section.keys?.contains(hash) == true
    }
  }

  /// The records that the plan is about; `nil` for all of the mapping.
  func keys(of mapping: String) -> Set<SealedHash>? {
    parts.withLock { $0[mapping]?.section.keys }
  }

  // MARK: What was done before

  /// Takes what an earlier apply of the plan changed as sent.
  public func spend(_ changes: [ChangeEntry]) {
    for change in changes {
      let hash = decisions(of: change.mapping).key(change.key)
      parts.withLock { parts in
        guard parts[change.mapping]?.records[hash] != nil else { return }
        parts[change.mapping]?.records[hash]?.isFirstSent = true
        parts[change.mapping]?.records[hash]?.wasSent = true
        parts[change.mapping]?.keys[hash] = change.key
        if change.operation == Operation.create.rawValue {
          parts[change.mapping]?.made.insert(change.key)
        }
      }
    }
  }

  /// How many records an earlier apply of the plan sent.
  func sentBefore(of mapping: String) -> Int {
    parts.withLock { $0[mapping]?.records.values.count { $0.wasSent } ?? 0 }
  }

  // MARK: Rows as the plan saw them

  /// Whether an object has been made by this plan, and had no id when the plan was made.
  func isMade(_ mapping: String, _ key: Key) -> Bool {
    parts.withLock { $0[mapping]?.made.contains(key) ?? false }
  }

  var hasMade: Bool { parts.withLock { $0.values.contains { !$0.made.isEmpty } } }

  func noteMade(_ mapping: String, _ key: Key) {
    parts.withLock { _ = $0[mapping]?.made.insert(key) }
  }

  /// Remembers what a row was for the plan, where that is not what it is now.
  func note(_ row: SealedHash, of mapping: String, _ key: Key) {
    parts.withLock { $0[mapping]?.rows[key] = row }
  }

  /// Remembers what a row will be for the plan once an object is there that it links to.
  func note(_ row: SealedHash, of mapping: String, _ key: Key, awaiting awaited: Awaited) {
    parts.withLock { parts in
      guard parts[mapping] != nil else { return }
      parts[mapping]?.later[key] = (row, awaited)
    }
  }

  /// Remembers that a row waits, where it waits for what the plan makes.
  func note(_ key: Key, of mapping: String, waitingFor missing: [MissingLink]) {
    guard missing.contains(where: { awaited($0.mapping, $0.key) != nil }) else { return }
    let hash = decisions(of: mapping).key(key)
    parts.withLock { parts in
      guard parts[mapping] != nil else { return }
      parts[mapping]?.waiting.insert(hash)
    }
  }

  /// The records that wait for what the plan makes.
  func waiting(of mapping: String) -> Set<SealedHash> {
    parts.withLock { $0[mapping]?.waiting ?? [] }
  }

  /// Whether the plan makes or links new objects of a mapping.
  func makes(_ mapping: String) -> Bool {
    parts.withLock { parts in
      parts[mapping]?.records.values.contains { $0.first?.step.isOfNewLink == true } ?? false
    }
  }

  /// What an object is for the plan that has no id; `nil` where the plan does not make it.
  func awaited(_ mapping: String, _ key: Key) -> Awaited? {
    let hash = decisions(of: mapping).key(key)
    return parts.withLock { parts in
      guard let record = parts[mapping]?.records[hash], let step = record.first?.step,
        step.isOfNewLink, !record.isFirstSent
      else { return nil }
      return Awaited(mapping: mapping, isAdopted: step == .adopt)
    }
  }

  /// Sees a row that is not simply as it was last sent.
  func see(_ bytes: [UInt8], of mapping: String) {
    let hash = decisions(of: mapping).key(bytes)
    parts.withLock { parts in
      if parts[mapping]?.records[hash] != nil { parts[mapping]?.keys[hash] = Key(bytes: bytes) }
    }
  }

  // MARK: Changes

  /// Whether a change is what the plan says. One that is counts as sent from then on.
  func verdict(
    _ step: Approval.Step, _ change: PlannedChange, of mapping: String, id: String = "",
    sent: [UInt8] = []
  ) -> Verdict {
    let decisions = decisions(of: mapping)
    let known = parts.withLock { $0[mapping]?.rows[change.key] }
    let found = decisions.approval(step, change, row: known, id: id, sent: sent)
    return parts.withLock { parts in
      // In place: to take the records out would copy all of them.
      guard let isChanged = parts[mapping]?.isChanged,
        parts[mapping]?.records[found.key] != nil
      else { return .unplanned }
      parts[mapping]?.keys[found.key] = change.key
      if !isChanged, let later = parts[mapping]?.later[change.key],
        parts[mapping]?.records[found.key]?.waits(found, later.row, later.awaited) == true
      {
        parts[mapping]?.waiting.insert(found.key)
        return .waits(later.awaited.reason)
      }
      return parts[mapping]?.records[found.key]?.verdict(found, isChanged: isChanged)
        ?? .unplanned
    }
  }

  /// The records that the plan is about and that nothing has become of, by their keys where these are known.
  func unmet(of mapping: String) -> [(hash: SealedHash, key: Key?)] {
    parts.withLock { parts in
      guard let part = parts[mapping] else { return [] }
      return part.records.filter { _, record in
        !record.isRefused && !record.wasSent
          && (!record.isFirstSent || (record.completion != nil && !record.isCompletionSent))
      }.map { ($0.key, part.keys[$0.key]) }.sorted {
        $0.1 != $1.1
          ? ($0.1 ?? Key(bytes: [255])) < ($1.1 ?? Key(bytes: [255]))
          : $0.0.text < $1.0.text
      }
    }
  }

  func isChanged(_ mapping: String) -> Bool { parts.withLock { $0[mapping]?.isChanged ?? false } }

  // MARK: Guards

  /// What the operator has approved of these guards, as the plan shows it.
  func approved(_ tripped: [GuardTripped], of mapping: String) -> [PlanSection.ShownGuard] {
    parts.withLock { parts in
      guard let part = parts[mapping] else { return [] }
      let names = Set(tripped.compactMap(\.name)).intersection(part.approved)
      return part.section.guards.filter { names.contains($0.name) }
    }
  }

  /// The approved guards that would have held a mapping back now.
  public func passedGuards(of mapping: String) -> Set<String> {
    parts.withLock { $0[mapping]?.passed ?? [] }
  }

  /// Whether anything of a mapping was let through now.
  public func hasLetThrough(_ mapping: String) -> Bool {
    parts.withLock { parts in
      parts[mapping]?.records.values.contains {
        $0.isFirstSent && !$0.wasSent || $0.isCompletionSent
      } ?? false
    }
  }

  /// Whether the operator approves of what a guard has found: it stands in the plan, and is not much worse by now.
  func allows(_ tripped: GuardTripped, of mapping: String, _ limits: GuardDefinition) -> Bool {
    parts.withLock { parts in
      guard let part = parts[mapping], let name = tripped.name, part.approved.contains(name),
        let shown = part.section.guards.first(where: { $0.name == name })
      else { return false }
      let isAllowed = limits.isAsShown(tripped, shown, rows: part.section.rows)
      if isAllowed { parts[mapping]?.passed.insert(name) }
      return isAllowed
    }
  }
}

extension Approval.Step {
  /// Whether a key has an object from then on.
  fileprivate var isOfNewLink: Bool {
    switch self {
    case .create, .adopt: true
    case .update, .deactivate, .delete, .complete: false
    }
  }
}

extension PlanGate.Record {
  /// Whether a change is not what the plan says, and will be once an object is there: as far as anybody can tell.
  fileprivate func waits(
    _ found: Approval, _ later: SealedHash, _ awaited: PlanGate.Awaited
  ) -> Bool {
    guard !isFirstSent, let first, first.row != found.row else { return false }
    return first.step == found.step && (awaited.isAdopted || first.row == later)
  }

  fileprivate mutating func verdict(_ found: Approval, isChanged: Bool) -> PlanGate.Verdict {
    if isChanged {
      isRefused = true
      return .outdated(PlanGate.mappingChanged)
    }
    if !isFirstSent, let first {
      if let reason = first.difference(from: found) {
        isRefused = true
        return .outdated(reason)
      }
      isFirstSent = true
      return .approved
    }
    if isFirstSent, !isCompletionSent, let completion, found.step == .update {
      guard completion.row == found.row else {
        isRefused = true
        return .outdated("its row has changed since the plan was made")
      }
      isCompletionSent = true
      return .approved
    }
    return .unplanned
  }
}

extension Approval {
  /// Why another decision is not this one; `nil` when it is.
  fileprivate func difference(from found: Approval) -> String? {
    if step != found.step {
      return "the plan says \(step.rawValue), and it would be \(found.step.rawValue) now"
    }
    if row != found.row { return "its row has changed since the plan was made" }
    if link != found.link { return "its link has changed since the plan was made" }
    if sent != found.sent {
      return step == .adopt
        ? "the object at the target has changed since the plan was made"
        : "what was last sent for it has changed since the plan was made"
    }
    return nil
  }
}
