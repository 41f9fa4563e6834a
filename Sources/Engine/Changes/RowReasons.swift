import JSON
import Mappings
import Programs

extension RecordBuilder {
  /// What the record that was built last has in the match field, as far as that could be made.
  func matchValue() throws(UnreadableRecord) -> ExactText? {
    try program.match?.value(in: bytes, of: program.name)
  }
}

extension MatchProgram {
  /// The value in a record, in the form in which two of them are compared.
  func value(
    in record: [UInt8], of mapping: String, _ key: Key? = nil
  ) throws(UnreadableRecord) -> ExactText? {
    normalised(try FlatRecord(record, of: mapping, key)[path])
  }
}

extension Failure.Reason {
  /// Several rows have the same key.
  static func duplicateKey(_ rows: DuplicateRows, in extract: ExtractDefinition) -> Failure.Reason {
    guard !rows.places.isEmpty else {
      return Failure.Reason(
        field: nil,
        message: "\(extract.has) several rows with this key: \(extract.separatesRows)")
    }
    let count = rows.count == 2 ? "several" : String(rows.count)
    return Failure.Reason(field: nil, message: "\(count) rows have this key: \(rows.list)")
  }

  static func twin(_ match: MatchProgram) -> Failure.Reason {
    Failure.Reason(
      field: match.path,
      message: "another row has the same \(match.path): they would be one object")
  }
}

extension MappingProgram {
  /// `target/resource`, as the ledger knows it.
  public var resourceName: String { targetName + "/" + resource.name.value }
}
