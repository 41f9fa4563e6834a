import Diagnostics
import Documents

/// What a field is made of: an expression, `{ value: … }`, or `{ from: …, values: …, otherwise: … }`.
enum FieldContentSpec {
  static let kind = Kind<FieldDefinition.Content>(
    shape: .oneOf([.expression, .object(literal.shape), .object(table.shape)])
  ) { node, reading in
    switch node.content {
    case .scalar: return expression.read(node, &reading).map { .expression($0) }
    case .mapping(let entries):
      if let only = entries.first, entries.count == 1,
        only.value.range.start == only.value.range.end, only.name != "value"
      {
        reading.report(
          Codes.bracedExpression, "`{` begins a mapping, not an expression", at: node.range,
          help: [
            "write `\(only.name)` without braces for an expression, or `{ value: \(only.name) }` for text"
          ])
        return nil
      }
      let isTable = node.entry("from") != nil || node.entry("values") != nil
      return (isTable ? table : literal).kind.read(node, &reading)
    case .sequence:
      if let only = bracketedExpression(node) {
        reading.report(
          Codes.bracedExpression, "`[` begins a list, not an expression", at: node.range,
          help: [
            "write `\(only)` without brackets",
            "quote an expression that is a list: `'[\(only)]'`",
          ])
      } else {
        reportLiteral(node, "a list", node.range.text, &reading)
      }
      return nil
    }
  }

  /// Text is an expression; what is plainly a literal is refused, so that nobody takes one for the other.
  static let expression = Kind<SourceText>(shape: .expression) { node, reading in
    guard let scalar = node.scalar, let text = SourceText(node) else {
      reading.reportWrongType(node, .expression)
      return nil
    }
    switch scalar.resolved {
    case .null where scalar.text.isEmpty:
      reading.report(
        Codes.missingKey, "\(reading.quotedSubject) has no value",
        at: reading.subjectRange ?? node.range,
        help: ["write an expression such as `row.name`, or a literal: `{ value: … }`"])
      return nil
    case .null, .bool, .int, .float:
      reportLiteral(node, "the literal", scalar.text, &reading)
      return nil
    case .text:
      guard scalar.text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
        reading.report(
          Codes.emptyValue, "\(reading.quotedSubject) is an empty expression", at: node.range,
          help: ["write `{ value: \"\" }` for an empty text"])
        return nil
      }
      if scalar.style == .plain, SettingParser.holdsSetting(scalar.text) {
        reading.report(
          Codes.literalAsExpression, "a setting is a literal, not an expression", at: node.range,
          help: [templateHelp(scalar.text) ?? "write `{ value: \"\(scalar.text)\" }`"])
        return nil
      }
      return text
    }
  }

  /// The one element of a list in brackets that reads like an expression over the row.
  private static func bracketedExpression(_ node: Node) -> String? {
    guard let only = node.elements?.first, node.elements?.count == 1, let scalar = only.scalar,
      scalar.style == .plain, scalar.text.hasPrefix("row.") || scalar.text.hasPrefix("parameters.")
    else { return nil }
    return scalar.text
  }

  /// `${row.name}`, as templates of other tools are written.
  private static func templateHelp(_ text: String) -> String? {
    guard let start = text.firstRange(of: "${"),
      let end = text[start.upperBound...].firstIndex(of: "}")
    else { return nil }
    let inside = String(text[start.upperBound..<end]).trimmed
    guard inside.hasPrefix("row.") || inside.hasPrefix("parameters.") else { return nil }
    return text.hasPrefix("${") && text.index(after: end) == text.endIndex
      ? "write `\(inside)` without `${ }`"
      : "write an expression: `text.join([…, \(inside)], \"\")`"
  }

  private static func reportLiteral(
    _ node: Node, _ what: String, _ text: String, _ reading: inout Reading
  ) {
    let shown = text.utf8.count <= 60 && !text.utf8.contains(UInt8(ascii: "\n"))
    let written = shown ? text : "…"
    reading.report(
      Codes.literalAsExpression,
      "\(reading.quotedSubject) must be an expression, not \(what)"
        + (what == "a list" ? "" : " `\(written)`"),
      at: node.range, help: ["write `{ value: \(written) }`"],
      fix: shown ? Diagnostic.Fix(node.range, replacement: "{ value: \(written) }") : nil)
  }

  private static let value = FieldSpec.required(
    "value", Kind<Located<FieldDefinition.Literal>>.literal,
    "The literal: any YAML value; text may be a setting.", example: "US")

  static let literal = ObjectSpec<FieldDefinition.Content>(
    "literal", "A constant.", keys: [value.key]
  ) { fields in
    fields.read(value).map { .literal($0.value) }
  }

  private static let from = FieldSpec.required(
    "from", expression, "The expression whose value, as text, is looked up.", example: "row.sex")
  private static let values = FieldSpec.required(
    "values",
    Kind<[MapEntry<Located<FieldDefinition.Literal>>]>.map(.text, .literal, of: "value"),
    "The literal for each value.", example: "{ M: 1, F: 0 }")
  private static let otherwise = FieldSpec.optional(
    "otherwise", Kind<Located<FieldDefinition.Literal>>.literal,
    "The literal for every other value; without it such a row is rejected.", example: "null")

  static let table = ObjectSpec<FieldDefinition.Content>(
    "table", "A table from values to literals.", keys: [from.key, values.key, otherwise.key]
  ) { fields in
    let from = fields.read(from)
    let values = fields.read(values)
    let otherwise = fields.read(otherwise)
    guard let from, let values else { return nil }
    return .table(
      from: from,
      values: values.map { FieldDefinition.TableEntry(key: $0.key, value: $0.value) },
      otherwise: otherwise)
  }

  /// The fields of a record by their paths.
  static let fields = Kind<[FieldDefinition]>(shape: .map("path of the field", kind.shape)) {
    node, reading in
    guard let entries = node.entries else {
      reading.reportWrongType(node, .map("path of the field", kind.shape))
      return nil
    }
    let subject = (reading.subject, reading.subjectRange)
    defer { (reading.subject, reading.subjectRange) = subject }
    return entries.compactMap { entry in
      reading.subject = entry.name
      reading.subjectRange = entry.key.range
      let path = Kind<Located<String>>.fieldPath.read(entry.key, &reading)
      let content = kind.read(entry.value, &reading)
      guard let path, let content else { return nil }
      if case .literal(.json(let json)) = content, let text = json.stringValue, !text.isEmpty,
        SecretCheck.isSecretName(entry.name)
      {
        SecretCheck.report(entry.value.range, in: entry.name, &reading)
      }
      let range = SourceRange(
        file: entry.key.range.file, start: entry.key.range.start, end: entry.value.range.end)
      return FieldDefinition(path: path, content: content, range: range)
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    let scalars = unicodeScalars.drop { $0.properties.isWhitespace }
    guard let last = scalars.lastIndex(where: { !$0.properties.isWhitespace }) else { return "" }
    return String(scalars[...last])
  }
}
