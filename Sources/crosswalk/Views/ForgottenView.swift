import Diagnostics
import Engine
import JSON
import Operations

/// What the ledger forgets of a key, and what comes of it.
enum ForgottenView {
  static func text(forgetting record: ForgottenRecord) -> String {
    let contents = record.contents
    let parts = [
      contents.sentFields.counted("field") + " last sent", contents.changes.counted("change"),
      contents.intents.counted("write"), (contents.hasFailure ? 1 : 0).counted("failure"),
      contents.alterations.counted("value") + " that the target changed",
    ]
    let verb = record.isDone ? "forgotten" : "would be forgotten"
    return text(record, "\(verb): the values of \(parts.joined(separator: ", "))")
  }

  static func text(unlinking record: ForgottenRecord) -> String {
    let id = record.contents.link?.targetID ?? "?"
    return text(
      record, record.isDone ? "no longer linked to \(id)" : "would no longer be linked to \(id)")
  }

  private static func text(_ record: ForgottenRecord, _ first: String) -> String {
    let lines = ["\(record.mapping) \(record.key)", "  " + first]
    let help =
      record.isDone
      ? [] : ["  = help: nothing was written down; `--yes` does it, and cannot be undone"]
    return (lines + record.consequences.map { "  " + $0 } + help).joined(separator: "\n")
  }

  static func json(_ record: ForgottenRecord) -> JSON {
    let contents = record.contents
    return [
      "mapping": .string(record.mapping), "key": .string(record.key.description),
      "done": .bool(record.isDone),
      "target_id": contents.link.map { .string($0.targetID) } ?? .null,
      "resource": contents.resource.map { .string($0) } ?? .null,
      "sent_fields": .integer(Int64(contents.sentFields)),
      "changes": .integer(Int64(contents.changes)), "writes": .integer(Int64(contents.intents)),
      "failures": .integer(contents.hasFailure ? 1 : 0),
      "altered_values": .integer(Int64(contents.alterations)),
      "consequences": .array(record.consequences.map { .string($0) }),
    ]
  }
}
