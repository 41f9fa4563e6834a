/// The writes, from before their first byte to their end.
public protocol IntentStore: Sendable {
  /// The intents that have not come to their end, the oldest first.
  func openIntents(of mapping: String) async throws -> [Intent]
  /// Keys with an open intent that the operator wants left alone.
  func dismissedIntents(of mapping: String) async throws -> Set<Key>
  /// Writes the intent down, state `sent`, whatever state it carries, before the first byte leaves.
  ///
  /// Throws ``KeyIsBusy`` when another open intent has the key, or the natural key at the resource.
  ///
  /// - Returns: Its id. An intent that has one already is sent again with all of its new values, and must be `planned`.
  func begin(_ intent: Intent) async throws -> Int64
  /// The end of an attempt, with all that follows from it in one transaction. The intent must be open; it may have been begun
  /// under a former lease. Throws ``ObjectIsLinked`` when another key has the object.
  func settle(_ settlement: Settlement) async throws
}

/// The end of an attempt and what follows from it.
public struct Settlement: Sendable {
  public var intent: Int64
  public var state: IntentState
  public var attempt: Int
  public var notBefore: Instant?
  public var lookUps: Int
  public var losses: Int
  public var evidence: String?
  public var resource: String
  /// The link as it is now, and what the target holds, when the write was done.
  public var object: Remembered?
  /// How that came to be so, unless there is nothing to be shown of it.
  public var change: ChangeEntry?
  public var failure: Failure?
  /// Values that the answer shows otherwise than they were sent.
  public var alterations: [Alteration] = []
  /// Whether an earlier failure of the key is over.
  public var clearsFailure: Bool
  /// That of the writer's lease, which a ``LedgerWriter`` puts in.
  public var epoch: LeaseEpoch

  public init(
    intent: Int64, state: IntentState, attempt: Int, notBefore: Instant? = nil, lookUps: Int = 0,
    losses: Int = 0, evidence: String? = nil, resource: String, object: Remembered? = nil,
    change: ChangeEntry? = nil, failure: Failure? = nil, clearsFailure: Bool = false,
    epoch: LeaseEpoch = .none
  ) {
    self.intent = intent
    self.state = state
    self.attempt = attempt
    self.notBefore = notBefore
    self.lookUps = lookUps
    self.losses = losses
    self.evidence = evidence
    self.resource = resource
    self.object = object
    self.change = change
    self.failure = failure
    self.clearsFailure = clearsFailure
    self.epoch = epoch
  }
}

extension Settlement {
  /// Writes down where the intent stands.
  init(_ intent: Intent, evidence: String?) {
    self.init(
      intent: intent.id, state: intent.state, attempt: intent.attempt,
      notBefore: intent.notBefore, lookUps: intent.lookUps, losses: intent.losses,
      evidence: evidence, resource: intent.resource)
  }
}

/// Another write has the key, or the natural key at the resource, and has not come to its end.
public struct KeyIsBusy: Error, Sendable, Hashable {
  /// The other intent.
  public var intent: Int64
  public var key: Key
  /// Whether it is the natural key that they share.
  public var isNatural: Bool

  public init(intent: Int64, key: Key, isNatural: Bool) {
    self.intent = intent
    self.key = key
    self.isNatural = isNatural
  }
}
