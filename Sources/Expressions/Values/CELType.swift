/// What the checker knows of an expression's values.
///
/// Its description is CEL's own notation, `map(string, list(int))`; a wrapper type, which CEL uses for
/// values that may be null, reads `nullable string`.
public indirect enum CELType: Sendable, Hashable {
  case null, bool, int, uint, double, string, bytes, timestamp, duration
  /// Anything: what it is shows at run time.
  case dyn
  case list(CELType)
  case map(CELType, CELType)
  /// A wrapper: the type's values, or null.
  case nullable(CELType)
  case optional(CELType)
  /// The type of a type as a value: `int` is a `type(int)`.
  case type(CELType)
  /// A type parameter of a function's signature.
  case param(String)
  /// A type known by its name only.
  case opaque(String, [CELType])
  /// The type of what has been reported already; it agrees with everything.
  case error
}

extension CELType {
  /// The type without its null.
  public var base: CELType {
    if case .nullable(let base) = self { base } else { self }
  }

  /// Whether a value of this type can be null as far as the checker knows.
  public var mayBeNull: Bool {
    switch self {
    case .null, .nullable, .dyn, .error, .param: true
    default: false
    }
  }

  /// The type with null among its values.
  public var orNull: CELType {
    switch self {
    case .null, .nullable, .dyn, .error: self
    default: .nullable(self)
    }
  }

  /// Whether CEL lets null stand for a value of the type although nothing marks it.
  var takesNull: Bool {
    switch self {
    case .timestamp, .duration, .optional, .opaque: true
    default: false
    }
  }

  /// The type as CEL has it: only scalars have a nullable form there. We keep track of the null in
  /// `true ? timestamp(0) : null`; CEL calls it a timestamp.
  public var unmarked: CELType {
    let type = with(parameters.map(\.unmarked))
    return type.base.takesNull ? type.base : type
  }

  /// The types inside this one.
  var parameters: [CELType] {
    switch self {
    case .list(let element): [element]
    case .map(let key, let value): [key, value]
    case .nullable(let type), .optional(let type), .type(let type): [type]
    case .opaque(_, let types): types
    default: []
    }
  }

  /// The same type around other types.
  func with(_ parameters: [CELType]) -> CELType {
    switch self {
    case .list: .list(parameters[0])
    case .map: .map(parameters[0], parameters[1])
    case .nullable: parameters[0].orNull
    case .optional: .optional(parameters[0])
    case .type: .type(parameters[0])
    case .opaque(let name, _): .opaque(name, parameters)
    default: self
    }
  }

  /// The name of the type as a run-time value, which has no parameters.
  var name: String {
    switch self {
    case .null: "null_type"
    case .bool: "bool"
    case .int: "int"
    case .uint: "uint"
    case .double: "double"
    case .string: "string"
    case .bytes: "bytes"
    case .timestamp: "google.protobuf.Timestamp"
    case .duration: "google.protobuf.Duration"
    case .dyn: "dyn"
    case .list: "list"
    case .map: "map"
    case .nullable(let base): base.name
    case .optional: "optional_type"
    case .type: "type"
    case .param(let name), .opaque(let name, _): name
    case .error: "error"
    }
  }
}

extension CELType {
  /// The type with its article, for messages: `an int`.
  var withArticle: String {
    let text = description
    return ("aeio".contains(text.prefix(1)) ? "an " : "a ") + text
  }
}

extension CELType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .null: "null"
    case .timestamp: "timestamp"
    case .duration: "duration"
    case .nullable(let base): "nullable \(base)"
    case .optional(let value): "optional(\(value))"
    default:
      parameters.isEmpty
        ? name : "\(name)(\(parameters.map(\.description).joined(separator: ", ")))"
    }
  }
}
