import Diagnostics
import JSON
import Mappings
import Rows
import SQLText

// What is checked when all fields of a mapping have been compiled.

extension FieldCompiler {
  mutating func checkRequired() {
    let paths = Set(
      mapping.fields.map(\.path.value) + mapping.onCreate.map(\.path.value)
        + mapping.misreadFields)
    for path in schemas.create.missing(from: paths) {
      diagnostics.append(.requiredMissing(path, mapping))
    }
  }

  /// A second try without a field that the target demands would be refused too.
  mutating func checkReject() {
    for field in mapping.onReject?.retryWithout ?? [] {
      guard let schema = schemas.create.node(at: field.value), isRequired(field.value, schema)
      else {
        continue
      }
      diagnostics.append(.retryWithoutRequired(field, mapping, schema))
    }
  }

  mutating func absence() -> AbsenceProgram? {
    guard let absence = mapping.whenAbsent else { return nil }
    let set = constants(absence.set)
    let restore = constants(absence.restore)
    // A field with a mistake of its own is there all the same.
    let kept = mapping.fields.map(\.path.value) + mapping.misreadFields
    for field in absence.set
    where !kept.contains(field.path.value)
      && !absence.restore.contains(where: { $0.path.value == field.path.value })
    {
      diagnostics.append(.absenceWithoutRestore(field.path))
    }
    return AbsenceProgram(
      after: absence.after, set: set, restore: restore, delete: absence.delete)
  }

  private mutating func constants(_ fields: [FieldDefinition]) -> [(path: String, value: JSON)] {
    fields.compactMap { field in
      guard let schema = schemas.update.node(at: field.path.value) else {
        diagnostics.append(.fieldUnknown(field.path, mapping, schemas.update))
        return nil
      }
      guard case .literal(let literal) = field.content else {
        diagnostics.append(.absenceExpression(field.path))
        return nil
      }
      return constantValue(literal, at: field.range, field.path.value, schema).map {
        (field.path.value, $0)
      }
    }
  }

  mutating func checkUse() {
    guard diagnostics.allSatisfy({ $0.severity != .error }), mapping.misreadFields.isEmpty else {
      return
    }
    let keys = Set((mapping.key + mapping.previousKey).map(\.value))
    if columnsAreKnown {
      for (slot, column) in columns.enumerated()
      where !usedSlots.contains(slot) && !keys.contains(column.name)
        && !columns[..<slot].contains(where: { $0.name == column.name })
      {
        diagnostics.append(.columnUnused(column.name, place(of: column), in: mapping.extract))
      }
    }
    guard let query = mapping.query else { return }
    let inSQL = Set(
      SQLScanner.tokens(of: query.sql.text).compactMap {
        if case .parameter(let name) = $0.kind { name } else { nil }
      })
    for (index, parameter) in query.parameters.enumerated()
    where !inSQL.contains(parameter.name.value) && !usedSlots.contains(columns.count + index) {
      diagnostics.append(.parameterUnused(parameter.name))
    }
  }

  /// Where the mapping says that it reads a column.
  private func place(of column: Column) -> SourceRange {
    switch mapping.extract {
    case .query(let query):
      let item = list ?? SelectList(of: query.sql.text)
      let range = item?.items.first { $0.name == column.name }?.range
      return range.map { query.sql.range(of: $0) } ?? query.sql.range
    case .file(let file):
      let declared = file.columns?.first { $0.name.value.utf8.elementsEqual(column.name.utf8) }
      return declared?.name.range ?? file.name.range
    }
  }
}
