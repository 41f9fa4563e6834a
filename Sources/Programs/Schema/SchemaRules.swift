import JSON

// What a schema says of several members together, or of alternatives. It cannot be told from one field, so a record is
// checked as a whole before it is sent.

extension SchemaNode {
  var hasAlternatives: Bool {
    !allOf.isEmpty || !anyOf.isEmpty || !oneOf.isEmpty || !not.isEmpty || !conditions.isEmpty
  }

  /// Whether a body has to be looked at as a whole.
  public var hasRules: Bool {
    hasAlternatives || hasCounts
      || properties.values.contains { $0.hasRules || !$0.required.isEmpty }
  }

  private var hasCounts: Bool {
    minProperties != nil || maxProperties != nil || !dependentRequired.isEmpty
  }

  func checkAlternatives(
    _ value: JSON, _ problems: inout [String], _ show: (JSON) -> String
  ) {
    for schema in allOf {
      for problem in schema.problems(with: value, show: show) where !problems.contains(problem) {
        problems.append(problem)
      }
    }
    if !anyOf.isEmpty {
      let found = anyOf.map { $0.problems(with: value, show: show) }
      if !found.contains(where: \.isEmpty) { problems.append(Self.noneOf(found)) }
    }
    if !oneOf.isEmpty {
      let found = oneOf.map { $0.problems(with: value, show: show) }
      switch found.count(where: \.isEmpty) {
      case 0: problems.append(Self.noneOf(found))
      case 1: break
      case let count:
        problems.append("fits \(count) alternatives, of which exactly one may hold")
      }
    }
    for schema in not where schema.problems(with: value).isEmpty {
      problems.append(schema.refusal(of: value, show))
    }
    for condition in conditions {
      let holds = condition.test.allSatisfy { $0.problems(with: value).isEmpty }
      for schema in holds ? condition.then : condition.otherwise {
        problems += schema.problems(with: value, show: show)
      }
    }
  }

  private static func noneOf(_ found: [[String]]) -> String {
    let reasons = found.map { $0.joined(separator: ", ") }
    return "fits none of \(found.count) alternatives: " + reasons.joined(separator: "; or ")
  }

  /// What a value has that `not` forbids.
  private func refusal(of value: JSON, _ show: (JSON) -> String) -> String {
    if value.members != nil, !required.isEmpty {
      let names = required.map { "`\($0)`" }.joined(separator: " and ")
      return "has \(names), which \(required.count == 1 ? "is" : "are together") not allowed here"
    }
    return "\(show(value)) is what is not allowed here"
  }

  func checkCount(of members: [JSON.Member], _ problems: inout [String]) {
    guard hasCounts else { return }
    if let minProperties, members.count < minProperties {
      problems.append("has \(members.count) members; at least \(minProperties) are needed")
    }
    if let maxProperties, members.count > maxProperties {
      problems.append("has \(members.count) members; \(maxProperties) are allowed")
    }
    for (name, others) in dependentRequired.sorted(by: { $0.key < $1.key })
    where members.contains(where: { $0.name == name }) {
      for other in others where !members.contains(where: { $0.name == other }) {
        problems.append("has `\(name)`, which needs `\(other)`")
      }
    }
  }

  /// A rule that a whole body breaks, and the path of the object that breaks it; empty for the body itself.
  public struct BrokenRule: Sendable, Hashable {
    public var path: String
    public var problem: String
  }

  /// What is wrong with a body beyond its fields, each of which has been checked by itself.
  public func brokenRules(
    in body: JSON, show: (JSON) -> String = { $0.description }
  ) -> [BrokenRule] {
    brokenRules(in: body, at: "", show)
  }

  private func brokenRules(
    in body: JSON, at path: String, _ show: (JSON) -> String
  ) -> [BrokenRule] {
    guard hasRules || !required.isEmpty, let members = body.members else { return [] }
    var problems: [String] = []
    if !path.isEmpty {
      for name in required where !members.contains(where: { $0.name == name }) {
        problems.append("lacks `\(name)`")
      }
    }
    checkCount(of: members, &problems)
    checkAlternatives(body, &problems, show)
    return problems.map { BrokenRule(path: path, problem: $0) }
      + members.flatMap { member in
        properties[member.name]?.brokenRules(
          in: member.value, at: path.isEmpty ? member.name : "\(path).\(member.name)", show) ?? []
      }
  }
}
