import Foundation

/// A value of a manifest; what is not there is `null`, so that a path can be followed in one go.
enum Node: Decodable, Equatable, Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case list([Node])
  case object([String: Node])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let bool = try? value.decode(Bool.self) {
      self = .bool(bool)
    } else if let number = try? value.decode(Double.self) {
      self = .number(number)
    } else if let string = try? value.decode(String.self) {
      self = .string(string)
    } else if let list = try? value.decode([Node].self) {
      self = .list(list)
    } else {
      self = .object(try value.decode([String: Node].self))
    }
  }

  subscript(key: String) -> Node { object[key] ?? .null }

  subscript(index: Int) -> Node { list.indices.contains(index) ? list[index] : .null }

  var string: String? { if case .string(let value) = self { value } else { nil } }
  var list: [Node] { if case .list(let value) = self { value } else { [] } }
  var object: [String: Node] { if case .object(let value) = self { value } else { [:] } }
}

extension Node: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral
{
  init(stringLiteral value: String) { self = .string(value) }
  init(integerLiteral value: Int) { self = .number(Double(value)) }
  init(booleanLiteral value: Bool) { self = .bool(value) }
}
