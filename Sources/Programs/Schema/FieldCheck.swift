import Expressions
import JSON

/// A field's schema, prepared for values in place: it says at once of nearly every value that it fits.
///
/// "No" means that ``SchemaNode/problems(with:show:)`` must look: there may be a problem to describe, or a rule that is
/// not prepared here. "Yes" is never said where that would find a problem.
///
/// A reference, since every field of every row asks and none is to copy the rules.
public final class FieldCheck: Sendable {
  private let takesText: Bool
  private let takesIntegers: Bool
  private let takesBools: Bool
  private let minLength: Int
  private let maxLength: Int
  private let format: FieldRules.Format?
  private let pattern: Pattern?
  /// Whether a text of the right length may still not fit.
  private let looksAtText: Bool
  private let texts: [[UInt8]]
  private let integers: [Int64]
  private let minimum: Int64
  private let maximum: Int64

  /// Without a schema everything fits. `isDate`: every text is known to be a date.
  public init(_ schema: SchemaNode?, isDate: Bool = false) {
    let rules = FieldRules(schema)
    takesText = rules.takesText
    takesIntegers = rules.takesIntegers
    takesBools = rules.takesBools
    minLength = rules.minLength
    maxLength = rules.maxLength
    format = isDate && rules.format == .date ? nil : rules.format
    pattern = rules.pattern
    texts = rules.texts
    integers = rules.integers
    minimum = rules.minimum
    maximum = rules.maximum
    looksAtText = format != nil || pattern != nil || !texts.isEmpty
  }

  // MARK: Values

  public func fits(_ value: Bool) -> Bool { takesBools }

  public func fits(_ value: Int64) -> Bool {
    takesIntegers && value >= minimum && value <= maximum
      && (integers.isEmpty || integers.contains(value))
  }

  /// `text` is UTF-8.
  public func fits(utf8 text: UnsafeBufferPointer<UInt8>) -> Bool {
    takesText && hasLength(text) && (!looksAtText || holds(text))
  }

  /// Whether the text is what the format, the pattern and the list of values ask for.
  private func holds(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    if pattern?.isFound(inUTF8: text) == false { return false }
    switch format {
    case nil: break
    case .date: if !Self.isDate(text) { return false }
    case .email: if !EmailSyntax.fits(text) { return false }
    }
    return texts.isEmpty || texts.contains { $0.count == text.count && $0.elementsEqual(text) }
  }

  private func hasLength(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    // A character has one to four bytes.
    if text.count <= maxLength, minLength <= 1 || text.count >= 4 * minLength {
      return minLength == 0 || !text.isEmpty
    }
    var length = 0
    for byte in text where byte & 0xC0 != 0x80 { length += 1 }
    return length >= minLength && length <= maxLength
  }

  private static func isDate(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    func digits(_ first: Int, _ count: Int) -> Int? {
      var value = 0
      for byte in bytes[first..<first + count] {
        guard byte &- 0x30 < 10 else { return nil }
        value = value * 10 + Int(byte - 0x30)
      }
      return value
    }
    guard bytes.count == 10, bytes[4] == UInt8(ascii: "-"), bytes[7] == UInt8(ascii: "-"),
      digits(0, 4) != nil, let month = digits(5, 2), let day = digits(8, 2)
    else { return false }
    // Leap days are left to the other check.
    guard (1...12).contains(month), day >= 1 else { return false }
    return day <= (month == 2 ? 28 : [4, 6, 9, 11].contains(month) ? 30 : 31)
  }
}

/// What ``FieldCheck`` knows of a schema.
private struct FieldRules {
  enum Format { case date, email }

  var takesText = false
  var takesIntegers = false
  var takesBools = false
  var minLength = 0
  var maxLength = Int.max
  var format: Format?
  var pattern: Pattern?
  var texts: [[UInt8]] = []
  var integers: [Int64] = []
  var minimum = Int64.min
  var maximum = Int64.max

  /// Without a schema everything fits.
  init(_ schema: SchemaNode?) {
    guard let schema else {
      (takesText, takesIntegers, takesBools) = (true, true, true)
      return
    }
    // Rules that combine schemas are for the other check.
    guard !schema.hasAlternatives else { return }
    func takes(_ kinds: SchemaNode.Kind...) -> Bool {
      schema.kinds.isEmpty || !schema.kinds.isDisjoint(with: kinds)
    }
    takesBools = takes(.boolean) && schema.values.isEmpty
    prepare(text: schema, takes(.string))
    prepare(integers: schema, takes(.integer, .number))
  }

  private mutating func prepare(text schema: SchemaNode, _ isTaken: Bool) {
    takesText = isTaken
    minLength = schema.minLength ?? 0
    maxLength = schema.maxLength ?? .max
    pattern = schema.pattern
    switch schema.format {
    case nil, "int32", "int64": break
    case "date": format = .date
    case "email": format = .email
    default: takesText = false
    }
    guard !schema.values.isEmpty else { return }
    texts = schema.values.compactMap(\.stringValue).map { Array($0.utf8) }
    if texts.isEmpty { takesText = false }
  }

  private mutating func prepare(integers schema: SchemaNode, _ isTaken: Bool) {
    takesIntegers = isTaken && !schema.restrictsNumbersFurther
    if schema.format == "int32" { (minimum, maximum) = (Int64(Int32.min), Int64(Int32.max)) }
    if let least = schema.minimum {
      guard let exact = Int64(exactly: least) else {
        takesIntegers = false
        return
      }
      minimum = max(minimum, exact)
    }
    if let most = schema.maximum {
      guard let exact = Int64(exactly: most) else {
        takesIntegers = false
        return
      }
      maximum = min(maximum, exact)
    }
    // Beyond these a double, which bounds are, does not tell whole numbers apart.
    if schema.minimum != nil || schema.maximum != nil {
      minimum = max(minimum, -(1 << 53))
      maximum = min(maximum, 1 << 53)
    }
    guard !schema.values.isEmpty else { return }
    integers = schema.values.compactMap(\.intValue)
    if integers.isEmpty { takesIntegers = false }
  }
}

extension SchemaNode {
  fileprivate var restrictsNumbersFurther: Bool {
    exclusiveMinimum != nil || exclusiveMaximum != nil || multipleOf != nil
  }
}
