/// What is known of an expression's values beyond their type. Nothing is known where nothing is said.
public struct ValueExtent: Sendable, Hashable {
  /// A value that stands in the expression's text.
  public enum Constant: Sendable, Hashable {
    case bool(Bool)
    case number(Double)
    case string(String)
  }

  /// All values that can occur, null aside.
  public var values: Set<Constant>?
  /// The greatest number of code points of a text.
  public var maxLength: Int?
  /// The bounds of a number, both included.
  public var lowest: Double?
  public var highest: Double?
  /// The form of a text, by the names of JSON Schema's formats, and `local-date-time` for a date and time without a zone.
  public var format: String?
  /// Whether null cannot occur although the type has it.
  public var isNeverNull: Bool
  /// What a value of type `dyn` is after all.
  public var type: CELType?
  /// Of a value that may be of one type or another, all types that are known.
  public var alternatives: [CELType] = []

  public init(
    values: Set<Constant>? = nil, maxLength: Int? = nil, lowest: Double? = nil,
    highest: Double? = nil, format: String? = nil, isNeverNull: Bool = false, type: CELType? = nil
  ) {
    self.values = values
    self.maxLength = maxLength
    self.lowest = lowest
    self.highest = highest
    self.format = format
    self.isNeverNull = isNeverNull
    self.type = type
  }

  public static let unknown = ValueExtent()
  /// Of null alone, and of what is absent.
  static let nothing = ValueExtent(values: [])

  /// More constants than these are not told apart.
  private static let mostValues = 64

  init(_ constant: Value) {
    self = .unknown
    isNeverNull = true
    switch constant {
    case .null: self = .nothing
    case .bool(let value): values = [.bool(value)]
    case .int(let value): bound(Double(value))
    case .uint(let value): bound(Double(value))
    case .double(let value): bound(value)
    case .string(let text):
      values = [.string(text)]
      maxLength = text.unicodeScalars.count
    case .optional(let optional):
      guard let value = optional.value else {
        self = .nothing
        return
      }
      self = ValueExtent(value)
    default: break
    }
  }

  private mutating func bound(_ value: Double) {
    values = [.number(value)]
    lowest = value
    highest = value
  }

  /// What is known of a value that is one or the other.
  func joined(_ other: ValueExtent) -> ValueExtent {
    // Null has no extent; it only takes away the proof that there is none.
    if values == [] {
      var copy = other
      copy.isNeverNull = isNeverNull && other.isNeverNull
      return copy
    }
    if other.values == [] { return other.joined(self) }
    var union = values.flatMap { own in other.values.map { own.union($0) } }
    if let count = union?.count, count > Self.mostValues { union = nil }
    var joined = ValueExtent(
      values: union,
      maxLength: maxLength.flatMap { own in other.maxLength.map { max(own, $0) } },
      lowest: lowest.flatMap { own in other.lowest.map { min(own, $0) } },
      highest: highest.flatMap { own in other.highest.map { max(own, $0) } },
      format: format == other.format ? format : nil,
      isNeverNull: isNeverNull && other.isNeverNull,
      type: Self.joined(type, other.type))
    if joined.type == nil { joined.alternatives = types + other.types }
    return joined
  }

  private var types: [CELType] { alternatives.isEmpty ? type.map { [$0] } ?? [] : alternatives }

  /// Both hold.
  func narrowed(by other: ValueExtent) -> ValueExtent {
    var copy = self
    copy.values =
      values.flatMap { own in other.values.map { own.intersection($0) } } ?? values ?? other.values
    copy.maxLength = [maxLength, other.maxLength].compactMap(\.self).min()
    copy.lowest = [lowest, other.lowest].compactMap(\.self).max()
    copy.highest = [highest, other.highest].compactMap(\.self).min()
    copy.format = format ?? other.format
    return copy
  }

  private static func joined(_ first: CELType?, _ second: CELType?) -> CELType? {
    guard let first, let second else { return nil }
    if case .list(let left) = first, case .list(let right) = second {
      // An empty list is a list of anything.
      if left == .error { return second }
      if right == .error { return first }
      return joined(left, right).map { .list($0) }
    }
    return first.base == second.base ? first : nil
  }
}
