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
    let after = fields.read(after) ?? 2
    let set = fields.read(set) ?? []
    let restore = fields.read(restore) ?? []
    let delete = fields.read(delete) ?? false
    if delete, fields.has("set") {
      fields.reading.report(
        Codes.exclusiveKeys, "`set` and `delete: true` exclude each other",
        at: fields.keyRange("set"), help: ["keep one of them"])
    } else if !delete, !fields.has("set") {
      fields.reading.report(
        Codes.exclusiveKeys, "`when_absent` needs `set` or `delete: true`",
        at: fields.keyRange("set"))
    }
    return AbsenceDefinition(
      after: after, set: set, restore: restore, delete: delete, range: fields.node.range)
  }
}

/// The keys of `guard` in a mapping.
enum GuardSpec {
  static let written =
    "{ deactivations: { percent: 10, count: 50, floor: 5 }, source_drop: { percent: 20 } }"

  private static let standard = GuardDefinition()

  private static let deactivations = FieldSpec.optional(
    "deactivations", deactivationsObject.kind,
    "Deactivations and deletions: none is sent when a run would exceed either figure.")
  private static let sourceDrop = FieldSpec.optional(
    "source_drop", dropObject.kind,
    "Rows fewer than in the last complete read: nothing is deactivated beyond this.")

  static let object = ObjectSpec<GuardDefinition>(
    "guard", "Limits on how much one run may change.", keys: [deactivations.key, sourceDrop.key]
  ) { fields in
    var limits = fields.read(deactivations) ?? standard
    limits.sourceDropPercent = fields.read(sourceDrop) ?? standard.sourceDropPercent
    return limits
  }

  private static let percent = FieldSpec.defaulted(
    "percent", Kind<Double>.number(0...100), standard.deactivationPercent, written: "10",
    "Of the active links, in per cent.", example: "10")
  private static let count = FieldSpec.defaulted(
    "count", Kind<Int>.int(0...1_000_000), standard.deactivationCount, written: "50",
    "As a number.", example: "50")
  private static let floor = FieldSpec.defaulted(
    "floor", Kind<Int>.int(0...1_000_000), standard.deactivationFloor, written: "5",
    "A mapping of few links may always lose this many.", example: "5")

  private static let deactivationsObject = ObjectSpec<GuardDefinition>(
    "guard-deactivations", "How many objects one run may deactivate or delete.",
    keys: [percent.key, count.key, floor.key]
  ) { fields in
    var limits = standard
    limits.deactivationPercent = fields.read(percent) ?? standard.deactivationPercent
    limits.deactivationCount = fields.read(count) ?? standard.deactivationCount
    limits.deactivationFloor = fields.read(floor) ?? standard.deactivationFloor
    return limits
  }

  private static let drop = FieldSpec.required(
    "percent", Kind<Double>.number(0...100), "Of the last complete read, in per cent.",
    example: "20")

  private static let dropObject = ObjectSpec<Double>(
    "guard-source-drop", "How many rows may be missing.", keys: [drop.key]
  ) { fields in
    fields.read(drop)
  }
}
