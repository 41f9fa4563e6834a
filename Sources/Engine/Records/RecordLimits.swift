import JSON

/// How large a record may be, so that it is sent as it is or refused with its reason, and never cut.
enum RecordLimits {
  /// Arrays and objects inside one another in a body, the body's own object included.
  static let depth = 64
  /// Bytes of a record as JSON.
  static let bytes = 8 << 20

  /// Why a value cannot be part of a body at this path.
  static func problem(_ value: JSON, path: String) -> String? {
    switch value {
    case .array, .object: break
    case .null, .bool, .number, .string: return nil
    }
    let steps = path.utf8.count { $0 == UInt8(ascii: ".") } + 1
    guard value.isDeeper(than: depth - steps) else { return nil }
    return "holds too many arrays and objects inside one another: a body may have \(depth) levels"
  }

  /// Why a record is not sent, blamed on its largest field; `nil` for one that is small enough.
  static func problem(_ record: UnsafeRawBufferPointer, beside others: Int = 0) -> Failure.Reason? {
    guard record.count + others > bytes else { return nil }
    var scan = MemberScan(record)
    var largest: (path: String, size: Int)?
    while let member = scan?.next() {
      let size = member.value.count
      guard size > largest?.size ?? 0 else { continue }
      largest = (String(decoding: member.name.dropFirst().dropLast(), as: UTF8.self), size)
    }
    return Failure.Reason(
      field: largest?.path,
      message: "the record has \(record.count + others) bytes as JSON, and \(bytes) are allowed"
        + (largest.map { "; this field has \($0.size)" } ?? ""))
  }
}

extension JSON {
  /// Whether more than so many arrays and objects are inside one another.
  fileprivate func isDeeper(than levels: Int) -> Bool {
    switch self {
    case .null, .bool, .number, .string: false
    case .array(let elements):
      levels <= 0 || elements.contains { $0.isDeeper(than: levels - 1) }
    case .object(let members):
      levels <= 0 || members.contains { $0.value.isDeeper(than: levels - 1) }
    }
  }
}
