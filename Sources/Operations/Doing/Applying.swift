import Engine
import JSON
import Ledger
import Mappings
import Programs

public struct ApplyRequest: Sendable {
  /// The plan's file.
  public var file: String
  /// A part of the plan; the whole plan if nothing is chosen.
  public var selection: Selection
  /// Guards that the plan shows and that the operator approves, once.
  public var approvals: [String]
  /// Who applies it, for the record.
  public var who: String
  public var note: String?
  public var wait: Waiting

  public init(
    _ file: String, _ selection: Selection = .all, approving approvals: [String] = [],
    who: String, note: String? = nil, wait: Waiting = .no
  ) {
    self.file = file
    self.selection = selection
    self.approvals = approvals
    self.who = who
    self.note = note
    self.wait = wait
  }
}

extension Operations {
  /// Sends what a plan file says, and nothing else.
  ///
  /// The sources are read again. A record is sent if its row, its mapping, its link and what was last sent for it have not
  /// changed since the plan was made. The others are refused and named. Returns when everything that was sent is recorded
  /// durably.
  public func apply(_ request: ApplyRequest) async throws(OperationFailure) -> RunResult {
    try await failing {
      let workspace = try workspace()
      let place = try workspace.ledger
      let seal = try place.seal()
      let plan = try PlanFile(
        PlanPlace(path: request.file).read(), at: request.file, seal)
      guard let seal else { throw OperationFailure.inDoubt("the ledger has no key") }
      try check(plan, request, workspace)
      let selected = try workspace.mappings(request.selection)
      let chosen = try mappings(of: plan, request.selection, selected)
      let open = try await openProject(
        Selection(chosen.map(\.name.value)), takesInvalid: true)
      let (ledger, masking) = try place.open()
      let report = try await LedgerClaim.hold(
        ledger, at: place.path, for: open.leaseScope, takesDoubt: false, wait: request.wait,
        environment
      ) { claim in
        try await LedgerTies(open).hold(
          claim.writer, at: clock.wall, report: environment.report)
        return try await apply(plan, request, open, ledger, masking, seal, claim, selected)
      }
      return RunResult(report: report, times: ledger.times)
    }
  }

  private func apply(
    _ plan: PlanFile, _ request: ApplyRequest, _ open: OpenProject, _ ledger: any ProjectLedger,
    _ masking: Masking, _ seal: PlanSeal, _ claim: LedgerClaim, _ chosen: [MappingDefinition]
  ) async throws -> RunReport {
    let command = "apply \(plan.id)"
    let earlier = try await ledger.runs(ofCommand: command)
    let approved = try approvals(plan, request, open, earlier)
    var changed: Set<String> = []
    for program in open.programs {
      guard let part = plan.part(of: program.name),
        try open.version(of: program, seal) != part.version
      else { continue }
      changed.insert(program.name)
    }
    let gate = PlanGate(
      plan.parts.map(\.section), seal: seal, changed: changed,
      approved: Dictionary(grouping: approved, by: \.mapping).mapValues { Set($0.map(\.name)) })
    var senders: [Int64] = []
    for run in earlier {
      let sent = try await ledger.changes(ofRun: run.id)
      if !sent.isEmpty { senders.append(run.id) }
      gate.spend(sent)
    }
    let applied = AppliedPlan(
      id: plan.id, madeAt: plan.madeAt.moment, earlierRuns: senders, approved: approved,
      by: request.who, note: request.note)
    var beginning = RunReport(run: 0, mappings: [])
    beginning.plan = applied
    return try await claim.recorded(
      command, open.names, clock,
      // Who approved what is written down before anything is sent.
      known: beginning.json.compactBytes
    ) { writer, ending in
      var context = try context(open, .writing(writer), masking, times: ledger.times)
      context.options.gate = gate
      context.options.keys = request.selection.keys
      context.options.reconciles = plan.reconciles && request.selection.keys.isEmpty
      var report = try await ProjectRun(
        programs: open.programs, invalid: open.invalid, context: context
      ).run().report
      report.plan = applied
      let used = approved.filter { [report] in gate.isUsed($0, by: report) }
      report.plan?.used = used
      report.mappings += plan.withoutMapping(in: open.workspace, request.selection)
      report.mappings += plan.unread(among: chosen)
      ending = LedgerClaim.Ending(status: report.status, report: report.json.compactBytes)
      return report
    }
  }

