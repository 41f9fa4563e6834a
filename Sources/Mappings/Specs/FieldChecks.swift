import Diagnostics
import Documents

/// What must hold between the keys of one mapping.
enum FieldChecks {
  static func check(_ mapping: MappingDefinition, in node: Node, _ reading: inout Reading) {
    checkConflicts(mapping.fields + mapping.onCreate, &reading)
    // Also fields whose rule is wrong: that has been said already.
    let written = ["fields", "on_create"].flatMap { key in
      node[key]?.entries?.map(\.name) ?? []
    }
    let wanted =
      mapping.sensitive.map { ("sensitive", $0) }
      + mapping.title.map { ("title", $0) }
      + (mapping.onReject?.retryWithout ?? []).map { ("retry_without", $0) }
      + (mapping.onConflict.target + mapping.onConflict.ifEmpty).map { ("on_conflict", $0) }
      + [mapping.match?.field].compactMap { $0 }.map { ("match", $0) }
    for (key, field) in wanted
    where !written.contains(where: { $0.utf8.elementsEqual(field.value.utf8) }) {
      let near = closest(to: field.value, in: written)
      reading.report(
        Codes.notAField, "`\(key)` names `\(field.value)`, which is not a field of this mapping",
        at: field.range,
        help: [near.map { "did you mean `\($0)`?" } ?? "add it to `fields`, or take it out here"])
    }
    for field in mapping.title {
      let isSensitive = mapping.sensitive.contains {
        $0.value.utf8.elementsEqual(field.value.utf8)
      }
      guard isSensitive else { continue }
      reading.report(
        Codes.sensitiveTitle, "`title` names `\(field.value)`, which is sensitive", at: field.range,
        help: ["name a field that everybody who reads a plan may see"])
    }
    if let itself = mapping.after.first(where: { $0.value == mapping.name.value }) {
      reading.report(
        Codes.refersToItself, "`after` names the mapping itself", at: itself.range,
        help: ["take it out"])
    }
  }

  /// Sorted by path, a path stands right before those that lie inside it.
  private static func checkConflicts(_ fields: [FieldDefinition], _ reading: inout Reading) {
    let sorted = fields.map { (steps: $0.path.value.split(separator: "."), path: $0.path) }
      .sorted { left, right in
        left.steps.lexicographicallyPrecedes(right.steps) { $0 < $1 }
      }
    for (first, second) in zip(sorted, sorted.dropFirst())
    where second.steps.starts(with: first.steps) {
      let isSame = first.steps.count == second.steps.count
      let (early, late) =
        first.path.range.start < second.path.range.start
        ? (first.path, second.path) : (second.path, first.path)
      reading.report(
        Codes.conflictingFields,
        isSame
          ? "`\(late.value)` is written twice"
          : "`\(first.path.value)` and `\(second.path.value)` write the same part of the body",
        at: late.range, notes: [Diagnostic.Note("also here", at: early.range)],
        help: [isSame ? "keep it in one of `fields` and `on_create`" : "keep one of the two"])
    }
  }
}

extension Fields {
  /// The fields that stand under these keys and could not be read.
  func misread(_ keys: [String], but read: [FieldDefinition]) -> [String] {
    keys.flatMap { node[$0]?.entries?.map(\.name) ?? [] }.filter { name in
      !read.contains { $0.path.value.utf8.elementsEqual(name.utf8) }
    }
  }
}
