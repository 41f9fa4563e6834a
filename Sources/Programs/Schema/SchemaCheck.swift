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
    if !values.isEmpty, !values.contains(where: { Self.equal($0, value) }) {
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
    return problems
  }

  private func check(_ text: String, _ shown: String, _ problems: inout [String]) {
    let length = text.unicodeScalars.count
    if let maxLength, length > maxLength {
      problems.append("\(shown) has \(length) characters; \(maxLength) are allowed")
    }
    if let minLength, length < minLength {
      problems.append(
        minLength == 1 ? "is empty" : "\(shown) has fewer than \(minLength) characters")
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
    if format == "int32", let exact = number.intValue, Int32(exactly: exact) == nil {
      problems.append("\(shown) is too large for a 32-bit number")
    }
    if kinds.contains(.integer), !kinds.contains(.number), number.intValue == nil {
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
    guard let schema = items.first else { return }
    for element in elements { problems += schema.problems(with: element, show: show) }
  }

  private func check(_ members: [JSON.Member], _ problems: inout [String], _ show: (JSON) -> String)
  {
    for name in required where !members.contains(where: { $0.name == name }) {
      problems.append("lacks `\(name)`")
    }
    for member in members {
      guard let schema = node(at: [Substring(member.name)]) else {
        problems.append("has `\(member.name)`, which is not a member here")
        continue
      }
      problems += schema.problems(with: member.value, show: show).map { "`\(member.name)` \($0)" }
    }
  }

  static func kinds(of value: JSON) -> [Kind] {
    switch value {
    case .null: [.null]
    case .bool: [.boolean]
    case .number(let digits):
      value.intValue != nil || !digits.contains(where: { ".eE".contains($0) })
        ? [.integer, .number] : [.number]
    case .string: [.string]
    case .array: [.array]
    case .object: [.object]
    }
  }

  private static func equal(_ left: JSON, _ right: JSON) -> Bool {
    if left == right { return true }
    if let left = left.intValue, let right = right.intValue { return left == right }
    return false
  }
}

extension Double {
  fileprivate var formatted: String { Int64(exactly: self).map { String($0) } ?? String(self) }
}
