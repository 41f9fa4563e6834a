import Expressions
import Foundation

/// A file of conformance vectors, in the JSON form of the CEL project's `simple` suite.
struct VectorFile {
  let name: String
  let vectors: [Vector]

  init(contentsOf url: URL) throws {
    let data = try Data(contentsOf: url)
    guard let file = try JSONSerialization.jsonObject(with: data) as? [String: Any],
      let tests = file["tests"] as? [[String: Any]]
    else { throw VectorError("\(url.lastPathComponent) is not a file of vectors") }
    name = url.deletingPathExtension().lastPathComponent
    vectors = try tests.map(Vector.init)
  }
}

/// One expression and what must come out.
struct Vector {
  enum Expectation {
    case value(Value)
    case error
    /// The type, and perhaps the value too.
    case type(CELType, Value?)
  }

  let id: String
  let expression: String
  let environment: Environment
  let values: [Value]
  let isChecked: Bool
  let expectation: Expectation

  /// What it asks for that this implementation does not have: it is skipped, and says so.
  let unsupported: [String]

  private static let absent: Set<String> = [
    "proto", "proto_ext", "strong_enums", "block_ext",
  ]

  init(_ test: [String: Any]) throws {
    guard let id = test["id"] as? String, let expression = test["expr"] as? String else {
      throw VectorError("a vector without id or expr")
    }
    self.id = id
    self.expression = expression
    unsupported = (test["needs"] as? [String] ?? []).filter(Self.absent.contains)
    isChecked = test["disable_check"] as? Bool != true
    guard unsupported.isEmpty else {
      environment = Environment(variables: [])
      values = []
      expectation = .error
      return
    }
    let bindings = test["bindings"] as? [String: Any] ?? [:]
    var variables: [Variable] = []
    var functions = FunctionLibrary.standard
    for declaration in test["type_env"] as? [[String: Any]] ?? [] {
      guard let name = declaration["name"] as? String else { continue }
      if let type = declaration["type"] {
        variables.append(Variable(name, try CELType(json: type)))
      } else if let overloads = declaration["overloads"] as? [[String: Any]] {
        functions.add(Function(host: name, try overloads.map(Function.Signature.init(json:))))
      }
    }
    for name in bindings.keys.sorted() where !variables.contains(where: { $0.name == name }) {
      variables.append(Variable(name, .dyn))
    }
    environment = Environment(
      variables: variables, functions: functions, container: test["container"] as? String ?? "")
    values = try variables.map { try bindings[$0.name].map(Value.init(json:)) ?? .null }
    let expect = test["expect"] as? [String: Any] ?? [:]
    let value = try expect["value"].map(Value.init(json:))
    if let type = expect["type"] {
      expectation = .type(try CELType(json: type), value)
    } else if let value {
      expectation = .value(value)
    } else {
      expectation = .error
    }
  }

  /// Nil when the vector passes, else what happened instead.
  func failure() -> String? {
    let compiled =
      isChecked
      ? Compiler.compile(expression, in: environment)
      : Compiler.compileUnchecked(expression, in: environment)
    let program: CompiledExpression
    switch compiled {
    case .success(let success): program = success
    case .failure(let issues):
      return "refused: \(issues.all.map(\.message).joined(separator: "; "))"
    }
    var expected: Value?
    switch expectation {
    case .value(let value): expected = value
    case .error: expected = nil
    case .type(let type, let value):
      if program.type.unmarked != type { return "is a \(program.type), not a \(type)" }
      if value == nil { return nil }
      expected = value
    }
    do throws(EvaluationError) {
      let value = try program.evaluate(SlotValues(values))
      guard let expected else { return "gives \(value.text) instead of an error" }
      return value.isSame(as: expected) ? nil : "gives \(value.text), not \(expected.text)"
    } catch {
      return expected == nil ? nil : "fails: \(error.message)"
    }
  }
}

struct VectorError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
