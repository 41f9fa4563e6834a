import JSON
import Mappings
import Programs

/// One field that differs.
public struct FieldChange: Sendable, Hashable {
  public var path: String
  /// As last sent, or as the target has it; `nil` when unknown. Masked where sensitive.
  public var before: JSON?
  /// As the mapping wants it. Masked where sensitive.
  public var after: JSON
}

/// The difference between a record and what the ledger, or the target, holds.
struct Difference {
  /// Fields to write, with their values as they are sent.
  var changed: FlatRecord
  /// The same for people and for history.
  var changes: [FieldChange]

  /// Compares with what was last sent, whose sensitive values are masked. A field that is written only where nothing
  /// stands does not differ from something.
  static func sinceSent(
    _ record: FlatRecord, sent: FlatRecord, masking: Masking, sensitive: Set<String>,
    conflict: ConflictDefinition = ConflictDefinition(), meanings: [String: Meaning] = [:]
  ) -> Difference {
    var difference = Difference(changed: FlatRecord(), changes: [])
    for member in record.members {
      let meaning = meanings[member.name] ?? .unknown
      let isSensitive = sensitive.contains(member.name)
      let shown = isSensitive ? masking.mask(member.value, meaning) : member.value
      let before = sent[member.name]
      if before == shown || (before == nil && shown.isNull) { continue }
      // Another spelling of the same; of a sensitive value an older release kept the hash of the spelling.
      if let before,
        isSensitive ? before == masking.mask(member.value) : meaning.same(before, member.value)
      {
        continue
      }
      if let before, !before.isNothing, conflict.winner(of: member.name) == .ifEmpty { continue }
      difference.changed[member.name] = member.value
      difference.changes.append(FieldChange(path: member.name, before: before, after: shown))
    }
    return difference
  }

  /// The same of records as they are written down.
  static func sinceSent(
    _ record: [UInt8], sent: [UInt8], masking: Masking, sensitive: Set<String>,
    conflict: ConflictDefinition, meanings: [String: Meaning] = [:], of mapping: String, _ key: Key
  ) throws(UnreadableRecord) -> Difference {
    // What is written of a sensitive value is not the value.
    guard sensitive.isEmpty else {
      return sinceSent(
        try FlatRecord(record, of: mapping, key),
        sent: try FlatRecord(remembered: sent, of: mapping, key),
        masking: masking, sensitive: sensitive, conflict: conflict, meanings: meanings)
    }
    let pair = try RecordPair(record, sent, of: mapping, key)
    return sinceSent(
      pair.left, sent: pair.right, masking: masking, sensitive: sensitive, conflict: conflict,
      meanings: meanings)
  }

  /// A baseline in which fields that the target wins count as they are wanted, so that they are left alone.
  static func yielding(
    _ baseline: FlatRecord, to record: FlatRecord, conflict: ConflictDefinition
  ) -> FlatRecord {
    var baseline = baseline
    for field in conflict.target where baseline[field.value] != nil {
      baseline[field.value] = record[field.value]
    }
    return baseline
  }
}
