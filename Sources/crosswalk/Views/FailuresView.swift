import Diagnostics
import Engine
import JSON
import Operations

enum FailuresView {
  static func text(_ records: [WaitingRecord], dismissed: Int) -> String {
    var lines: [String] = []
    for record in records {
      if lines.isEmpty || records.first(where: { $0.mapping == record.mapping })?.key == record.key
      {
        let count = records.count { $0.mapping == record.mapping }
        if !lines.isEmpty { lines.append("") }
        lines.append("\(record.mapping): \(count.counted("record"))")
      }
      lines.append("  " + VisibleText.escaped("\(record.key)  \(headline(record))"))
      for reason in record.reasons {
        lines.append("      \(reason.field.map { "\($0): " } ?? "")\(reason.message)")
      }
      lines.append("      = help: \(record.advice)")
    }
    if records.isEmpty { lines.append("nothing waits") }
    if dismissed > 0 {
      lines.append("")
      lines.append("\(dismissed.counted("record")) dismissed; `--all` shows them too")
    }
    return lines.joined(separator: "\n")
  }

  private static func headline(_ record: WaitingRecord) -> String {
    switch record.state {
    case .failed(let failure):
      let answer = failure.status.map { " (answered \($0))" } ?? ""
      let times = failure.attempts == 1 ? "once" : "\(failure.attempts.grouped) times"
      return
        "\(record.status)\(answer) \(times) since \(failure.firstAt.moment), last in run \(failure.run)"
    case .open(let intent):
      let sent = intent.sentAt.map { ", sent \($0.moment)" } ?? ""
      return "\(intent.operation) \(record.status)\(sent) in run \(intent.run)"
    }
  }

  static func json(_ records: [WaitingRecord]) -> JSON {
    ["failures": .array(records.map(json))]
  }

  private static func json(_ record: WaitingRecord) -> JSON {
    var members: [JSON.Member] = [
      JSON.Member(name: "mapping", value: .string(record.mapping)),
      JSON.Member(name: "key", value: .string(record.key.description)),
      JSON.Member(name: "state", value: .string(record.status)),
      JSON.Member(name: "dismissed", value: .bool(record.isDismissed)),
      JSON.Member(
        name: "reasons",
        value: .array(
          record.reasons.map { reason in
            [
              "field": reason.field.map { .string($0) } ?? .null,
              "message": .string(reason.message),
            ]
          })),
      JSON.Member(name: "advice", value: .string(record.advice)),
    ]
    func add(_ name: String, _ value: JSON) {
      members.append(JSON.Member(name: name, value: value))
    }
    switch record.state {
    case .failed(let failure):
      add("answered", failure.status.map { .integer(Int64($0)) } ?? .null)
      add("attempts", .integer(Int64(failure.attempts)))
      add("first_at", .string(failure.firstAt.moment))
      add("last_at", .string(failure.lastAt.moment))
      add("run", .integer(failure.run))
      add("standing", .string(failure.standing.rawValue))
    case .open(let intent):
      add("operation", .string(intent.operation.rawValue))
      add("attempts", .integer(Int64(intent.attempt)))
      add("sent_at", intent.sentAt.map { .string($0.moment) } ?? .null)
      add("run", .integer(intent.run))
      add("intent", .integer(intent.id))
    }
    return .object(members)
  }
}
