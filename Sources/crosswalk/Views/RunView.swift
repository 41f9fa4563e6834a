import Diagnostics
import Engine
import Foundation
import JSON

/// What a run came to, in words.
enum RunView {
  /// One mapping in one line.
  static func line(_ report: MappingReport) -> String {
    var parts: [String] = []
    func add(_ count: Int, _ word: String) {
      if count > 0 { parts.append("\(count.grouped) \(word)") }
    }
    add(report.created, "created")
    add(report.updated, "updated")
    add(report.deactivated, report.deletes ? "deleted" : "deactivated")
    add(report.unchanged, "unchanged")
    add(report.rejected, "rejected")
    add(report.deferred, "deferred")
    add(report.unknown, "unknown")
    add(report.dismissed, "dismissed")
    let counts = parts.isEmpty ? "nothing to do" : parts.joined(separator: ", ")
    switch report.status {
    case .failed: return "\(report.mapping): failed: \(report.message ?? "")"
    case .blocked: return "\(report.mapping): blocked: \(report.message ?? "")"
    case .invalid: return "\(report.mapping): invalid: \(report.message ?? "")"
    default:
      return
        "\(report.mapping): \(report.rows.counted("row")): \(counts); \(report.calls.counted("call"))"
    }
  }

  /// Where a run's time went, a line a stage.
  static func profile(_ times: StageTimes, of whole: Duration) -> String {
    func line(_ name: String, _ time: Duration) -> String {
      "  " + name.padding(toLength: 16, withPad: " ", startingAt: 0)
        + String(format: "%8.2f s", time / .seconds(1))
    }
    let title = "where the time went; what is done at once counts for each"
    return
      ([title] + StageTimes.Stage.allCases.map { line($0.rawValue, times[$0]) }
      + [line("the whole run", whole)]).joined(separator: "\n")
  }

  /// The whole run, as a manager reads it.
  static func summary(_ report: RunReport, seconds: Double) -> String {
    var lines: [String] = []
    let total = report.mappings.reduce(into: MappingReport(mapping: "", target: "")) { sum, one in
      sum.rows += one.rows
      sum.created += one.created
      sum.updated += one.updated
      sum.deactivated += one.deactivated
      sum.unchanged += one.unchanged
      sum.rejected += one.rejected
      sum.deferred += one.deferred
      sum.unknown += one.unknown
      sum.calls += one.calls
      sum.unplanned += one.unplanned
      sum.outdated += one.outdated
      sum.alreadySent += one.alreadySent
      sum.completed += one.completed
    }
    lines.append(table(report.mappings + [total]))
    lines += problems(report)
    if let plan = report.plan { lines += self.lines(plan, total) }
    let time = Duration.seconds(seconds).words
    lines.append("\(conclusion(report, total)) \(total.calls.counted("call")) in \(time).")
    return lines.joined(separator: "\n")
  }

  /// The run in one sentence.
  private static func conclusion(_ report: RunReport, _ total: MappingReport) -> String {
    switch report.status {
    case .succeeded where report.plan != nil:
      return report.mappings.contains { $0.reasons.contains { $0.kind == .deferred } }
        ? "Done, but for what waits for other records: apply the plan again when those are there."
        : "The plan is carried out."
    case .succeeded where total.deferred > 0:
      return
        "Done; \(total.deferred.counted("record")) wait\(total.deferred == 1 ? "s" : "") for the next run."
    case .succeeded:
      return report.mappings.contains { $0.rows == 0 && $0.missingKeys.isEmpty }
        ? "Done, but look at the mappings without rows."
        : AbsenceView.isOpen(report)
          ? "Done; some keys are absent, see above."
          : report.mappings.contains { $0.reasons.contains { $0.kind == .deferred } }
            ? "Done, but for links that lead nowhere yet."
            : "Everything is as it should be."
    case .partial where !report.mappings.contains { $0.status == .partial }:
      return MissingKeys.sentence(
        report.missingKeys, isAll: total.sent == 0 && (total.rows == 0 || report.plan != nil))
    case .partial: return "Done, but for the records above."
    case .invalid where report.mappings.allSatisfy { $0.status == .invalid }:
      return "Nothing was done: no mapping can run."
    case .invalid: return "Done, but for mappings that cannot run."
    case .blocked: return "A guard held changes back."
    case .failed: return "Not everything could be done."
    }
  }

