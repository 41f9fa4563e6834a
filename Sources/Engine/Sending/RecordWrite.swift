import JSON
import Programs

/// One write as it is asked for.
struct RecordWrite {
  let change: PlannedChange
  let operation: Operation
  /// What the object is to hold.
  let record: FlatRecord
  /// Whether the record's sensitive values are hashes already.
  var isMasked = false
  /// The target's id, except for a create.
  var id: String?
  /// The path of the object in an answer, and whether an answer without one does not count.
  var object = ""
  var wantsObject = false
  /// The fields that differ, as they were sent before.
  var before = FlatRecord()
  /// The same as they are now; `nil` for the whole record.
  var after: FlatRecord?
  /// Whether the request is made of the object as it is.
  var readsFirst = false

  init(_ change: PlannedChange, _ operation: Operation, record: FlatRecord) {
    self.change = change
    self.operation = operation
    self.record = record
  }
}

/// How far one write has come.
struct WriteCourse {
  let write: RecordWrite
  var intent: Intent
  /// Reads the answers to it.
  let reader: AnswerReader
  /// What the ledger will remember as sent.
  let masked: FlatRecord
  /// Why fields are left out that the target has refused, and its status.
  private(set) var reasons: [Failure.Reason] = []
  private(set) var refusal: Int?
  /// The fields that are left out.
  private(set) var withheld: [String] = []

  init(_ write: RecordWrite, _ intent: Intent, _ reader: AnswerReader, masked: FlatRecord) {
    self.write = write
    self.intent = intent
    self.reader = reader
    self.masked = masked
  }

  var change: PlannedChange { write.change }

  mutating func withhold(_ refused: [Failure.Reason], _ status: Int) {
    withheld = refused.compactMap(\.field)
    reasons = refused
    refusal = status
  }

  mutating func withholdNothing() {
    withheld = []
    reasons = []
  }

  /// What is remembered, and what the history shows: what an update leaves out stays as it was.
  func remembered() -> (sent: FlatRecord, after: FlatRecord) {
    var sent = masked
    var after = write.after
    for field in withheld {
      let former = write.before[field] ?? .null
      sent[field] = former
      if after?[field] != nil { after?[field] = former }
    }
    return (sent, after ?? sent)
  }
}
