import Diagnostics
import Engine
import JSON
import Mappings

/// A record that waits: it was refused, or the end of its last write is not known.
struct WaitingRecord {
  enum State {
    case failed(Failure)
    case open(Intent)
  }
  let mapping: String
  let key: Key
  let state: State
  let isDismissed: Bool
  /// What a person can do, or why nothing is to be done.
  let advice: String
  /// Why, a line each.
  let reasons: [Failure.Reason]

  /// Everything that waits, the open writes first.
  static func all(in open: OpenLedger, of mapping: String?) async throws -> [WaitingRecord] {
    let names: [String]
    if let mapping {
      names = [try await open.known(mapping)]
    } else {
      names = try await open.ledger.mappingNames()
    }
    var waiting: [WaitingRecord] = []
    for name in names {
      let dismissed = try await open.ledger.dismissedIntents(of: name)
      let intents = try await open.ledger.openIntents(of: name)
      waiting += intents.map { WaitingRecord($0, isDismissed: dismissed.contains($0.key)) }
      let read = try await open.ledger.readCount(of: name)
      let definition = open.definition(name)
      let busy = Set(intents.map(\.key))
      for failure in try await open.ledger.failures(of: name) where !busy.contains(failure.key) {
        waiting.append(WaitingRecord(failure, definition, reads: read))
      }
    }
    return waiting
  }

  /// What waits under a key, as a person writes it.
  static func one(
    _ mapping: String, _ written: String, in open: OpenLedger
  ) async throws -> WaitingRecord {
    try one(of: try await all(in: open, of: mapping), mapping, written)
  }

  /// The one of those that wait.
  static func one(
    of waiting: [WaitingRecord], _ mapping: String, _ written: String
  ) throws -> WaitingRecord {
    var search = KeySearch(written)
    for record in waiting { search.look(at: record.key) }
    let key = try CommandFailure.key(search, of: mapping)
    guard let found = waiting.first(where: { $0.key == key }) else {
      throw CommandFailure.nothingWaits(mapping, written)
    }
    return found
  }

  private init(_ intent: Intent, isDismissed: Bool) {
    mapping = intent.mapping
    key = intent.key
    state = .open(intent)
    self.isDismissed = isDismissed
    reasons = intent.evidence.map { [Failure.Reason(field: nil, message: $0)] } ?? []
    advice =
      intent.state == .quarantined
      ? "look at the target; then `crosswalk failures adopt \(mapping) \(key.argument) ID` or "
        + "`crosswalk failures absent \(mapping) \(key.argument)`"
      : "nothing to do: the next run looks at the target before it sends anything for this key"
  }

  private init(_ failure: Failure, _ definition: MappingDefinition?, reads: Int) {
    mapping = failure.mapping
    key = failure.key
    state = .failed(failure)
    isDismissed = failure.standing == .dismissed
    reasons = failure.reasons
    let fields = failure.reasons.compactMap(\.field)
    let columns = definition?.columnsRead(by: fields) ?? []
    let source = definition?.source.value ?? "the source"
    let place =
      columns.isEmpty
      ? "correct the record in \(source)"
      : "correct \(columns.map { "`\($0)`" }.joined(separator: ", ")) in \(source)"
    switch failure.standing {
    case .dismissed: advice = "dismissed until its data change"
    case .released: advice = "tried again in the next run"
    case .waiting where failure.missingObject != nil:
      advice =
        "the object is gone at the target: `crosswalk failures absent \(mapping) \(key.argument)` to have it "
        + "made anew, or `crosswalk failures adopt \(mapping) \(key.argument) ID`"
    case .waiting where failure.reasons.contains { $0.message.hasSuffix("--move`") }:
      advice =
        "if it is the same under a new key, the command above gives the object to it; otherwise "
        + place
    case .waiting where failure.conflict != nil:
      let ids = VisibleText.escaped((failure.conflict?.objects ?? []).joined(separator: ", "))
      advice =
        "look at \(ids) at the target; the record is tried again when that is out of the way, "
        + "or in the next run after `crosswalk failures retry \(mapping) \(key.argument)`"
    case .waiting where failure.status == nil:
      advice = "\(place); every run looks again"
    case .waiting:
      let left = failure.runsToWait.map { max(0, $0 - max(0, reads - failure.read)) }
      let turn =
        switch left {
        case 0?: "in the next run"
        case let left?: "after \(left.counted("run")), within a day"
        case nil: "a day after the last time"
        }
      advice = "\(place): it is sent at once then; unchanged, it is tried again \(turn)"
    }
  }

  var status: String {
    switch state {
    case .failed(let failure): failure.status == nil ? "invalid" : "rejected"
    case .open(let intent): intent.state == .quarantined ? "quarantined" : "unknown"
    }
  }
}

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
