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
    conflict: ConflictDefinition = ConflictDefinition()
  ) -> Difference {
    var difference = Difference(changed: FlatRecord(), changes: [])
    for member in record.members {
      let isSensitive = sensitive.contains(member.name)
      let shown = isSensitive ? masking.mask(member.value) : member.value
      let before = sent[member.name]
      if before == shown || (before == nil && shown.isNull) { continue }
      if let before, !before.isNothing, conflict.winner(of: member.name) == .ifEmpty { continue }
      difference.changed[member.name] = member.value
      difference.changes.append(FieldChange(path: member.name, before: before, after: shown))
    }
    return difference
  }

  /// The same of records as they are written down.
  static func sinceSent(
    _ record: [UInt8], sent: [UInt8], masking: Masking, sensitive: Set<String>,
    conflict: ConflictDefinition
  ) -> Difference {
    // What is written of a sensitive value is not the value.
    guard sensitive.isEmpty else {
      return sinceSent(
        FlatRecord(record), sent: FlatRecord(sent), masking: masking, sensitive: sensitive,
        conflict: conflict)
    }
    let pair = RecordPair(record, sent)
    return sinceSent(
      pair.left, sent: pair.right, masking: masking, sensitive: sensitive, conflict: conflict)
  }

  /// What the target holds of a record's fields, in the record's own form where the two mean the same, so that a value
  /// read back in another form (`true` for 1, `"4"` for 4) is no difference.
  static func baseline(of object: JSON, for record: FlatRecord, program: MappingProgram)
    -> FlatRecord
  {
    var baseline = FlatRecord()
    for field in program.fields {
      guard let wanted = record[field.path] else { continue }
      let path: String
      switch field.schema?.readPath ?? .same {
      case .same: path = field.path
      case .path(let other): path = other
      case .never:
        baseline[field.path] = wanted
        continue
      }
      let held = object.value(at: path) ?? .null
      baseline[field.path] = Loose.equal(held, wanted) ? wanted : held
    }
    return baseline
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

extension JSON {
  /// Null, or text, a list or an object without anything in it.
  var isNothing: Bool {
    switch self {
    case .null: true
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    case .bool, .number: false
    }
  }
}

/// Equality across the forms in which targets give a value back.
enum Loose {
  static func equal(_ left: JSON, _ right: JSON) -> Bool {
    if left == right { return true }
    switch (left, right) {
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy(equal)
    case (.object, _), (_, .object), (.array, _), (_, .array): return false
    default: return scalar(left).utf8.elementsEqual(scalar(right).utf8)
    }
  }

  private static func scalar(_ value: JSON) -> String {
    switch value {
    case .null: return ""
    case .bool(let value): return value ? "1" : "0"
    case .number(let digits): return value.intValue.map { String($0) } ?? digits
    case .string(let text): return text
    case .array, .object: return value.description
    }
  }
}
