import JSON
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
  /// Several rows have the same key: this one and another, where rows have places that can be named.
  static func duplicateKey(_ place: String?, _ other: String?) -> Failure.Reason {
    guard let place, let other else {
      return Failure.Reason(
        field: nil,
        message: "the query returns several rows with this key: correct the query's joins")
    }
    return Failure.Reason(
      field: nil, message: "several rows have this key: \(place), and \(other)")
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
