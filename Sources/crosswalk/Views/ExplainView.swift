import Engine
import JSON

/// How one record comes about.
enum ExplainView {
  static func text(_ explanation: Explanation) -> String {
    var lines = ["\(explanation.mapping) \(explanation.key)"]
    switch explanation.rows {
    case 0: lines += ["", "row", "  \(explanation.has) no row with this key"]
    case 1: break
    default: lines += ["", "\(explanation.has) \(explanation.rows) rows with this key; the first:"]
    }
    if !explanation.row.isEmpty {
      lines += ["", "row"]
      lines += columns(explanation.row.map { [$0.name, PlanView.shown($0.value)] })
    }
    if !explanation.fields.isEmpty {
      lines += ["", "record"]
      lines += columns(
        explanation.fields.map { field in
          [
            field.path, field.problem.map { "refused: \($0)" } ?? PlanView.shown(field.value),
            field.expression.map {
              "= " + $0.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            }
              ?? "= a literal",
          ]
        })
    }
    if !explanation.links.isEmpty {
      lines += ["", "links"]
      lines += columns(
        explanation.links.map { ["\($0.mapping) \($0.key)", words($0.answer)] })
    }
    lines += ["", "ledger", "  " + linked(explanation)]
    lines += ["", "what comes of it"] + verdict(explanation).map { "  " + $0 }
    if let request = explanation.request {
      lines += ["", "call", "  \(request.method) \(request.path)"]
      if explanation.readsFirst {
        lines.append("  the object is read first, and sent back whole with these fields:")
      }
      if let body = request.body { lines.append("  " + String(decoding: body, as: UTF8.self)) }
    }
    return lines.joined(separator: "\n")
  }

  private static func columns(_ rows: [[String]]) -> [String] {
    let first = rows.map { $0[0].count }.max() ?? 0
    let second = min(32, rows.map { $0[1].count }.max() ?? 0)
    return rows.map { row in
      var line = "  " + row[0] + String(repeating: " ", count: first - row[0].count) + "  " + row[1]
      if row.count > 2 {
        line += String(repeating: " ", count: max(0, second - row[1].count)) + "  " + row[2]
      }
      return line
    }
  }

  private static func words(_ answer: LinkAnswer) -> String {
    switch answer {
    case .id(let id): "→ \(id)"
    case .pending: "→ will be made by the same plan"
    case .missing: "→ nothing yet"
    }
  }

  private static func linked(_ explanation: Explanation) -> String {
    guard let link = explanation.link else { return "not linked" }
    return "linked to \(link.targetID)" + (link.state == .inactive ? ", given up" : "")
  }

  private static func verdict(_ explanation: Explanation) -> [String] {
    switch explanation.verdict {
    case .unchanged: return ["unchanged: the record is as it was last sent"]
    case .change(let item):
      return ["\(item.kind)"]
        + item.fields.map { field in
          let before = field.before.map(PlanView.shown) ?? "?"
          return item.kind == .update
            ? "  \(field.path)  \(before) → \(PlanView.shown(field.after))"
            : "  \(field.path)  \(PlanView.shown(field.after))"
        }
    case .rejected(let reasons):
      return ["rejected, nothing is sent"]
        + reasons.map { "  " + ($0.field.map { "\($0): " } ?? "") + $0.message }
    case .deferred(let missing):
      return [
        "deferred, until these are linked: " + missing.map(\.description).joined(separator: ", ")
      ]
    case .held(let failure):
      return ["refused before, and waiting; `crosswalk failures` tells for what"]
        + failure.reasons.map { "  " + ($0.field.map { "\($0): " } ?? "") + $0.message }
    case .open(let intent):
      return ["left alone: the end of an earlier \(intent.operation) is \(intent.state)"]
    case .nothing: return ["nothing"]
    case .absent(let times):
      return [
        explanation.link?.state == .inactive
          ? "nothing: it has been given up"
          : "absent, in \(times.counted("complete read")) so far"
      ]
    }
  }

  static func json(_ explanation: Explanation) -> JSON {
    [
      "mapping": .string(explanation.mapping), "key": .string(explanation.key.description),
      "rows": .integer(Int64(explanation.rows)), "row": .object(explanation.row),
      "fields": .array(
        explanation.fields.map { field in
          [
            "field": .string(field.path),
            "expression": field.expression.map { .string($0) } ?? .null, "value": field.value,
            "problem": field.problem.map { .string($0) } ?? .null,
          ]
        }),
      "links": .array(
        explanation.links.map { link in
          [
            "mapping": .string(link.mapping), "key": .string(link.key.description),
            "target_id": id(link.answer),
          ]
        }),
      "target_id": explanation.link.map { .string($0.targetID) } ?? .null,
      "verdict": .string(name(explanation.verdict)),
      "words": .array(verdict(explanation).map { .string($0) }),
      "request": explanation.request.map { request in
        [
          "method": .string(request.method), "path": .string(request.path),
          "body": request.body.map(body) ?? .null,
        ]
      } ?? .null,
    ]
  }

  /// A body as JSON; its text, where it is none.
  private static func body(_ bytes: [UInt8]) -> JSON {
    do throws(JSONError) {
      return try JSON(parsing: bytes, limits: .ownText)
    } catch {
      return .string(String(decoding: bytes, as: UTF8.self))
    }
  }

  private static func id(_ answer: LinkAnswer) -> JSON {
    if case .id(let id) = answer { .string(id) } else { .null }
  }

  private static func name(_ verdict: Explanation.Verdict) -> String {
    switch verdict {
    case .unchanged: "unchanged"
    case .change(let item): "\(item.kind)"
    case .rejected: "rejected"
    case .deferred: "deferred"
    case .held: "held"
    case .open: "open"
    case .nothing: "nothing"
    case .absent: "absent"
    }
  }
}
