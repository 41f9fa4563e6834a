import Expressions
import JSON
import Mappings
import Rows

extension Column {
  /// The type that expressions see. Dates, times and decimals are text in their canonical form.
  func celType(nullable: Bool) -> CELType {
    let base: CELType =
      switch type {
      case .bool: .bool
      case .int: .int
      case .double: .double
      case .decimal, .text, .date, .timestamp, .time, .uuid: .string
      case .timestamptz: .timestamp
      case .json: .dyn
      case .bytes: .bytes
      case .array(let element):
        .list(Column(name: "", type: element, declared: "").celType(nullable: true))
      }
    return nullable ? base.orNull : base
  }

  /// Whether the column's value goes to the target without passing through an expression.
  var isPlain: Bool {
    switch type {
    case .bool, .int, .decimal, .text, .date, .timestamp, .time, .uuid: true
    case .double, .timestamptz, .json, .bytes, .array: false
    }
  }
}

extension Column {
  /// What the declared type says of the values beyond their kind.
  var extent: ValueExtent {
    switch type {
    case .bool: return ValueExtent(values: [.bool(true), .bool(false)])
    case .int:
      return ValueExtent(
        lowest: range.map { Double($0.lowerBound) }, highest: range.map { Double($0.upperBound) })
    case .decimal:
      guard let digits, (0...300).contains(digits.precision), digits.scale >= 0,
        digits.scale <= digits.precision
      else { return .unknown }
      let step = (0..<digits.scale).reduce(1.0) { value, _ in value / 10 }
      let limit = (0..<(digits.precision - digits.scale)).reduce(1.0) { value, _ in value * 10 }
      return ValueExtent(
        maxLength: digits.precision + 2, lowest: step - limit, highest: limit - step)
    case .text:
      return ValueExtent(values: values.map { Set($0.map { .string($0) }) }, maxLength: maxLength)
    case .uuid: return ValueExtent(maxLength: 36, format: "uuid")
    case .date: return ValueExtent(format: "date")
    case .timestamp: return ValueExtent(format: "local-date-time")
    case .time: return ValueExtent(format: "local-time")
    case .double, .timestamptz, .json, .bytes, .array: return .unknown
    }
  }
}

extension BoundParameter {
  var celType: CELType {
    switch kind {
    case .bool: .bool
    case .int: .int
    case .double: .double
    case .decimal, .text, .date, .timestamp, .timestamptz, .uuid: .string
    case .intList: .list(.int)
    case .textList: .list(.string)
    }
  }
}

extension CELType {
  /// The kinds of JSON that values of the type become; `nil` when that shows at run time only.
  var jsonKinds: Set<SchemaNode.Kind>? {
    switch self {
    case .bool: [.boolean]
    case .int, .uint: [.integer, .number]
    case .double: [.number]
    case .string, .bytes, .timestamp, .duration: [.string]
    case .list: [.array]
    case .map: [.object]
    case .nullable(let base), .optional(let base): base.jsonKinds
    case .null, .dyn, .type, .param, .opaque, .error: nil
    }
  }
}

extension SchemaNode {
  /// Text from a setting, as the type that the field wants.
  func value(of text: String) -> JSON {
    if kinds.isEmpty || kinds.contains(.string) { return .string(text) }
    if kinds.contains(.boolean), text == "true" || text == "false" { return .bool(text == "true") }
    if let number = JSON(number: text) { return number }
    return .string(text)
  }
}
