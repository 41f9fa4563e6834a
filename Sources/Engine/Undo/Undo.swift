import JSON
import Programs

/// Takes one mapping's part of a run back, from what the ledger remembers of it.
///
/// A field goes back only when the target still holds what the run wrote: what a later run or a person has changed since
/// is named and left alone, and so is what cannot be known, such as a sensitive value of which only a hash is kept.
public struct Undo {
  public struct Item: Sendable, Hashable {
    public enum Action: String, Sendable, Hashable {
      /// The fields get their former values.
      case restore
      /// An object that the run made is given up as the mapping's `when_absent` says.
      case giveUp = "give_up"
      case none
    }
    public var mapping: String
    public var key: Key
    /// What the run had done.
    public var operation: String
    public var action: Action
    /// `before` as it is now, `after` as it would be again.
    public var fields: [FieldChange]
    /// Why something is left alone.
    public var left: [String]
    /// What came of it, once it was sent.
    public var outcome: Outcome?

    public enum Outcome: Sendable, Hashable {
      case done
      case failed(String)
      /// The answer was lost; the next run looks at the target before anything else is sent.
      case unknown(String)
    }
  }

  let program: MappingProgram
  let context: RunContext
  /// The run's changes of this mapping, the oldest first.
  let changes: [ChangeEntry]

  public init(program: MappingProgram, context: RunContext, changes: [ChangeEntry]) {
    self.program = program
    self.context = context
    self.changes = changes
  }

  /// What one run did to one object, its changes taken together.
  private struct Merged {
    var operations: [String] = []
    var before = FlatRecord()
    var after = FlatRecord()

    mutating func add(_ change: ChangeEntry) throws(UnreadableRecord) {
      operations.append(change.operation)
      let former = try change.formerRecord()
      for member in try change.record().members {
        if after[member.name] == nil { before[member.name] = former[member.name] }
        after[member.name] = member.value
      }
    }

    /// What names the whole: a making outweighs what was done to the object afterwards.
    var operation: String {
      operations.contains("create") ? "create" : operations.last ?? "none"
    }
  }

  /// Works out what can be taken back, and sends it where the ledger can be written to.
  public func run() async throws -> [Item] {
    guard let target = context.project.targets[program.targetName] else { return [] }
    let standing = try await LinkStanding(context.project.known, context.ledger)
    if let refusal = try await standing.refusal(of: program, under: program.name),
      case .resource = refusal
    {
      throw LinksRefused(refusal: refusal)
    }
    var merged: [Key: Merged] = [:]
    for change in changes where change.operation != ChangeEntry.altered {
      try merged[change.key, default: Merged()].add(change)
    }
    let open = Set(try await context.ledger.openIntents(of: program.name).map(\.key))
    var survey: TargetSurvey?
    if program.resource.get == nil {
      survey = try await TargetSurvey.read(program, from: target, context.access)
    }
    let mapping = context.writer.map {
      MappingWriter(program, target, $0, masking: context.masking, links: context.links)
    }
    var items: [Item] = []
    for (key, change) in merged.sorted(by: { $0.key < $1.key }) {
      var item = Item(
        mapping: program.name, key: key, operation: change.operation, action: .none, fields: [],
        left: [])
      if open.contains(key) {
        item.left = ["the end of a later write is not known yet"]
      } else if let link = try await context.ledger.link(of: program.name, key: key) {
        try await plan(change, link, target, survey, &item)
        if let mapping, item.action != .none { try await send(&item, link, mapping) }
      } else {
        item.left = ["it is no longer linked"]
      }
      items.append(item)
    }
    return items
  }

  // MARK: What can be taken back

  private func plan(
    _ change: Merged, _ link: Link, _ target: TargetConnection, _ survey: TargetSurvey?,
    _ item: inout Item
  ) async throws {
    switch change.operation {
    case "adopt":
      item.left = ["it was only linked; the object is as it was"]
      return
    case "delete":
      item.left = ["the object was deleted, which cannot be taken back"]
      return
    case "create" where program.whenAbsent == nil:
      item.left = [
        "it was made, and the mapping has no `when_absent` to give it up: \(link.targetID)"
      ]
      return
    case "create" where link.state == .inactive:
      item.left = ["it has been given up already"]
      return
    default: break
    }
    guard let object = try await object(link.targetID, target, survey) else {
      item.left = ["the object \(link.targetID) is no longer at the target, or cannot be read"]
      return
    }
    let sent = try FlatRecord(
      remembered: try await context.ledger.sent(of: program.name, keys: [link.key])[link.key] ?? [],
      of: program.name, link.key)
    let known = try await context.ledger.alterations(of: program.name, keys: [link.key])
    if change.operation == "create" {
      item.left = change.after.members.compactMap { member in
        let name = member.name
        if let now = sent[name], now != member.value {
          return "\(name) was written again by a later run: the object is left alone"
        }
        // What was not sent is what the target made of it.
        if member.value.isNull, program.creates(name) != .always { return nil }
        return isAsSent(member, object, known)
          ? nil : "\(name) was edited at the target since: the object is left alone"
      }
      if item.left.isEmpty { item.action = .giveUp }
      return
    }
    for member in change.after.members {
      restore(member, change.before[member.name], sent, object, known, &item)
    }
    if !item.fields.isEmpty { item.action = .restore }
  }

