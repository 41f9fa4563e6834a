/// The keys of `guard` in a mapping.
enum GuardSpec {
  static let written =
    "{ deactivations: { percent: 10, count: 50, floor: 5 }, source_drop: { percent: 20 }, "
    + "errors: { percent: 50, count: 50 }, "
    + "missing_at_target: { percent: 10, count: 50, floor: 5 } }"

  private static let standard = GuardDefinition()

  private static let deactivations = FieldSpec.optional(
    "deactivations", deactivationsObject.kind,
    "Deactivations and deletions: none is sent when a run would exceed either figure.")
  private static let sourceDrop = FieldSpec.optional(
    "source_drop", dropObject.kind,
    "Rows fewer than in the last complete read: nothing is deactivated beyond this.")

  private static let errors = FieldSpec.optional(
    "errors", errorsObject.kind,
    "Records that fail: the mapping is stopped when more of them do; the other mappings go on.")

  private static let missingAtTarget = FieldSpec.optional(
    "missing_at_target", missingObject.kind,
    "Linked objects that the target does not have any more: a reconciliation that finds more of them stops the mapping."
  )

  static let object = ObjectSpec<GuardDefinition>(
    "guard", "Limits on how much one run may change.",
    keys: [deactivations.key, sourceDrop.key, errors.key, missingAtTarget.key]
  ) { fields in
    var limits = fields.read(deactivations) ?? standard
    limits.sourceDropPercent = fields.read(sourceDrop) ?? standard.sourceDropPercent
    limits.errors = fields.read(errors) ?? standard.errors
    limits.missingAtTarget = fields.read(missingAtTarget) ?? standard.missingAtTarget
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
    limits.deactivationPercent = fields.read(percent)
    limits.deactivationCount = fields.read(count)
    limits.deactivationFloor = fields.read(floor)
    return limits
  }

  private static let missingObject = ObjectSpec<GuardDefinition.Allowance>(
    "guard-missing-at-target", "How many linked objects the target may have lost.",
    keys: [percent.key, count.key, floor.key]
  ) { fields in
    var allowance = standard.missingAtTarget
    allowance.percent = fields.read(percent)
    allowance.count = fields.read(count)
    allowance.floor = fields.read(floor)
    return allowance
  }

  private static let drop = FieldSpec.required(
    "percent", Kind<Double>.number(0...100), "Of the last complete read, in per cent.",
    example: "20")

  private static let dropObject = ObjectSpec<Double>(
    "guard-source-drop", "How many rows may be missing.", keys: [drop.key]
  ) { fields in
    fields.read(drop)
  }

  private static let errorPercent = FieldSpec.defaulted(
    "percent", Kind<Double>.number(0...100), standard.errors.percent, written: "50",
    "Of the rows before anything is sent, then of the records sent, in per cent.", example: "50")
  private static let errorCount = FieldSpec.defaulted(
    "count", Kind<Int>.int(1...1_000_000), standard.errors.count, written: "50",
    "Among fewer rows or records than this, any number may fail.", example: "50")

  private static let errorsObject = ObjectSpec<GuardDefinition.Errors>(
    "guard-errors",
    "How many records of a run may fail; what failed before and waits does not count.",
    keys: [errorPercent.key, errorCount.key]
  ) { fields in
    GuardDefinition.Errors(
      percent: fields.read(errorPercent),
      count: fields.read(errorCount))
  }
}
