import Diagnostics

extension Kind where Value == Int {
  /// A number of bytes, written with its unit.
  static func size(_ range: ClosedRange<Int>) -> Kind {
    Kind(shape: .size(range)) { node, reading in
      guard let scalar = node.scalar, !node.isNull else {
        reading.reportWrongType(node, .size(range))
        return nil
      }
      let digits = scalar.text.utf8.prefix(while: Names.isDigit)
      let unit = String(scalar.text.dropFirst(digits.count))
      guard let scale = sizeUnits[unit], let count = Int(String(digits) ?? "") else {
        reading.report(
          Codes.badValue, "`\(scalar.text)` is not a size", at: node.range,
          help: ["write `500KiB`, `10MiB` or `1GiB`"])
        return nil
      }
      let (bytes, overflow) = count.multipliedReportingOverflow(by: scale)
      guard !overflow, range.contains(bytes) else {
        reading.report(
          Codes.outOfRange,
          "\(reading.quotedSubject) must be from \(writtenSize(range.lowerBound)) to "
            + writtenSize(range.upperBound),
          at: node.range)
        return nil
      }
      return bytes
    }
  }
}

private let sizeUnits = ["B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30]

private func writtenSize(_ bytes: Int) -> String {
  for (unit, scale) in [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)]
  where bytes >= scale && bytes % scale == 0 {
    return "\(bytes / scale)\(unit)"
  }
  return "\(bytes)B"
}
