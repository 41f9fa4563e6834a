import Engine
import JSON
import Operations

/// What became of one record, in the order of time.
enum HistoryView {
  static func text(_ history: RecordHistory) throws(UnreadableRecord) -> String {
    var lines = ["\(history.mapping) \(history.key): \(present(history))"]
    var events: [(at: Instant, lines: [String])] = []
    for change in history.changes { events.append((change.at, try self.lines(change))) }
    for intent in history.intents {
      events.append((intent.sentAt ?? 0, ["call: \(call(intent))"]))
    }
    for decision in history.decisions { events.append((decision.at, [words(decision)])) }
    for event in events.sorted(by: { $0.at < $1.at }) {
      for (index, line) in event.lines.enumerated() {
        lines.append(
          index == 0 ? "  \(event.at.moment)  \(line)" : String(repeating: " ", count: 26) + line)
      }
    }
    return lines.joined(separator: "\n")
  }

  private static func present(_ history: RecordHistory) -> String {
    let link =
      switch history.link?.state {
      case .active?: "linked to \(history.link?.targetID ?? "")"
      case .inactive?: "linked to \(history.link?.targetID ?? ""), given up"
      case nil: "not linked"
      }
    guard let failure = history.failure else { return link }
    let reasons = failure.reasons.map { ($0.field.map { "\($0): " } ?? "") + $0.message }
    return "\(link); refused since \(failure.firstAt.moment): \(reasons.joined(separator: "; "))"
  }

  private static func lines(_ change: ChangeEntry) throws(UnreadableRecord) -> [String] {
    let run = change.run == 0 ? "" : " in run \(change.run)"
    return ["\(change.operation)\(run)"]
      + (try fields(change)).map { field in
        let before = field.before.map(PlanView.shown) ?? "?"
        return change.operation == "create" || change.operation == "adopt"
          ? "\(field.path)  \(PlanView.shown(field.after))"
          : "\(field.path)  \(before) → \(PlanView.shown(field.after))"
      }
  }

  private static func fields(
    _ change: ChangeEntry
  ) throws(UnreadableRecord) -> [(path: String, before: JSON?, after: JSON)] {
    let before = try change.formerRecord()
    return try change.record().members.compactMap { member in
      if before[member.name] == nil, member.value.isNull { return nil }
      return (member.name, before[member.name], member.value)
    }
  }

  private static func call(_ intent: Intent) -> String {
    let tries = intent.attempt > 1 ? " after \(intent.attempt) attempts" : ""
    let evidence = intent.evidence.map { ": \($0)" } ?? ""
    return "\(intent.operation) \(intent.state)\(tries)\(evidence)"
  }

  private static func words(_ decision: Decision) -> String {
    let object = decision.targetID.map { " \($0)" } ?? ""
    let note = decision.note.map { ": \($0)" } ?? ""
    return "\(decision.who) decided: \(decision.verb)\(object)\(note)"
  }

  static func json(_ history: RecordHistory) throws -> JSON {
    [
      "mapping": .string(history.mapping), "key": .string(history.key.description),
      "target_id": history.link.map { .string($0.targetID) } ?? .null,
      "active": .bool(history.link?.state == .active),
      "changes": .array(
        try history.changes.map { change in
          [
            "at": .string(change.at.moment), "run": .integer(change.run),
            "change": .string(change.operation),
            "fields": .array(
              try fields(change).map { field in
                [
                  "field": .string(field.path), "before": field.before ?? .null,
                  "after": field.after,
                ]
              }),
          ]
        }),
      "calls": .array(
        history.intents.map { intent in
          [
            "at": intent.sentAt.map { .string($0.moment) } ?? .null, "run": .integer(intent.run),
            "operation": .string(intent.operation.rawValue),
            "outcome": .string(intent.state.rawValue),
            "attempts": .integer(Int64(intent.attempt)),
            "evidence": intent.evidence.map { .string($0) } ?? .null,
          ]
        }),
      "decisions": .array(history.decisions.map(json)),
      "reasons": .array(
        (history.failure?.reasons ?? []).map { reason in
          [
            "field": reason.field.map { .string($0) } ?? .null, "message": .string(reason.message),
          ]
        }),
    ]
  }

  static func json(_ decision: Decision) -> JSON {
    [
      "mapping": .string(decision.mapping), "key": .string(decision.key.description),
      "decision": .string(decision.verb.rawValue),
      "target_id": decision.targetID.map { .string($0) } ?? .null, "who": .string(decision.who),
      "note": decision.note.map { .string($0) } ?? .null, "at": .string(decision.at.moment),
    ]
  }
}
