/// What one evaluation may take, as far as that shows before any value is known.
///
/// The unit is CEL's: about one step, such as reading a name or applying an operator; looking through text
/// costs a tenth a byte, a list literal 10, a map literal 30. Sizes that nobody declares are taken to be
/// `Cost.assumedSize`.
public struct Cost: Sendable, Hashable {
  public let least: Double
  public let most: Double

  /// Bytes of a text, or elements of a collection, where no more is known.
  public static let assumedSize = 4096
  /// Elements of a list or map of undeclared size, and bytes of a text in it: not each of many texts is long.
  static let assumedCount = 256
  static let assumedElementSize = 64
  /// What the compiler lets pass unless the environment says otherwise: some hundredths of a second.
  public static let standardLimit = 1_000_000.0
}

/// A number that lies between two others; products stay finite, so that they can be compared.
struct Span: Sendable, Hashable {
  var least: Double
  var most: Double

  private static let top = 1e18

  init(_ least: Double, _ most: Double) {
    self.least = min(least, Self.top)
    self.most = min(most, Self.top)
  }

  init(_ exactly: Double) { self.init(exactly, exactly) }

  static let zero = Span(0)
  static let one = Span(1)

  static func + (left: Span, right: Span) -> Span {
    Span(left.least + right.least, left.most + right.most)
  }

  static func += (left: inout Span, right: Span) { left = left + right }

  static func * (left: Span, right: Span) -> Span {
    Span(left.least * right.least, left.most * right.most)
  }

  static func * (left: Span, factor: Double) -> Span { left * Span(factor) }

  /// Either of the two.
  func or(_ other: Span) -> Span { Span(min(least, other.least), max(most, other.most)) }

  /// The smaller of the two, whichever that is.
  func smaller(_ other: Span) -> Span { Span(min(least, other.least), min(most, other.most)) }

  /// At most this much, perhaps nothing.
  var atMost: Span { Span(0, most) }
}

/// How large a value is: a text's bytes, a collection's elements, and how large each of those is.
struct Extent: Sendable, Hashable {
  var size: Span
  /// One extent for all elements; none for what has no elements.
  var elements: [Extent] = []

  static let scalar = Extent(size: .one)

  var element: Extent { elements.first ?? Extent(size: Span(0, Double(Cost.assumedSize))) }

  /// All bytes and elements, however deep.
  var weight: Span {
    elements.isEmpty ? size : size * (.one + element.weight)
  }

  func or(_ other: Extent) -> Extent {
    let inner = elements + other.elements
    return Extent(
      size: size.or(other.size),
      elements: inner.isEmpty ? [] : [inner.dropFirst().reduce(inner[0]) { $0.or($1) }])
  }

  static func text(_ size: Span) -> Extent { Extent(size: size) }

  static func collection(_ size: Span, of element: Extent) -> Extent {
    Extent(size: size, elements: [element])
  }

  /// What is known from the type, and from a declared size, if there is one.
  init(of type: CELType, declared: Int? = nil) {
    let size = Span(0, Double(declared ?? Cost.assumedSize))
    switch type.base {
    case .bool, .int, .uint, .double, .null, .timestamp, .duration, .type: self = .scalar
    case .list(let element), .map(_, let element):
      guard declared == nil else {
        self = .collection(size, of: Extent(of: element))
        return
      }
      self = .collection(
        Span(0, Double(Cost.assumedCount)),
        of: Extent(of: element, declared: Cost.assumedElementSize))
    case .optional(let value): self = Extent(of: value, declared: declared)
    default: self.init(size: size)
    }
  }

  init(size: Span, elements: [Extent] = []) {
    self.size = size
    self.elements = elements
  }

  init(of value: Value) {
    switch value {
    case .string(let text): self.init(size: Span(Double(text.utf8.count)))
    case .bytes(let bytes): self.init(size: Span(Double(bytes.count)))
    case .list(let elements): self.init(of: elements)
    case .map(let map): self.init(of: map.values)
    case .optional(let optional): self = optional.value.map { Extent(of: $0) } ?? .scalar
    default: self = .scalar
    }
  }

  private init(of values: [Value]) {
    let parts = values.map { Extent(of: $0) }
    self.init(
      size: Span(Double(values.count)),
      elements: [parts.dropFirst().reduce(parts.first ?? .scalar) { $0.or($1) }])
  }
}
