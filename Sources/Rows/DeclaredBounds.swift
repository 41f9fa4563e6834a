/// What a declared type, in the words of PostgreSQL's `format_type` or in ours, allows beside its kind.
struct DeclaredBounds {
  private(set) var maxLength: Int?
  private(set) var digits: DecimalDigits?
  private(set) var range: ClosedRange<Int64>?

  init(_ declared: String) {
    // Bounds of an array's elements are not the array's own.
    guard !declared.hasSuffix("]") else { return }
    let parts = declared.split(separator: "(", maxSplits: 1)
    let numbers =
      parts.count == 2 && parts[1].hasSuffix(")")
      ? parts[1].dropLast().split(separator: ",").map { Int($0) } : []
    switch (parts.first, numbers.count) {
    // The types of files are written as `text(30)`, `decimal(10,2)` and `int`.
    case ("character varying", 1), ("character", 1), ("text", 1): maxLength = numbers[0]
    case ("numeric", 2), ("decimal", 2):
      if let precision = numbers[0], let scale = numbers[1] {
        digits = DecimalDigits(precision: precision, scale: scale)
      }
    case ("smallint", 0): range = Int64(Int16.min)...Int64(Int16.max)
    case ("integer", 0): range = Int64(Int32.min)...Int64(Int32.max)
    case ("bigint", 0), ("int", 0): range = .min ... .max
    case ("oid", 0): range = 0...Int64(UInt32.max)
    default: break
    }
  }
}
