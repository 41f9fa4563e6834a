// Values as text: what `string(x)` and `%s` give.

extension Value {
  /// The value in words, as `string(x)` gives it for scalars.
  public var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .int(let value): String(value)
    case .uint(let value): String(value)
    case .double(let value): Value.text(of: value)
    case .number(let number): number.text
    case .string(let value): value
    case .bytes(let value): String(bytes: value)
    case .timestamp(let value): value.description
    case .duration(let value): value.description
    case .type(let value): value.name
    case .list(let values): "[\(values.map(\.text).joined(separator: ", "))]"
    case .map(let map): map.text
    case .optional(let optional): optional.value.map { "optional(\($0.text))" } ?? "optional.none()"
    case .address(let address): address.description
    }
  }

  /// The shortest digits that read back the same; an exponent only beyond 21 places.
  static func text(of value: Double) -> String {
    guard value.isFinite else {
      return value.isNaN ? "NaN" : value < 0 ? "-Infinity" : "Infinity"
    }
    let sign = value.sign == .minus ? "-" : ""
    if value == 0 { return sign + "0" }
    // Swift's description has the shortest digits; only their layout differs.
    var mantissa = value.magnitude.description[...]
    var exponent = 0
    if let mark = mantissa.firstIndex(of: "e") {
      exponent = Int(mantissa[mantissa.index(after: mark)...]) ?? 0
      mantissa = mantissa[..<mark]
    }
    let parts = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    var digits = parts.joined()
    var point = parts[0].utf8.count + exponent
    let leading = digits.utf8.prefix { $0 == UInt8(ascii: "0") }.count
    digits.removeFirst(leading)
    point -= leading
    while digits.utf8.last == UInt8(ascii: "0") { digits.removeLast() }
    let count = digits.utf8.count
    if point > 21 || point < -3 {
      let first = digits.prefix(1)
      let rest = digits.dropFirst()
      let power = point - 1
      let shown = (power.magnitude < 10 ? "0" : "") + String(power.magnitude)
      return "\(sign)\(first)\(rest.isEmpty ? "" : "." + rest)e\(power < 0 ? "-" : "+")\(shown)"
    }
    if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
    if point >= count { return sign + digits + String(repeating: "0", count: point - count) }
    let index = digits.index(digits.startIndex, offsetBy: point)
    return sign + digits[..<index] + "." + digits[index...]
  }
}

extension MapValue {
  /// Entries in the order of their keys' text.
  fileprivate var text: String {
    let entries = zip(keys, values).map { (key: $0.text, value: $1.text) }
      .sorted { orderOfText($0.key, $1.key) < 0 }
    return "{\(entries.map { "\($0.key): \($0.value)" }.joined(separator: ", "))}"
  }
}