  // MARK: What can be applied

  private func check(
    _ plan: PlanFile, _ request: ApplyRequest, _ workspace: Workspace
  ) throws {
    guard clock.wall < plan.goodUntil else {
      throw OperationFailure(
        .rejected,
        "the plan `\(request.file)` of \(plan.madeAt.moment) was good until \(plan.goodUntil.moment)",
        remedy:
          "make it again: `crosswalk plan --out \(request.file)`; `--good-for` says for how long")
    }
    guard plan.project.utf8.elementsEqual(workspace.project.name.value.utf8) else {
      throw OperationFailure(
        .rejected,
        "the plan `\(request.file)` is of the project `\(plan.project)`, and this is `\(workspace.project.name.value)`",
        remedy: "apply it with `--project` where it was made")
    }
    for name in request.approvals where !GuardTripped.names.contains(name) {
      throw OperationFailure(
        .unreadable, "`\(name)` is not a guard that can be approved",
        remedy: "the guards are \(GuardTripped.names.joined(separator: ", "))")
    }
    let shown = Set(plan.parts.flatMap { $0.section.guards.map(\.name) })
    for name in request.approvals where !shown.contains(name) {
      throw OperationFailure(
        .rejected, "the plan `\(request.file)` shows no guard `\(name)`, so it approves none",
        remedy: shown.isEmpty
          ? "leave out `--approve`" : "the plan shows \(shown.sorted().joined(separator: ", "))")
    }
  }

  /// The mappings of the plan that are chosen and that the project has.
  private func mappings(
    of plan: PlanFile, _ selection: Selection, _ selected: [MappingDefinition]
  ) throws -> [MappingDefinition] {
    let chosen = selected.filter { plan.part(of: $0.name.value)?.section.isWhole == true }
    if !selection.mappings.isEmpty {
      for mapping in selected where plan.part(of: mapping.name.value) == nil {
        environment.report(.warning("the plan says nothing of \(mapping.name.value)"))
      }
    }
    guard !chosen.isEmpty else {
      if let unread = plan.unread(among: selected).max(by: { $0.status.isBetter(than: $1.status) })
      {
        throw OperationFailure(
          unread.status == .invalid ? .findings : .unavailable,
          "\(unread.mapping): \(unread.message ?? "")", remedy: unread.remedy ?? "make it again")
      }
      let names = plan.parts.filter(\.section.isWhole).map(\.section.mapping)
      throw OperationFailure(
        .rejected, "the plan says nothing of the mappings that are chosen",
        remedy: names.isEmpty ? "make it again" : "it is about \(names.joined(separator: ", "))")
    }
    return chosen
  }

  /// The guards that are approved now. A run that passes the guard with an approval uses the approval up.
  private func approvals(
    _ plan: PlanFile, _ request: ApplyRequest, _ open: OpenProject, _ earlier: [RunRecord]
  ) throws -> [AppliedPlan.ApprovedGuard] {
    var used: [AppliedPlan.ApprovedGuard: Int64] = [:]
    for run in earlier {
      for approved in try AppliedPlan.used(in: run) { used[approved] = run.id }
    }
    var approved: [AppliedPlan.ApprovedGuard] = []
    for name in request.approvals {
      for part in plan.parts where part.section.guards.contains(where: { $0.name == name }) {
        let one = AppliedPlan.ApprovedGuard(name: name, mapping: part.section.mapping)
        guard open.programs.contains(where: { $0.name == one.mapping }), !approved.contains(one)
        else { continue }
        if let run = used[one] {
          environment.report(
            .warning(
              "`\(name)` of \(one.mapping) was approved once, by run \(run): make another plan to approve it again"
            ))
        } else {
          approved.append(one)
        }
      }
    }
    return approved
  }
}

