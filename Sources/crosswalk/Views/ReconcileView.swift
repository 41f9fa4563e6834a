import Diagnostics
import Engine

/// What the targets held otherwise than the ledger knew.
enum ReconcileView {
  private static let shown = 20

  static func text(_ reports: [MappingReport], isDone: Bool) -> String {
    reports.compactMap { report in
      report.reconciled.map { section(report.mapping, $0, isDone: isDone) }
    }.joined(separator: "\n")
  }

  private static func section(_ mapping: String, _ report: ReconcileReport, isDone: Bool) -> String
  {
    var lines = ["\(mapping): \(report.objects.counted("object")) at the target compared"]
    if report.isClean { lines[0] += ", all as the ledger knows them" }
    if !report.notCompared.isEmpty {
      let fields = report.notCompared.joined(separator: ", ")
      lines.append("  not compared: \(fields). The listing shows no value of them for any object")
      lines.append(
        "    help: if it never does, write `\"x-readPath\": null` in the schema; if that means that they are empty, `x-absent`"
      )
    }
    func list(_ items: [String], _ heading: String) {
      guard !items.isEmpty else { return }
      lines.append("  \(items.count.grouped) \(heading)")
      lines += items.prefix(shown).map { "    " + $0 }
      if items.count > shown { lines.append("    … \((items.count - shown).grouped) more") }
    }
    list(
      report.edited.map { edit in
        let fields = edit.fields.map { field in
          let held =
            "\(field.path) \(field.before.map(PlanView.shown) ?? "?") → \(PlanView.shown(field.after))"
          guard edit.writtenBack.contains(field.path) else { return "\(held) (stays)" }
          if report.pending.contains(edit.key) {
            return "\(held) (stays until its row can be sent)"
          }
          return "\(held) (\(isDone ? "written back" : "would be written back"))"
        }
        return VisibleText.escaped(
          "\(edit.key)  \(edit.targetID)  \(fields.joined(separator: ", "))")
      }, "edited there since they were sent")
    list(
      report.altered.map { one in
        let fields = one.fields.map { field in
          "\(field.path) \(field.before.map(PlanView.shown) ?? "?") → \(PlanView.shown(field.after))"
        }
        return "\(one.key)  \(one.targetID)  \(fields.joined(separator: ", "))"
      },
      "where the target changes this value: it is left as it is there, and not named again"
    )
    list(
      report.deleted.map { one in
        "\(one.key)  \(one.targetID)"
          + (one.relinkedTo.map { " → \($0), which fits, takes its place" } ?? "")
      }, "deleted there; `crosswalk failures` tells what can be done")
    list(
      report.duplicated.map { one in
        "\(one.naturalKey)  \(one.ids.joined(separator: ", "))\(one.key.map { "  linked to \($0)" } ?? "")"
      }, "there more than once: remove all but one")
    list(report.unknown, "unknown to the ledger; `crosswalk adopt` pairs them with rows")
    return lines.joined(separator: "\n")
  }
}
