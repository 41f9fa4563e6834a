import Diagnostics
import Expressions
import JSON
import Mappings
import Rows

/// What can be said of a field's values before any row is read: whether each of them is one that the target takes.
struct FieldFit {
  let field: FieldDefinition
  let mapping: MappingDefinition
  let schema: SchemaNode
  let isRequired: Bool
  let columns: [Column]
  /// Whether the columns' types are known.
  let typed: Bool

  var path: String { field.path.value }

  /// Whether a finding says what some rows may do, not what all do.
  static func concernsSingleRecords(_ code: Code) -> Bool {
    [
      ProgramCodes.mayBeNull, ProgramCodes.mayBeTooLong, ProgramCodes.valueNeverFits,
      ProgramCodes.valuesUnproved, ProgramCodes.numberMayNotFit, ProgramCodes.formUnproved,
      ProgramCodes.selfLinkNeeded,
    ].contains(code)
  }

  /// What is wrong with a field that is an expression.
  func findings(of expression: CompiledExpression, _ text: SourceText) -> [Diagnostic] {
    if let mismatch = mismatch(expression, text) { return [mismatch] }
    return [
      nullFinding(expression, text), circleFinding(expression, text),
      valueFinding(expression, text),
    ].compactMap(\.self)
  }

  // MARK: Types

  private func mismatch(_ expression: CompiledExpression, _ text: SourceText) -> Diagnostic? {
    if expression.type == .dyn || expression.type == .optional(.dyn),
      let type = expression.extent.type,
      !takes(type, schema)
    {
      return expression.hostCalls.isEmpty
        ? .typeMismatch(self, text, type) : .linkIdentity(self, text, type, expression)
    }
    // One branch gives what the field takes, and another does not.
    if expression.type == .dyn || expression.type == .optional(.dyn),
      let wrong = expression.extent.alternatives.first(where: { !takes($0, schema) })
    {
      return .typeMismatchSometimes(self, text, wrong)
    }
    // A decimal is text to expressions, and as it is becomes the number that the target takes.
    if let column = column(expression) {
      if column.type == .decimal, takesNumbers { return nil }
      if column.type == .array(.decimal), takes(.list(.double), schema) { return nil }
    }
    return takes(expression.type, schema) ? nil : .typeMismatch(self, text, expression.type)
  }

  private func takes(_ type: CELType, _ schema: SchemaNode) -> Bool {
    guard let kinds = type.jsonKinds, !schema.kinds.isEmpty else { return true }
    guard !schema.kinds.isDisjoint(with: kinds) else { return false }
    if case .list(let element) = type.base, let items = schema.items.first {
      return takes(element, items)
    }
    return true
  }

  private var takesNumbers: Bool { !schema.kinds.isDisjoint(with: [.number, .integer]) }

  /// The column that the expression is, and nothing more.
  private func column(_ expression: CompiledExpression) -> Column? {
    guard case .variable(let slot) = expression.form, slot < columns.count else { return nil }
    return columns[slot]
  }

  // MARK: Null

  private func nullFinding(_ expression: CompiledExpression, _ text: SourceText) -> Diagnostic? {
    guard isRequired, typed, !expression.extent.isNeverNull else { return nil }
    switch expression.type {
    case .null, .nullable: return .mayBeNull(self, text, nullable(expression))
    case .optional: return .mayBeAbsent(self, text, nullable(expression))
    default: return nil
    }
  }

  /// Where every record needs the id of another one of the same mapping, none can be the first.
  private func circleFinding(
    _ expression: CompiledExpression, _ text: SourceText
  ) -> Diagnostic? {
    guard isRequired, typed, case .optional = expression.type, expression.extent.isNeverNull,
      !expression.hostCalls.isEmpty,
      expression.hostCalls.allSatisfy({ call in
        call.literal?.utf8.elementsEqual(mapping.name.value.utf8) == true
      })
    else { return nil }
    return .selfLinkNeeded(self, text)
  }

  /// The columns of the expression that may be NULL.
  private func nullable(_ expression: CompiledExpression) -> [Column] {
    expression.slots.filter { $0 < columns.count }.map { columns[$0] }
      .filter { column in
        column.nullable != false && !mapping.key.contains { $0.value == column.name }
      }
  }

  // MARK: Values

  private func valueFinding(_ expression: CompiledExpression, _ text: SourceText) -> Diagnostic? {
    let extent = expression.extent
    if let values = extent.values {
      for value in values.map(\.json).sorted(by: { $0.description < $1.description }) {
        let problems = schema.problems(with: value)
        if let problem = problems.first { return .valueNeverFits(self, text, problem) }
      }
      return nil
    }
    let type = expression.type.withoutAbsence
    guard type != .dyn else { return nil }
    if !schema.values.isEmpty {
      return type == .bool ? nil : .valuesUnproved(self, text)
    }
    if let column = column(expression), column.type == .decimal, takesNumbers {
      return number(extent, text, column)
    }
    switch type {
    case .string:
      if let limit = schema.maxLength, let length = extent.maxLength, length > limit {
        return .mayBeTooLong(self, text, length, limit, longest(expression))
      }
      return schema.format.flatMap { form(extent.format, $0, text, expression) }
        ?? patternFinding(expression, text)
    case .timestamp:
      guard let format = schema.format, FieldFormat.words[format] != nil,
        format != "date", format != "date-time"
      else { return nil }
      return .formNeverFits(self, text, "a moment", format)
    case .int, .uint, .double: return number(extent, text, column(expression))
    default: return nil
    }
  }

