import Diagnostics
import Engine
import JSON
import Operations

/// A dry run: what would change, field by field, what it costs, and that nothing was sent.
enum PlanView {
  static func text(_ outcome: ProjectRun.Outcome, targets: [String: TargetConnection]) -> String {
    outcome.report.mappings.map { report in
      section(
        report, outcome.items.filter { $0.mapping == report.mapping }, targets[report.target])
    }.joined(separator: "\n\n")
  }

  private static func section(
    _ report: MappingReport, _ items: [PlanItem], _ target: TargetConnection?
  ) -> String {
    var lines = [
      "\(report.mapping): \(report.rows.counted("row")) · \(report.unchanged.grouped) unchanged"
    ]
    if let message = report.message {
      lines.append("  \(report.status.rawValue): \(message)")
      lines += report.problems.map { "    " + $0 }
      if let remedy = report.remedy { lines.append("  = help: \(remedy)") }
    }
    let changes = report.created + report.updated + report.deactivated + report.completed
    if changes > 0 {
      lines.append(
        "  + \(report.created.grouped) create   ~ \(report.updated.grouped) update   - \(report.deactivated.grouped) \(report.deletes ? "delete" : "deactivate")"
      )
    }
    if report.completed > 0 {
      lines.append(
        "  \(report.completed.counted("record")) without a link at first, which an update sets in the same run"
      )
    }
    if report.adopted > 0 {
      lines.append("  \(report.adopted.counted("object")) at the target already would be linked")
    }
    for item in items { lines += self.lines(item) }
    if items.count < changes {
      lines.append("  … \((changes - items.count).counted("more change")); `--limit` shows more")
    }
    for (count, word) in [
      (report.rejected, "would be rejected"), (report.deferred, "wait for a link"),
      (report.unknown, "wait for an unknown outcome"),
    ] where count > 0 {
      lines.append("  \(count.grouped) \(word)")
    }
    if report.moved > 0 {
      lines.append(
        "  \(report.moved.counted("link")) would move to the keys that the rows have now")
    }
    for (text, keys) in report.absence?.sentences ?? [] {
      lines.append("  " + text + (keys.isEmpty ? "" : "  (\(AbsenceView.examples(keys)))"))
    }
    // Of rows that wait the count says enough.
    let refused = report.reasons.filter { $0.kind != .deferred || report.deferred == 0 }.sorted {
      $0.count > $1.count
    }
    for reason in refused.prefix(8) {
      let field = reason.field.map { "\($0): " } ?? ""
      let keys = VisibleText.escaped(reason.exampleList)
      let words = VisibleText.escaped(field + reason.message)
      lines.append("    \(reason.count.grouped) × \(words)  (\(keys))")
    }
    let name = target?.definition.name.value ?? report.target
    lines.append(
      changes + report.adopted == 0
        ? "  0 calls to \(name) · nothing sent"
        : "  \(report.forecastCalls.counted("call")) to \(name) · about \(report.forecast.words)\(report.pace.map { " at " + $0 } ?? "") · nothing sent"
    )
    return lines.joined(separator: "\n")
  }

  private static func lines(_ item: PlanItem) -> [String] {
    let sign =
      switch item.kind {
      case .create: "+"
      case .update: "~"
      case .deactivate: "-"
      }
    let name = item.title.map { " " + $0 } ?? ""
    let key = VisibleText.escaped(item.key.description + name)
    guard !item.fields.isEmpty else { return ["  \(sign) \(key)"] }
    let width = item.fields.map(\.path.count).max() ?? 0
    return item.fields.enumerated().map { index, field in
      let lead = index == 0 ? "  \(sign) \(key)" : String(repeating: " ", count: 4 + key.count)
      let path = field.path + String(repeating: " ", count: width - field.path.count)
      let values = FieldValues(field, of: item)
      guard item.kind == .update else { return "\(lead)  \(path)  \(values.after)" }
      if let difference = values.listDifference { return "\(lead)  \(path)  \(difference)" }
      return "\(lead)  \(path)  \(values.before ?? "?") → \(values.after)"
    }
  }

  /// What can be done with a plan that was kept.
  static func words(_ file: WrittenPlan) -> String {
    let path = file.path.shellWord
    guard file.count > 0 else { return "\(path) holds the plan, which changes nothing" }
    let approvals = file.guards.map { " --approve \($0)" }.joined()
    return
      "\(file.count.counted("record")) to change \(file.count == 1 ? "is" : "are") in \(path); "
      + "`crosswalk apply \(path)\(approvals)` sends \(file.count == 1 ? "it" : "them") until "
      + file.goodUntil.moment
  }

  static func shown(_ value: JSON) -> String { FieldValues.words(value) }

  static func json(_ outcome: ProjectRun.Outcome) -> JSON {
    guard case .object(var members) = outcome.report.json else { return .null }
    members.append(
      JSON.Member(
        name: "changes",
        value: .array(
          outcome.items.map { item in
            [
              "mapping": .string(item.mapping), "key": .string(item.key.description),
              "title": item.title.map { .string($0) } ?? .null, "change": .string(item.word),
              "fields": .array(
                item.fields.map { field in
                  [
                    "field": .string(field.path), "before": field.before ?? .null,
                    "after": field.after,
                  ]
                }),
            ]
          })))
    return .object(members)
  }
}
