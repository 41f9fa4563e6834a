import Diagnostics

/// The keys of `on_conflict` in a mapping.
enum ConflictSpec {
  private static let target = FieldSpec.defaulted(
    "target", Kind<[Located<String>]>.list(.fieldPath).unique(), [], written: "[]",
    "An edit at the target stays, until the row itself has another value.", example: "[notes]")
  private static let ifEmpty = FieldSpec.defaulted(
    "if_empty", Kind<[Located<String>]>.list(.fieldPath).unique(), [], written: "[]",
    "Written only where the target holds nothing.", example: "[mobile_phone]")

  static let object = ObjectSpec<ConflictDefinition>(
    "conflict",
    "Whose value stands when a field was edited at the target: `source`, unless it is named here.",
    keys: [target.key, ifEmpty.key]
  ) { fields in
    let target = fields.read(target)
    let ifEmpty = fields.read(ifEmpty)
    for field in ifEmpty {
      guard let other = target.first(where: { $0.value.utf8.elementsEqual(field.value.utf8) })
      else { continue }
      fields.reading.report(
        Codes.twoWinners, "`\(field.value)` stands under `target` and under `if_empty`",
        at: field.range, notes: [Diagnostic.Note("also here", at: other.range)],
        help: ["keep it in one of the two"])
    }
    return ConflictDefinition(target: target, ifEmpty: ifEmpty)
  }
}
