import Diagnostics

/// The keys of `when_absent` in a mapping.
enum AbsenceSpec {
  private static let after = FieldSpec.defaulted(
    "after", Kind<Int>.int(1...10), 2, written: "2",
    "Complete reads in a row without the key before it is given up.", example: "2")
  private static let set = FieldSpec.defaulted(
    "set", FieldContentSpec.fields, [], written: "{}", "Written when the key is given up.",
    example: "{ system_access: { value: 0 } }")
  private static let restore = FieldSpec.defaulted(
    "restore", FieldContentSpec.fields, [], written: "{}", "Written when the key comes back.",
    example: "{ system_access: { value: 1 } }")
  private static let delete = FieldSpec.defaulted(
    "delete", Kind<Bool>.bool, false, written: "false", "Whether the object is deleted instead.",
    example: "true")

  static let object = ObjectSpec<AbsenceDefinition>(
    "absence", "What happens to the object of a row that no longer comes back.",
    keys: [after.key, set.key, restore.key, delete.key]
  ) { fields in
    let after = fields.read(after)
    let set = fields.read(set)
    let restore = fields.read(restore)
    let delete = fields.read(delete)
    if delete, fields.has("set") {
      fields.reading.report(
        Codes.exclusiveKeys, "`set` and `delete: true` exclude each other",
        at: fields.keyRange("set"), help: ["keep one of them"])
    } else if !delete, !fields.has("set") {
      fields.reading.report(
        Codes.exclusiveKeys, "`when_absent` needs `set` or `delete: true`",
        at: fields.keyRange("set"),
        help: ["say what becomes of the object: `set: { … }` or `delete: true`"])
    }
    return AbsenceDefinition(
      after: after, set: set, restore: restore, delete: delete,
      range: fields.keyRange(delete ? "delete" : "set"))
  }
}
