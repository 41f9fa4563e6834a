import Diagnostics
import Documents

/// The keys of `look_up` in a target.
enum LookUpSpec {
  private static let times = FieldSpec.defaulted(
    "times", Kind<Int>.int(1...10), LookUpDefinition().times, written: "2",
    "Look-ups in a row that must find nothing before the object counts as not there.",
    example: "2")
  private static let every = FieldSpec.defaulted(
    "every", Kind<Duration>.duration(0...3_600_000), LookUpDefinition().every, written: "30s",
    "How long after one look-up the next is made.", example: "30s")
  private static let attempts = FieldSpec.defaulted(
    "attempts", Kind<Int>.int(1...20), LookUpDefinition().attempts, written: "2",
    "Creates that may be lost in this way before the operator must decide.", example: "2")

  static let object = ObjectSpec<LookUpDefinition>(
    "look-up", "How a create of unknown outcome is looked up.",
    keys: [times.key, every.key, attempts.key]
  ) { fields in
    var lookUp = LookUpDefinition()
    lookUp.times = fields.read(times)
    lookUp.every = fields.read(every)
    lookUp.attempts = fields.read(attempts)
    return lookUp
  }
}
