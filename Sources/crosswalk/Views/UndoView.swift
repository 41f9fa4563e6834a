import Engine
import JSON
import Operations

/// What is taken back of a run, and what is left alone.
enum UndoView {
  static func text(_ undone: UndoneRun, run: Int64, isDone: Bool) -> String {
    var lines: [String] = []
    for item in undone.items {
      let mark =
        switch item.action {
        case .restore: "~"
        case .giveUp: "-"
        case .none: "?"
        }
      var head = "\(mark) \(item.mapping) \(item.key)  \(item.operation)"
      switch item.outcome {
      case .failed(let reason)?: head += " failed: \(reason)"
      case .unknown(let reason)?:
        head += " sent, and its outcome is not known: \(reason); the next run looks it up"
      case .done?, nil:
        if item.action == .giveUp { head += isDone ? " given up" : " would be given up" }
      }
      lines.append(head)
      lines += item.fields.map { field in
        "      \(field.path)  \(field.before.map(PlanView.shown) ?? "?") → \(PlanView.shown(field.after))"
      }
      lines += item.left.map { "      left alone: \($0)" }
    }
    for mapping in undone.unknownMappings {
      lines.append("? \(mapping): the project has no such mapping any more; left alone")
    }
    let count = undone.items.count { isDone ? $0.outcome == .done : $0.action != .none }
    let failed = undone.items.count { if case .failed? = $0.outcome { true } else { false } }
    let unknown = undone.items.count { if case .unknown? = $0.outcome { true } else { false } }
    let left = undone.items.count { !$0.left.isEmpty }
    if !lines.isEmpty { lines.append("") }
    lines.append(
      lines.isEmpty
        ? "run \(run) changed nothing"
        : "\(count.counted("object")) of run \(run) \(isDone ? "taken back" : "can be taken back"), "
          + (failed > 0 ? "\(failed.grouped) failed, " : "")
          + (unknown > 0 ? "\(unknown.grouped) of unknown outcome, " : "")
          + "\(left.grouped) with something left alone"
          + (isDone ? "" : "; nothing was sent, `--yes` sends it"))
    return lines.joined(separator: "\n")
  }

  static func json(_ undone: UndoneRun, run: Int64, isDone: Bool) -> JSON {
    [
      "run": .integer(run), "done": .bool(isDone),
      "unknown_mappings": .array(undone.unknownMappings.map { .string($0) }),
      "items": .array(undone.items.map(json)),
    ]
  }

  private static func json(_ item: Undo.Item) -> JSON {
    let outcome: JSON =
      switch item.outcome {
      case nil: .null
      case .done?: "done"
      case .failed(let reason)?: .string("failed: \(reason)")
      case .unknown(let reason)?: .string("unknown: \(reason)")
      }
    return [
      "mapping": .string(item.mapping), "key": .string(item.key.description),
      "change": .string(item.operation), "action": .string(item.action.rawValue),
      "fields": .array(
        item.fields.map { field in
          ["field": .string(field.path), "now": field.before ?? .null, "restored": field.after]
        }), "left_alone": .array(item.left.map { .string($0) }), "outcome": outcome,
    ]
  }
}
