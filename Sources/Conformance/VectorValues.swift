import Expressions
import Foundation

// The suite's JSON notation of values and types.

extension Value {
  init(json: Any) throws {
    guard let object = json as? [String: Any], let (kind, content) = object.first else {
      throw VectorError("a value without a kind")
    }
    let text = content as? String ?? ""
    switch kind {
    case "null": self = .null
    case "bool": self = .bool(content as? Bool == true)
    case "int": self = .int(Int64(text) ?? 0)
    case "uint": self = .uint(UInt64(text) ?? 0)
    case "double": self = .double(text == "Infinity" ? .infinity : Double(text) ?? .nan)
    case "string": self = .string(text)
    case "bytes": self = .bytes(Array(Data(base64Encoded: text) ?? Data()))
    case "type": self = .type(TypeName(text))
    case "timestamp":
      guard let moment = Timestamp(rfc3339: text) else { throw VectorError("timestamp \(text)") }
      self = .timestamp(moment)
    case "duration":
      guard let span = TimeSpan(text: text) else { throw VectorError("duration \(text)") }
      self = .duration(span)
    case "list": self = .list(try (content as? [Any] ?? []).map(Value.init(json:)))
    case "map":
      let pairs = try (content as? [[Any]] ?? []).map {
        (key: try Value(json: $0[0]), value: try Value(json: $0[1]))
      }
      self = .map(try MapValue(pairs))
    default: throw VectorError("a value of kind \(kind)")
    }
  }

  /// The same kind and content, however deep: `1`, `1u` and `1.0` differ; NaN is NaN.
  func isSame(as other: Value) -> Bool {
    switch (self, other) {
    case (.double(let left), .double(let right)): left == right || left.isNaN && right.isNaN
    case (.list(let left), .list(let right)):
      left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    case (.map(let left), .map(let right)):
      left.count == right.count
        && zip(left.keys, left.values).allSatisfy { key, value in
          let match = zip(right.keys, right.values).first { $0.0.isSame(as: key) }
          return match.map { value.isSame(as: $0.1) } ?? false
        }
    default: typeName == other.typeName && self == other
    }
  }
}

extension CELType {
  init(json: Any) throws {
    if let name = json as? String {
      let named: [String: CELType] = [
        "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string,
        "bytes": .bytes, "null_type": .null, "dyn": .dyn, "timestamp": .timestamp,
        "duration": .duration,
      ]
      guard let type = named[name] else { throw VectorError("a type named \(name)") }
      self = type
      return
    }
    let object = json as? [String: Any] ?? [:]
    if let element = object["list"] {
      self = .list(try CELType(json: element))
    } else if let types = object["map"] as? [Any], types.count == 2 {
      self = .map(try CELType(json: types[0]), try CELType(json: types[1]))
    } else if let base = object["wrapper"] {
      self = .nullable(try CELType(json: base))
    } else if let type = object["type"] {
      self = .type(try CELType(json: type))
    } else if let name = object["param"] as? String {
      self = .param(name)
    } else if let name = object["abstract"] as? String {
      let parameters = try (object["params"] as? [Any] ?? []).map(CELType.init(json:))
      self = name == "optional_type" ? .optional(parameters[0]) : .opaque(name, parameters)
    } else {
      throw VectorError("a type of an unknown form")
    }
  }
}

extension Function.Signature {
  init(json: [String: Any]) throws {
    self.init(
      isMethod: json["instance"] as? Bool == true,
      parameters: try (json["params"] as? [Any] ?? []).map(CELType.init(json:)),
      result: try CELType(json: json["result"] ?? "dyn"))
  }
}
