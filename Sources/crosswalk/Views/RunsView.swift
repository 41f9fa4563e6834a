import Diagnostics
import Engine
import JSON
import Operations

/// Runs as the ledger remembers them.
enum RunsView {
  private static let counts = [
    "rows", "unchanged", "created", "updated", "deactivated", "rejected", "deferred", "unknown",
    "dismissed", "calls",
  ]
  /// What `runs` shows of each.
  private static let shown = ["created", "updated", "deactivated", "rejected", "unknown", "calls"]

  static func text(_ runs: [RunRecord]) throws -> String {
    guard !runs.isEmpty else { return "no run yet" }
    let rows = try runs.map { run in
      let mappings = try mappings(of: run)
      return [String(run.id), run.startedAt.moment, time(run), run.command, status(run)]
        + shown.map { sum($0, of: mappings).grouped }
    }
    let table = Table(header: ["run", "started", "took", "command", "status"] + shown, rows: rows)
    let approvals = try runs.compactMap(approval)
    return ([table.text] + (approvals.isEmpty ? [] : [""]) + approvals).joined(separator: "\n")
  }

  /// Who approved which guards in a run, and why, in one line; `nil` where none was.
  private static func approval(_ run: RunRecord) throws -> String? {
    guard let plan = try report(of: run)?["plan"],
      let approved = plan["approved"]?.arrayValue, !approved.isEmpty
    else { return nil }
    let guards = approved.map {
      "\($0["guard"]?.stringValue ?? "") of \($0["mapping"]?.stringValue ?? "")"
    }
    let note = plan["note"]?.stringValue.map { ": \($0)" } ?? ""
    return VisibleText.escaped(
      "run \(run.id): \(guards.joined(separator: ", ")) approved by \(plan["by"]?.stringValue ?? "")\(note)"
    )
  }

  static func detail(_ run: RunRecord) throws -> String {
    var lines = [
      "run \(run.id): \(run.command), \(status(run)), started \(run.startedAt.moment), took \(time(run))",
      "",
    ]
    let mappings = try mappings(of: run)
    let report = try report(of: run)
    for key in report?["missing_keys"]?.arrayValue ?? [] {
      lines.insert(
        VisibleText.escaped("nothing was found of the key `\(key.stringValue ?? "")`"), at: 1)
    }
    if let plan = report?["plan"] { lines.insert(contentsOf: self.lines(plan), at: 1) }
    guard !mappings.isEmpty else { return lines.dropLast().joined(separator: "\n") }
    lines.append(
      Table(
        header: ["mapping", "status"] + counts,
        rows: mappings.map { mapping in
          [mapping["mapping"]?.stringValue ?? "", mapping["status"]?.stringValue ?? ""]
            + counts.map { Int(mapping[$0]?.intValue ?? 0).grouped }
        }
      ).text)
    for mapping in mappings {
      let name = mapping["mapping"]?.stringValue ?? ""
      if let message = mapping["message"]?.stringValue {
        lines += ["", "\(name): \(message)"]
        if let remedy = (mapping["remedy"] ?? mapping["mend"])?.stringValue {
          lines.append("  = help: \(remedy)")
        }
      }
      let reasons = mapping["reasons"]?.arrayValue ?? []
      if !reasons.isEmpty { lines += ["", "\(name):"] }
      for reason in reasons {
        let field = reason["field"]?.stringValue.map { "\($0): " } ?? ""
        let count = Int(reason["count"]?.intValue ?? 0)
        var keys = (reason["examples"]?.arrayValue ?? []).compactMap(\.stringValue)
        if count > keys.count { keys.append("…") }
        lines.append(
          "  \(count.grouped) × \(reason["kind"]?.stringValue ?? "") · "
            + "\(field)\(reason["message"]?.stringValue ?? "")  (\(keys.joined(separator: ", ")))")
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func status(_ run: RunRecord) -> String {
    run.status ?? (run.isUnderWay ? "running" : "not finished")
  }

  private static func time(_ run: RunRecord) -> String {
    run.finishedAt.map { $0.since(run.startedAt).words } ?? "?"
  }

  /// The plan that a run has applied.
  private static func lines(_ plan: JSON) -> [String] {
    var lines = [
      "plan \(plan["id"]?.stringValue ?? "") of \(plan["made_at"]?.stringValue ?? ""), applied by "
        + (plan["by"]?.stringValue ?? "")
    ]
    if let note = plan["note"]?.stringValue { lines.append("note: \(note)") }
    for one in plan["approved"]?.arrayValue ?? [] {
      lines.append(
        "approved: \(one["guard"]?.stringValue ?? "") of \(one["mapping"]?.stringValue ?? "")")
    }
    return lines.map { VisibleText.escaped($0) }
  }

  /// The report of each mapping; none while the run is under way, or when it has failed as a whole.
  private static func mappings(of run: RunRecord) throws(OperationFailure) -> [JSON] {
    try report(of: run)?["mappings"]?.arrayValue ?? []
  }

  private static func report(of run: RunRecord) throws(OperationFailure) -> JSON? {
    if run.report.isEmpty { return nil }
    do throws(JSONError) {
      return try JSON(parsing: run.report, limits: .ownText)
    } catch {
      throw OperationFailure(
        .unavailable, "the report of run \(run.id) cannot be read: \(error)",
        remedy: "check the ledger with `crosswalk ledger verify`")
    }
  }

  private static func sum(_ count: String, of mappings: [JSON]) -> Int {
    mappings.reduce(0) { $0 + Int($1[count]?.intValue ?? 0) }
  }

  static func json(_ run: RunRecord) throws -> JSON {
    [
      "run": .integer(run.id), "command": .string(run.command),
      "started_at": .string(run.startedAt.moment),
      "finished_at": run.finishedAt.map { .string($0.moment) } ?? .null,
      "status": .string(status(run)), "plan": try report(of: run)?["plan"] ?? .null,
      "mappings": .array(try mappings(of: run)),
    ]
  }
}
