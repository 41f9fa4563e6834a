import Diagnostics
import Engine
import JSON

/// Which rows are which objects.
enum AdoptView {
  static func text(
    _ report: Adoption.Report, _ mapping: String, isDone: Bool, moves: Bool, limit: Int
  ) -> String {
    var lines = [
      "\(mapping): \(report.rows.counted("row")), \(report.objects.counted("object")) at the target"
    ]
    if report.linked > 0 { lines.append("  \(report.linked.grouped) linked already") }
    let same = report.matches.count { $0.differences.isEmpty }
    lines.append(
      "  \(report.matches.count.grouped) \(isDone ? "linked" : "would be linked"): \(same.grouped) are as they should be, "
        + "\((report.matches.count - same).grouped) the next run updates")
    for match in report.matches.prefix(limit) {
      lines.append(
        "  = " + VisibleText.escaped("\(match.key)  \(match.naturalKey) → \(match.targetID)"))
      for field in match.differences {
        lines.append(
          "      \(field.path)  \(field.before.map(PlanView.shown) ?? "?") → \(PlanView.shown(field.after))"
        )
      }
    }
    lines += more(report.matches.count, limit)
    lines += self.moves(report, mapping, isDone: isDone && moves, limit: limit)
    if !report.moves.isEmpty, !moves {
      lines.append("  = help: if the key has changed, `crosswalk adopt \(mapping) --move`")
    }
    if !report.ambiguous.isEmpty {
      lines.append("  \(report.ambiguous.count.grouped) left alone; the operator must decide:")
      for one in report.ambiguous.prefix(limit) { lines.append("  ? \(one.key)  \(one.reason)") }
      lines += more(report.ambiguous.count, limit)
      lines.append("  = help: remove all but one at the target, or correct the rows")
    }
    lines.append("  \(report.unmatched.counted("row")) without an object: the next run makes them")
    if !report.leftOver.isEmpty {
      let ids = report.leftOver.prefix(limit).joined(separator: ", ")
      lines.append(
        "  \(report.leftOver.count.counted("object")) without a row: \(ids)\(report.leftOver.count > limit ? " …" : "")"
      )
    }
    let hasLinks = !report.matches.isEmpty || moves && !report.moves.isEmpty
    lines.append(
      !hasLinks
        ? "Nothing to link; nothing was sent."
        : isDone ? "Linked; nothing was sent." : "Nothing was written down; `--yes` links them.")
    return lines.joined(separator: "\n")
  }

  private static func moves(
    _ report: Adoption.Report, _ mapping: String, isDone: Bool, limit: Int
  ) -> [String] {
    guard !report.moves.isEmpty else { return [] }
    var lines = [
      "  \(report.moves.count.counted("link")) \(isDone ? "moved" : "could move"): the key has no row any "
        + "more, and another row matches the object"
    ]
    for move in report.moves.prefix(limit) {
      lines.append("  > \(move.from) → \(move.to)  \(move.naturalKey), object \(move.targetID)")
    }
    return lines + more(report.moves.count, limit)
  }

  private static func more(_ count: Int, _ limit: Int) -> [String] {
    count > limit ? ["  … \((count - limit).grouped) more; `--limit` shows them"] : []
  }

  static func json(
    _ report: Adoption.Report, _ mapping: String, isDone: Bool, moves: Bool
  ) -> JSON {
    [
      "mapping": .string(mapping), "done": .bool(isDone), "rows": .integer(Int64(report.rows)),
      "objects": .integer(Int64(report.objects)),
      "linked_before": .integer(Int64(report.linked)),
      "unmatched": .integer(Int64(report.unmatched)),
      "matches": .array(
        report.matches.map { match in
          [
            "key": .string(match.key.description), "natural_key": .string(match.naturalKey),
            "target_id": .string(match.targetID),
            "differs": .array(match.differences.map { .string($0.path) }),
          ]
        }),
      "moved": .bool(isDone && moves),
      "moves": .array(
        report.moves.map { move in
          [
            "from": .string(move.from.description), "to": .string(move.to.description),
            "natural_key": .string(move.naturalKey), "target_id": .string(move.targetID),
          ]
        }),
      "ambiguous": .array(
        report.ambiguous.map {
          ["key": .string($0.key.description), "reason": .string($0.reason)]
        }),
      "left_over": .array(report.leftOver.map { .string($0) }),
    ]
  }
}
