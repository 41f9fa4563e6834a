#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a call costs beyond its arguments, and how large its result can become.
struct CallCost {
  private let name: String
  private let arguments: [Extent]
  private let type: CELType

  /// What looking at one byte costs.
  private static let perByte = 0.1
  private static let perByteOfPattern = 0.25

  init(_ function: Function, _ arguments: [Extent], _ type: CELType) {
    name = function.name
    self.arguments = arguments
    self.type = type
  }

  static func logarithm(_ size: Span) -> Span {
    Span(log2(max(size.least, 1)), log2(max(size.most, 1)))
  }

  var estimate: CostEstimator.Estimate {
    .init(cost: .one + work, extent: extent)
  }

  private var first: Extent { arguments.first ?? .scalar }
  private var second: Extent { arguments.count > 1 ? arguments[1] : .scalar }
  private var allWeight: Span { arguments.reduce(Span.zero) { $0 + $1.weight } }

  /// Beyond the step that every call is.
  private var work: Span {
    if arguments.allSatisfy({ $0 == .scalar }) && name != "lists.range" { return .zero }
    return switch name {
    case Operators.equal, Operators.notEqual, "_<_", "_<=_", "_>_", "_>=_":
      // Unequal sizes or first bytes decide at once.
      first.weight.smaller(second.weight).atMost * Self.perByte
    case Operators.in:
      (second.size * (.one + first.weight.smaller(second.element.weight) * Self.perByte)).atMost
    case "contains", "indexOf", "lastIndexOf", "split":
      first.size * Self.perByte * (.one + second.size * Self.perByte)
    case "startsWith", "endsWith": second.size * Self.perByte
    case "matches":
      (Span.one + first.size) * Self.perByte * (.one + second.size * Self.perByteOfPattern)
    case "replace": (first.size + extent.size) * Self.perByte
    case "distinct": first.size * first.size * (.one + first.element.weight * Self.perByte)
    case "sets.contains", "sets.intersects":
      first.size * second.size * (.one + second.element.weight * Self.perByte)
    case "sets.equivalent":
      first.size * second.size * (.one + second.element.weight * Self.perByte) * 2
    case "sort": first.size * (.one + Self.logarithm(first.size))
    case "dyn", "type", Operators.not, Operators.negate, Operators.index, Operators.optionalIndex,
      "hasValue", "value", "or", "orValue", "coalesce", "first", "last", "optional.of",
      "link":
      .zero
    case "size": first.elements.isEmpty ? first.size * Self.perByte : .zero
    case "lists.range": extent.size
    default: allWeight * Self.perByte
    }
  }

  private var extent: Extent {
    switch name {
    case Operators.index, Operators.optionalIndex, "first", "last": return first.element
    case Operators.add: return sum
    case "coalesce", "orValue", "or":
      return arguments.dropFirst().reduce(first) { $0.or($1) }
    case "value", "optional.of", "optional.ofNonZeroValue", "dyn", "sort", "reverse": return first
    case "slice", "distinct", "unwrapOpt", "optional.unwrap":
      return .collection(first.size.atMost, of: first.element)
    case "flatten":
      return .collection(first.weight.atMost, of: first.element.or(first.element.element))
    case "lists.range": return .collection(Span(0, Double(Cost.assumedSize)), of: .scalar)
    case "split":
      return .collection((first.size + .one).atMost, of: .text(first.size.atMost))
    case "replace": return .text(replaced)
    case "join", "text.join":
      return .text((first.weight + first.size * second.size).atMost)
    case "format": return .text((first.size + second.weight + second.size * 320).atMost)
    case "strings.quote", "base64.encode", "text.ascii": return .text((first.size * 2).atMost)
    case "string", "bytes", "trim", "lowerAscii", "upperAscii":
      return .text(Span(0, max(first.size.most, 64)))
    default: return other
    }
  }

  /// `+` of texts or lists; of numbers it is a number.
  private var sum: Extent {
    switch type.base {
    case .int, .uint, .double, .timestamp, .duration: return .scalar
    default:
      let size = first.size + second.size
      guard !(first.elements + second.elements).isEmpty else { return .text(size) }
      return .collection(size, of: first.element.or(second.element))
    }
  }

  /// The replacement may stand for every byte, and before and after it.
  private var replaced: Span {
    let new = arguments.count > 2 ? arguments[2].size : .zero
    let old = max(second.size.least, 1)
    let places = (first.size.most / old).rounded(.up) + 1
    return Span(0, first.size.most + places * new.most)
  }

  /// Any other function gives a scalar, or a text about as long as what it is given.
  private var other: Extent {
    switch type.base {
    case .list, .map, .dyn, .optional: Extent(of: type)
    case .string, .bytes: .text(Span(0, max(allWeight.most, 64)))
    default: .scalar
    }
  }
}
