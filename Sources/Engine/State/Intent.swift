/// What a write does at the target.
public enum Operation: String, Sendable, Hashable, CaseIterable {
  case create
  case update
  /// An undo gives an object former values. They stay until the row has others.
  case restore
  case deactivate
  case delete
}

/// How far a write has come. See `docs/effects.md`.
public enum IntentState: String, Sendable, Hashable, CaseIterable {
  /// Written down; no byte has left, or the last attempt provably changed nothing.
  case planned
  /// The request may have left.
  case sent
  case done
  case rejected
  /// The answer was lost or cannot be read: the write may have happened.
  case unknown
  /// The target has an answer that does not fit ours, a taken value or a vanished object: its key is looked up there.
  case resolving
  /// The write provably did not happen, and the attempt is over.
  case absent
  /// More than one object fits, or the target cannot be asked: a person decides.
  case quarantined

  /// Whether the key must not be written before this intent has been settled.
  public var isOpen: Bool {
    switch self {
    case .planned, .sent, .unknown, .resolving, .quarantined: true
    case .done, .rejected, .absent: false
    }
  }
}

/// A change written down durably before its request leaves.
public struct Intent: Sendable, Hashable {
  public var id: Int64
  public var run: Int64
  public var mapping: String
  public var key: Key
  public var operation: Operation
  /// `target/resource`.
  public var resource: String
  /// The value by which the object can be found at the target.
  public var naturalKey: String?
  /// The target's id, except for a create.
  public var targetID: String?
  /// Of the record as the mapping wants it.
  public var fingerprint: Fingerprint
  /// What the ledger will remember as sent, flat JSON with sensitive values masked.
  public var sent: [UInt8]
  public var state: IntentState
  public var attempt: Int
  /// That of the writer's lease, which a ``LedgerWriter`` puts in.
  public var epoch: LeaseEpoch
  public var sentAt: Instant?
  public var notBefore: Instant?
  /// Look-ups in a row that found nothing, and attempts that were lost for good: see ``Effect``.
  public var lookUps: Int
  public var losses: Int
  /// Masked words about the last answer.
  public var evidence: String?

  public init(
    id: Int64 = 0, run: Int64, mapping: String, key: Key, operation: Operation, resource: String,
    naturalKey: String?, targetID: String?, fingerprint: Fingerprint, sent: [UInt8],
    state: IntentState = .planned, attempt: Int = 0, epoch: LeaseEpoch = .none,
    sentAt: Instant? = nil,
    notBefore: Instant? = nil, lookUps: Int = 0, losses: Int = 0, evidence: String? = nil
  ) {
    self.id = id
    self.run = run
    self.mapping = mapping
    self.key = key
    self.operation = operation
    self.resource = resource
    self.naturalKey = naturalKey
    self.targetID = targetID
    self.fingerprint = fingerprint
    self.sent = sent
    self.state = state
    self.attempt = attempt
    self.epoch = epoch
    self.sentAt = sentAt
    self.notBefore = notBefore
    self.lookUps = lookUps
    self.losses = losses
    self.evidence = evidence
  }
}

extension Intent {
  /// What the ledger will remember as sent.
  func record() throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(remembered: sent, of: mapping, key)
  }

  /// What the protocol decides on.
  public var effect: Effect {
    get {
      Effect(
        operation, state: state, attempt: attempt, sentAt: sentAt, notBefore: notBefore,
        lookUps: lookUps, losses: losses)
    }
    set {
      state = newValue.state
      attempt = newValue.attempt
      sentAt = newValue.sentAt
      notBefore = newValue.notBefore
      lookUps = newValue.lookUps
      losses = newValue.losses
    }
  }
}