  private func restore(
    _ member: JSON.Member, _ former: JSON?, _ sent: FlatRecord, _ object: JSON,
    _ known: [Alteration], _ item: inout Item
  ) {
    let name = member.name
    if former == member.value { return }
    guard let former, former != FlatRecord.unknown else {
      item.left.append("\(name): its former value is not known")
      return
    }
    if sent[name] == former || holds(JSON.Member(name: name, value: former), object) {
      item.left.append("\(name) has its former value already")
    } else if program.definition.sensitive.contains(where: { $0.value == name }) {
      item.left.append("\(name) is sensitive: only a hash of its former value is kept")
    } else if let now = sent[name], now != member.value {
      item.left.append("\(name) was written again by a later run")
    } else if !isAsSent(member, object, known) {
      item.left.append("\(name) was edited at the target since")
    } else {
      item.fields.append(FieldChange(path: name, before: member.value, after: former))
    }
  }

  /// Whether the target still holds what was sent, or what it is known to make of that. What it never gives back counts as
  /// unchanged.
  private func isAsSent(
    _ member: JSON.Member, _ object: JSON, _ known: [Alteration]
  ) -> Bool {
    let path = member.name
    guard let place = program.field(at: path)?.readPath, let held = object.value(at: place) else {
      return true
    }
    let comparison = RecordComparison(program, context.masking)
    if comparison.holds(member.value, held, at: path) { return true }
    let edit = FieldChange(
      path: path, before: member.value, after: comparison.shown(held, at: path))
    let alteration = comparison.alteration(of: Key([]), edit)
    return known.contains { $0.count >= Alteration.mostWritten && $0.isSame(as: alteration) }
  }

  /// Whether the target shows the field, with this value.
  private func holds(_ member: JSON.Member, _ object: JSON) -> Bool {
    guard let place = program.field(at: member.name)?.readPath, object.value(at: place) != nil
    else { return false }
    return RecordComparison(program, context.masking).holds(member, in: object) ?? false
  }

  private func object(
    _ id: String, _ target: TargetConnection, _ survey: TargetSurvey?
  ) async throws -> JSON? {
    if let survey { return survey.objects[ExactText(id)] }
    switch try await target.object(id, of: program) {
    case .object(let object): return object
    case .gone, .unreadable: return nil
    case .another(let difference): throw target.stopped(difference, asking: id)
    }
  }

  // MARK: Taking it back

  private func send(_ item: inout Item, _ link: Link, _ mapping: MappingWriter) async throws {
    let sender = RecordSender(mapping)
    let outcome: RecordOutcome
    if item.action == .giveUp {
      outcome = try await sender.deactivate(
        PlannedChange(
          kind: .deactivate, key: item.key, fingerprint: link.fingerprint, record: []))
      switch outcome {
      case .deactivated, .unknown: try await holdBack(link, mapping.writer)
      case .created, .updated, .unchanged, .rejected, .taken, .busy, .unplanned, .outdated: break
      }
    } else {
      outcome = try await restore(item, link, sender)
    }
    switch outcome {
    case .created, .updated, .deactivated, .unchanged: item.outcome = .done
    case .rejected(let reasons):
      item.outcome = .failed(reasons.map(\.message).joined(separator: "; "))
    case .unknown(let reason): item.outcome = .unknown(reason)
    case .busy(let reason): item.outcome = .failed(reason)
    case .taken: item.outcome = .failed("the target says that a value is taken")
    case .outdated(let reason): item.outcome = .failed(reason)
    case .unplanned: item.outcome = .failed("no plan says it")
    }
  }

  /// The row of an object that was given up is still there. It is left alone until it changes, like a dismissed record.
  private func holdBack(_ link: Link, _ writer: LedgerWriter) async throws {
    let now = context.clock.wall
    var failure = Failure(
      mapping: program.name, key: link.key, fingerprint: link.fingerprint,
      reasons: [
        Failure.Reason(
          field: nil,
          message: "taken back by `undo` in run \(writer.run): left alone until its row changes")
      ], status: nil, firstAt: now, lastAt: now, run: writer.run)
    failure.standing = .dismissed
    try await writer.record([failure])
  }

  /// The fingerprint stays that of the row's record, so that the next run finds the record unchanged and does not write
  /// the new values again before the row has others.
  private func restore(
    _ item: Item, _ link: Link, _ sender: RecordSender
  ) async throws -> RecordOutcome {
    let sensitive = Set(program.definition.sensitive.map(\.value))
    let sent = try FlatRecord(
      remembered: try await context.ledger.sent(of: program.name, keys: [item.key])[item.key] ?? [],
      of: program.name, item.key)
    var record = FlatRecord(
      sent.members.filter { !sensitive.contains($0.name) && $0.value != FlatRecord.unknown })
    for field in item.fields { record[field.path] = field.after }
    let outcome = try await sender.update(
      PlannedChange(
        kind: .update, key: item.key, fingerprint: link.fingerprint, record: record.bytes,
        returns: link.state == .inactive), operation: .restore)
    // The hashes of what was not touched are kept.
    if case .updated = outcome,
      let now = try await context.ledger.link(of: program.name, key: item.key)
    {
      for member in sent.members where sensitive.contains(member.name) {
        record[member.name] = member.value
      }
      try await sender.mapping.keep(now, sent: record.bytes)
    }
    return outcome
  }
}
