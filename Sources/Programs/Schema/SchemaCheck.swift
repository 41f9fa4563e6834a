import JSON

extension SchemaNode {
  /// What is wrong with a value, in words that follow "is"/"has"; empty when it fits.
  ///
  /// `show` decides how the value may be quoted, so that sensitive values stay masked.
  public func problems(with value: JSON, show: (JSON) -> String = { $0.description }) -> [String] {
    var problems: [String] = []
    if !kinds.isEmpty, !Self.kinds(of: value).contains(where: kinds.contains) {
      let wanted = kinds.map(\.rawValue).sorted().joined(separator: " or ")
      return ["\(show(value)) is not of type \(wanted)"]
    }
    if !values.isEmpty, !values.contains(where: { $0.isSame(as: value) }) {
      let allowed = values.prefix(8).map(\.description).joined(separator: ", ")
      problems.append(
        "\(show(value)) is none of \(allowed)\(values.count > 8 ? " …" : "")")
    }
    switch value {
    case .string(let text): check(text, show(value), &problems)
    case .number: check(number: value, show(value), &problems)
    case .array(let elements): check(elements, &problems, show)
    case .object(let members): check(members, &problems, show)
    case .null, .bool: break
    }
    if hasAlternatives { checkAlternatives(value, &problems, show) }
    return problems
  }

  private func check(_ text: String, _ shown: String, _ problems: inout [String]) {
    if maxLength != nil || minLength != nil {
      let length = text.unicodeScalars.count
      if let maxLength, length > maxLength {
        problems.append("\(shown) has \(length) characters; \(maxLength) are allowed")
      }
      if let minLength, length < minLength {
        problems.append(
          minLength == 1 ? "is empty" : "\(shown) has fewer than \(minLength) characters")
      }
    }
    if let pattern, !pattern.isFound(in: text) {
      problems.append("\(shown) does not match \(pattern.text)")
    }
    if let format, let wanted = FieldFormat.problem(text, format: format) {
      problems.append("\(shown) is not \(wanted)")
    }
  }

  private func check(number: JSON, _ shown: String, _ problems: inout [String]) {
    let value = number.doubleValue ?? .nan
    if let minimum, value < minimum {
      problems.append("\(shown) is less than \(minimum.formatted)")
    }
    if let maximum, value > maximum {
      problems.append("\(shown) is more than \(maximum.formatted)")
    }
    if let exclusiveMinimum, value <= exclusiveMinimum {
      problems.append("\(shown) is not more than \(exclusiveMinimum.formatted)")
    }
    if let exclusiveMaximum, value >= exclusiveMaximum {
      problems.append("\(shown) is not less than \(exclusiveMaximum.formatted)")
    }
    if let multipleOf, case .number(let divisor) = multipleOf, case .number(let digits) = number,
      let divisor = ExactNumber(divisor),
      ExactNumber(digits)?.isMultiple(of: divisor) == false
    {
      problems.append("\(shown) is not a multiple of \(multipleOf)")
    }
    if format == "int32", let exact = number.intValue, Int32(exactly: exact) == nil {
      problems.append("\(shown) is too large for a 32-bit number")
    }
    if format == "int64", number.intValue == nil {
      problems.append("\(shown) is too large for a 64-bit number")
    }
  }

  private func check(_ elements: [JSON], _ problems: inout [String], _ show: (JSON) -> String) {
    if let minItems, elements.count < minItems {
      problems.append("has \(elements.count) elements; at least \(minItems) are needed")
    }
    if let maxItems, elements.count > maxItems {
      problems.append("has \(elements.count) elements; \(maxItems) are allowed")
    }
    if uniqueItems, let twice = elements.firstRepeated {
      problems.append("has \(show(twice)) twice")
    }
    for (schema, element) in zip(prefixItems, elements) {
      problems += schema.problems(with: element, show: show)
    }
    guard let schema = items.first else { return }
    for element in elements.dropFirst(prefixItems.count) {
      problems += schema.problems(with: element, show: show)
    }
  }

  private func check(_ members: [JSON.Member], _ problems: inout [String], _ show: (JSON) -> String)
  {
    for name in required where !members.contains(where: { $0.name == name }) {
      problems.append("lacks `\(name)`")
    }
    for member in members {
      guard let schema = node(named: member.name) else {
        problems.append("has `\(member.name)`, which is not a member here")
        continue
      }
      problems += schema.problems(with: member.value, show: show).map { "`\(member.name)` \($0)" }
    }
    checkCount(of: members, &problems)
  }

  /// What this schema alone, without those combined with it, says of a member.
  private func node(named name: String) -> SchemaNode? {
    if let property = properties[name] { return property }
    guard propertyNames.allSatisfy({ $0.problems(with: .string(name)).isEmpty }) else { return nil }
    switch additional {
    case .nothing: return nil
    case .anything: return SchemaNode()
    case .schema(let nodes): return nodes.first
    }
  }

  static func kinds(of value: JSON) -> [Kind] {
    switch value {
    case .null: [.null]
    case .bool: [.boolean]
    case .number(let digits):
      value.intValue != nil || !digits.utf8.contains(where: { ".eE".utf8.contains($0) })
        ? [.integer, .number] : [.number]
    case .string: [.string]
    case .array: [.array]
    case .object: [.object]
    }
  }
}

extension JSON {
  /// Equal as JSON Schema counts it: numbers by their value, objects without order.
  func isSame(as other: JSON) -> Bool {
    switch (self, other) {
    case (.number(let left), .number(let right)):
      if let left = ExactNumber(left), let right = ExactNumber(right) { return left == right }
      return self == other
    case (.array(let left), .array(let right)):
      return left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
    case (.object(let left), .object(let right)):
      return left.count == right.count
        && left.allSatisfy { member in other[member.name]?.isSame(as: member.value) ?? false }
    default: return self == other
    }
  }
}

extension [JSON] {
  fileprivate var firstRepeated: JSON? {
    for (index, element) in enumerated() where self[..<index].contains(where: element.isSame) {
      return element
    }
    return nil
  }
}

extension Double {
  var formatted: String { Int64(exactly: self).map { String($0) } ?? String(self) }
}
