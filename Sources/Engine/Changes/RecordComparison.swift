import JSON
import Mappings
import Programs

/// How the records of one mapping are compared, with what was last sent and with what the target holds: by what the values
/// mean. Sensitive values are known by their hashes alone.
struct RecordComparison: Sendable {
  let program: MappingProgram
  let masking: Masking
  private let sensitive: Set<String>
  private let paths: [String]
  /// By the field's path, where an object that was read holds it. Fields that the target never gives back have no entry.
  private let places: [String: JSONPath]

  init(_ program: MappingProgram, _ masking: Masking) {
    self.program = program
    self.masking = masking
    sensitive = Set(program.definition.sensitive.map(\.value))
    paths = program.fields.map(\.path)
    places = program.fields.reduce(into: [:]) { places, field in
      places[field.path] = field.readPath.flatMap { JSONPath($0) }
    }
  }

  /// The record as it is remembered: sensitive values as hashes of what they mean.
  func masked(_ record: FlatRecord) -> FlatRecord {
    guard !sensitive.isEmpty else { return record }
    return FlatRecord(
      record.members.map { member in
        JSON.Member(name: member.name, value: masked(member.value, at: member.name))
      })
  }

  func masked(_ value: JSON, at path: String) -> JSON {
    sensitive.contains(path) ? masking.mask(value, program.meaning(of: path)) : value
  }

  // MARK: With what was sent

  /// The fields that differ from what was last sent.
  func difference(
    _ record: [UInt8], since sent: [UInt8], of key: Key
  ) throws(UnreadableRecord) -> Difference {
    try Difference.sinceSent(
      record, sent: sent, masking: masking, sensitive: sensitive,
      conflict: program.definition.onConflict, meanings: program.meanings, of: program.name, key)
  }

  func difference(_ record: FlatRecord, since sent: FlatRecord) -> Difference {
    Difference.sinceSent(
      record, sent: sent, masking: masking, sensitive: sensitive,
      conflict: program.definition.onConflict, meanings: program.meanings)
  }

  // MARK: With what the target holds

  /// Whether the target holds what was remembered of a field.
  func holds(_ remembered: JSON, _ held: JSON?, at path: String) -> Bool {
    guard sensitive.contains(path) else {
      // The same bytes mean the same, which nearly all are.
      return held == remembered || program.meaning(of: path).equal(remembered, held: held)
    }
    return program.meaning(of: path).spellings(of: held).contains { masking.mask($0) == remembered }
  }

  /// Whether an object holds what was remembered of a field; `nil` for one that answers never show.
  func holds(_ member: JSON.Member, in object: JSON) -> Bool? {
    guard let place = places[member.name] else { return nil }
    return holds(member.value, object.value(at: place), at: member.name)
  }

  /// What the target holds of a record's fields, as it is remembered: in the record's own form where the two mean the same,
  /// so that a value read back in another form (`true` for 1, `"4"` for 4) is no difference.
  ///
  /// - Parameter isMasked: Whether the record is one that was remembered.
  func baseline(
    of object: JSON, for record: FlatRecord, isMasked: Bool = false
  ) -> FlatRecord {
    let wanted = isMasked ? record : masked(record)
    var baseline = FlatRecord()
    for path in paths {
      guard let value = wanted[path] else { continue }
      guard let place = places[path] else {
        baseline[path] = value
        continue
      }
      let held = object.value(at: place)
      baseline[path] = holds(value, held, at: path) ? value : shown(held, at: path)
    }
    return baseline
  }

  /// What an answer says of the fields that were just sent and that it shows otherwise. Both are masked.
  ///
  /// - Parameter before: What was held before, as far as that is known. An answer that shows it may be older than the write.
  func alterations(
    in object: JSON, of key: Key, sent: FlatRecord, before: FlatRecord
  ) -> [Alteration] {
    let isWhole = program.match.map { object.value(at: $0.readPath) != nil } ?? false
    return sent.members.compactMap { member in
      let path = member.name
      guard let place = places[path] else { return nil }
      let held = object.value(at: place)
      // An answer may show less than the object; that it leaves out no and zero is the usual way to write them.
      guard held != nil || isWhole && member.value.isZero, !holds(member.value, held, at: path),
        before[path].map({ !holds($0, held, at: path) }) ?? true
      else { return nil }
      return alteration(
        of: key, FieldChange(path: path, before: member.value, after: shown(held, at: path)),
        count: Alteration.mostWritten)
    }
  }

  /// - Parameter edit: With the value that was sent, and the one that is held.
  func alteration(of key: Key, _ edit: FieldChange, count: Int = 1) -> Alteration {
    func bytes(_ value: JSON) -> [UInt8] {
      program.meaning(of: edit.path).canonical(value).canonicalBytes
    }
    return Alteration(
      mapping: program.name, key: key, field: edit.path,
      sent: edit.before.map(bytes) ?? bytes(.null), held: bytes(edit.after), count: count)
  }

  /// The mapping's fields as an object has them, as they are remembered. Fields that the target never gives back are left
  /// out, and so count as different from whatever is wanted.
  func held(by object: JSON) -> FlatRecord {
    var held = FlatRecord()
    for path in paths {
      guard let place = places[path] else { continue }
      held[path] = shown(object.value(at: place), at: path)
    }
    return held
  }

  /// A value of the target as it is remembered and shown.
  func shown(_ held: JSON?, at path: String) -> JSON {
    let meaning = program.meaning(of: path)
    return masked(held.map(meaning.projected) ?? meaning.whenAbsent, at: path)
  }
}

extension FieldProgram {
  /// Where an object that was read holds the field; `nil` for one that the target never gives back.
  var readPath: String? {
    switch schema?.readPath ?? .same {
    case .same: path
    case .path(let other): other
    case .never: nil
    }
  }
}
