import JSON

/// Keys that must be left alone: the outcome of their last write is not known yet, or a person must decide.
struct OpenKeys {
  private(set) var keys: Set<Key> = []
  /// Those of them that only a person can close.
  private(set) var quarantined: Set<Key> = []
  /// Nobody else may create an object with one of these meanwhile.
  private(set) var naturalKeys: Set<ExactText> = []
  /// Writes that provably changed nothing, to be taken up again with all that is known about them.
  private(set) var planned: [Key: Intent] = [:]

  init() {}

  /// What an earlier run left open. Nothing is looked up.
  init(
    inheriting intents: [Intent], at now: Instant, _ rules: EffectRules
  ) {
    for var intent in intents {
      intent.effect.take(.inherited, at: now, rules)
      if intent.state == .planned { plan(intent) } else { insert(intent) }
    }
  }

  mutating func insert(_ intent: Intent) {
    keys.insert(intent.key)
    if intent.state == .quarantined { quarantined.insert(intent.key) }
    if intent.operation == .create, let naturalKey = intent.naturalKey {
      naturalKeys.insert(ExactText(naturalKey))
    }
  }

  mutating func plan(_ intent: Intent) { planned[intent.key] = intent }
}