  private func longest(_ expression: CompiledExpression) -> Column? {
    expression.slots.filter { $0 < columns.count }.map { columns[$0] }
      .max { $0.maxLength ?? 0 < $1.maxLength ?? 0 }
  }

  private func form(
    _ given: String?, _ wanted: String, _ text: SourceText, _ expression: CompiledExpression
  ) -> Diagnostic? {
    guard FieldFormat.words[wanted] != nil, given != wanted else { return nil }
    if let given { return .formNeverFits(self, text, Self.words(for: given), wanted) }
    return typed ? .formUnproved(self, text, wanted) : nil
  }

  /// A column as it is, into a field that takes only what fits a pattern.
  private func patternFinding(
    _ expression: CompiledExpression, _ text: SourceText
  ) -> Diagnostic? {
    guard typed, let pattern = schema.pattern, let column = column(expression),
      column.type == .text
    else { return nil }
    return .patternUnproved(self, text, pattern.text)
  }

  private static func words(for form: String) -> String {
    switch form {
    case "local-date-time": "a date and time without a zone"
    case "local-time": "a time of day without a zone"
    case "e164": "a telephone number"
    default: FieldFormat.words[form] ?? form
    }
  }

  private func number(_ extent: ValueExtent, _ text: SourceText, _ column: Column?) -> Diagnostic? {
    let bounds = schema.bounds
    if let lowest = extent.lowest, let maximum = bounds.highest, lowest > maximum {
      return .numberNeverFits(self, text, "at least \(lowest.formatted)", bounds)
    }
    if let highest = extent.highest, let minimum = bounds.lowest, highest < minimum {
      return .numberNeverFits(self, text, "at most \(highest.formatted)", bounds)
    }
    if let highest = extent.highest, let maximum = bounds.highest, highest > maximum {
      return .numberMayNotFit(self, text, "up to \(highest.formatted)", bounds, column)
    }
    // Nobody chooses that a type has a sign, so what is below proves nothing by itself.
    if let lowest = extent.lowest, let minimum = bounds.lowest, lowest < minimum,
      !extent.isSymmetric
    {
      return .numberMayNotFit(self, text, "from \(lowest.formatted)", bounds, column)
    }
    return nil
  }

  // MARK: Tables

  /// What is wrong with how a table of values covers what it is asked.
  func tableFindings(
    _ expression: CompiledExpression, _ text: SourceText, _ entries: [FieldDefinition.TableEntry],
    otherwise: Located<FieldDefinition.Literal>?
  ) -> [Diagnostic] {
    let extent = expression.extent
    let known = extent.values.map { Set($0.map(\.key)) }
    for entry in entries where !entry.key.value.isEmpty {
      if let known, !known.contains(entry.key.value) {
        return [
          .entryNeverOccurs(
            self, entry.key, "the values are \(known.sorted().joined(separator: ", "))")
        ]
      }
      let length = entry.key.value.unicodeScalars.count
      if let longest = extent.maxLength, length > longest {
        return [.entryNeverOccurs(self, entry.key, "the text has \(longest) characters at most")]
      }
    }
    guard otherwise == nil, typed, expression.type != .dyn else { return [] }
    let keys = Set(entries.map(\.key.value))
    if let known {
      let lacking = known.subtracting(keys).sorted()
      if !lacking.isEmpty { return [.tableLacks(self, text, lacking)] }
    } else {
      return [.tableIsOpen(self, text)]
    }
    if expression.type.mayBeNull, !extent.isNeverNull, !keys.contains("") {
      return [.tableLacks(self, text, ["null"])]
    }
    return []
  }
}

extension ValueExtent {
  /// Whether the bounds are those of a type with a sign.
  fileprivate var isSymmetric: Bool {
    guard let lowest, let highest else { return false }
    return -lowest == highest || -lowest == highest + 1
  }
}

extension ValueExtent.Constant {
  var json: JSON {
    switch self {
    case .bool(let value): .bool(value)
    case .number(let value): Int64(exactly: value).map { .integer($0) } ?? .double(value) ?? .null
    case .string(let text): .string(text)
    }
  }

  /// As a table's key names it.
  fileprivate var key: String {
    switch self {
    case .bool(let value): String(value)
    case .number(let value): value.formatted
    case .string(let text): text
    }
  }
}

extension CELType {
  /// The type of what is there.
  fileprivate var withoutAbsence: CELType {
    switch self {
    case .nullable(let type), .optional(let type): type.withoutAbsence
    default: self
    }
  }
}

extension SchemaNode {
  /// The bounds of a number, taken as included.
  var bounds: (lowest: Double?, highest: Double?) {
    let isNarrow = format == "int32"
    let lowest = [minimum, exclusiveMinimum, isNarrow ? Double(Int32.min) : nil].compactMap(\.self)
    let highest = [maximum, exclusiveMaximum, isNarrow ? Double(Int32.max) : nil].compactMap(\.self)
    return (lowest.max(), highest.min())
  }
}