  /// What became of a plan.
  private static func lines(_ plan: AppliedPlan, _ total: MappingReport) -> [String] {
    var lines = ["plan \(plan.id) of \(plan.madeAt), applied by \(plan.by)"]
    if !plan.earlierRuns.isEmpty {
      let runs = plan.earlierRuns.map { String($0) }.joined(separator: ", ")
      lines.append(
        "  applied before, by run \(runs): \(total.alreadySent.counted("record")) "
          + "\(total.alreadySent == 1 ? "was" : "were") sent then"
          + (total.sent == 0 ? ", and nothing was sent again" : ""))
    }
    for one in plan.approved { lines.append("  \(one.name) of \(one.mapping) approved") }
    if total.unplanned > 0 {
      lines.append(
        "  \(total.unplanned.counted("change")) \(total.unplanned == 1 ? "is" : "are") new since the plan, "
          + "and not sent")
    }
    if total.outdated > 0 {
      lines.append(
        "  \(total.outdated.counted("record")) of the plan \(total.outdated == 1 ? "was" : "were") refused, see above"
      )
    }
    return lines + [""]
  }

  private static let columns = [
    "rows", "unchanged", "created", "updated", "deactivated", "rejected", "deferred", "unknown",
    "calls",
  ]

  private static func table(_ reports: [MappingReport]) -> String {
    let rows = reports.map { report in
      [
        report.mapping.isEmpty ? "together" : report.mapping, report.rows.grouped,
        report.unchanged.grouped, report.created.grouped, report.updated.grouped,
        report.deactivated.grouped, report.rejected.grouped, report.deferred.grouped,
        report.unknown.grouped, report.calls.grouped,
      ]
    }
    return Table(header: ["mapping"] + columns, rows: rows).text
  }

  private static let headings: [(MappingReport.ReasonCount.Kind, String)] = [
    (.rejected, "rejected; needs a correction, nearly always in the source"),
    (.withheld, "stored without a field that the target refused"),
    (.deferred, "waiting for other records"),
    (.unknown, "the outcome of a write is not known yet"),
    (.outdated, "refused: not as the plan says any more; make another plan"),
  ]

  private static func problems(_ report: RunReport) -> [String] {
    var lines: [String] = []
    for mapping in report.mappings {
      if let message = mapping.message {
        lines.append("")
        lines.append("\(mapping.mapping): \(mapping.status.rawValue): \(message)")
        lines += mapping.problems.map { "  " + $0 }
        if let remedy = mapping.remedy { lines.append("  = help: \(remedy)") }
      }
      if mapping.rows == 0, mapping.message == nil, mapping.missingKeys.isEmpty {
        lines.append("")
        lines.append("\(mapping.mapping): the source returned no rows")
        lines.append(
          "  = help: is the table or file empty, or does row security hide its rows from this login?"
        )
      }
      lines += AbsenceView.lines(mapping)
      for (kind, words) in headings {
        let reasons = mapping.reasons.filter { $0.kind == kind }.sorted { $0.count > $1.count }
        guard !reasons.isEmpty else { continue }
        lines.append("")
        lines.append("\(mapping.mapping): \(words)")
        for reason in reasons.prefix(12) {
          let field = reason.field.map { "\($0): " } ?? ""
          let words = VisibleText.escaped(field + reason.message)
          let keys = VisibleText.escaped(reason.exampleList)
          lines.append("  \(reason.count.grouped) × \(words)  (\(keys))")
        }
        if reasons.count > 12 {
          lines.append("  and \((reasons.count - 12).counted("other reason"))")
        }
      }
    }
    if !lines.isEmpty { lines.append("") }
    return lines
  }
}

extension MappingReport {
  /// Records that were sent, some of them twice.
  fileprivate var sent: Int { created + updated + deactivated + completed }
}

extension MappingReport.ReasonCount {
  /// The keys that are named, with an ellipsis where there are more.
  var exampleList: String {
    (examples.prefix(5) + (count > min(5, examples.count) ? ["…"] : [])).joined(separator: ", ")
  }
}

/// Columns of text; all but the first are set to the right.
struct Table {
  let header: [String]
  let rows: [[String]]

  var text: String {
    let all = [header] + rows
    let widths = header.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
    return all.map { row in
      row.enumerated().map { column, cell in
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        return column == 0 ? cell + padding : padding + cell
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }
}