extension PlanFile {
  func part(of mapping: String) -> Part? {
    parts.first { $0.section.mapping.utf8.elementsEqual(mapping.utf8) }
  }

  /// What the plan says of mappings that the project no longer has.
  fileprivate func withoutMapping(
    in workspace: Workspace, _ selection: Selection
  ) -> [MappingReport] {
    guard selection.mappings.isEmpty else { return [] }
    let known = Set(workspace.project.mappings.map { Array($0.name.value.utf8) })
    return parts.filter { !known.contains(Array($0.section.mapping.utf8)) }.map { part in
      var report = MappingReport(mapping: part.section.mapping, target: "")
      report.status = .invalid
      report.outdated = Set(part.section.approvals.map(\.key)).count
      report.message = "the project no longer has this mapping: nothing of it was sent"
      report.remedy = "make the plan again"
      return report
    }
  }

  /// The parts that the plan could not look at to their end, of mappings that are chosen: as they were then.
  fileprivate func unread(among chosen: [MappingDefinition]) -> [MappingReport] {
    chosen.compactMap { mapping in
      guard let section = part(of: mapping.name.value)?.section, !section.isWhole else {
        return nil
      }
      var report = MappingReport(mapping: section.mapping, target: mapping.target.value)
      report.status = section.status
      report.message =
        section.status == .invalid
        ? "it did not compile when the plan was made, and the plan says nothing of it"
        : "it could not be read when the plan was made, and the plan says nothing of it"
      report.remedy = "make the plan again"
      return report
    }
  }
}

extension PlanGate {
  /// Whether a run has carried out something of a mapping that this guard would have held back.
  fileprivate func isUsed(_ one: AppliedPlan.ApprovedGuard, by run: RunReport) -> Bool {
    guard passedGuards(of: one.mapping).contains(one.name),
      let report = run.mappings.first(where: { $0.mapping.utf8.elementsEqual(one.mapping.utf8) }),
      // Stopped half-way, it has not come past the guard for good.
      report.status == .succeeded || report.status == .partial
    else { return false }
    return report.hasDoneSomething || report.unknown > 0 && hasLetThrough(one.mapping)
  }
}

extension MappingReport {
  fileprivate var hasDoneSomething: Bool {
    created + updated + deactivated + completed + adopted > 0
      || reconciled?.deleted.isEmpty == false
  }
}

extension AppliedPlan {
  /// The approvals that a run has used up.
  fileprivate static func used(in run: RunRecord) throws -> [ApprovedGuard] {
    // One that was killed has not come past a guard for good: what it did not send is still to be sent.
    guard run.status != nil, !run.report.isEmpty else { return [] }
    let report = try JSON(parsing: run.report, limits: .ownText)
    if let used = report["plan"]?["used"]?.arrayValue { return used.compactMap(ApprovedGuard.init) }
    // Earlier releases did not say it: those of mappings that the run did not hold back.
    let held = (report["mappings"]?.arrayValue ?? []).filter {
      ![RunStatus.succeeded, .partial].map(\.rawValue).contains($0["status"]?.stringValue ?? "")
    }.compactMap { $0["mapping"]?.stringValue }
    return (report["plan"]?["approved"]?.arrayValue ?? []).compactMap(ApprovedGuard.init)
      .filter { !held.contains($0.mapping) }
  }
}

extension AppliedPlan.ApprovedGuard {
  fileprivate init?(_ json: JSON) {
    guard let name = json["guard"]?.stringValue, let mapping = json["mapping"]?.stringValue else {
      return nil
    }
    self.init(name: name, mapping: mapping)
  }
}
