/// A record that the target or the mapping's own checks refused.
///
/// What a target refused is not sent again until its record changes or a person asks for it; and else once a day when a
/// field is blamed, which says that the data are wrong, or after one run, then two, four and so on, at most a day, when
/// none is. What our own checks refuse costs no call and is looked at in every run. What an object at the target stands
/// against waits while that is so, see ``ConflictCheck``.
public struct Failure: Sendable, Hashable {
  public var mapping: String
  public var key: Key
  /// Of the record that was refused.
  public var fingerprint: Fingerprint
  public var reasons: [Reason]
  /// The target's answer; `nil` when nothing was sent.
  public var status: Int?
  /// How often the key has failed since it was last as it should be. The ledger counts.
  public var attempts: Int
  /// The ledger keeps the first.
  public var firstAt: Instant
  public var lastAt: Instant
  public var run: Int64
  /// How often this very record has failed. The ledger counts.
  public var refusals = 1
  /// Which of the mapping's complete reads it was, counted by the ledger.
  public var read = 0
  public var standing = Standing.waiting
  /// The linked object, when it was found to be gone from the target. Nothing is sent for the key until the operator has
  /// answered, or the object is found again.
  public var missingObject: String?
  /// The object at the target that the record is of, and another key has.
  public var claims: String?
  /// What at the target stands against the record.
  public var conflict: Conflict?

  public enum Standing: String, Sendable, Hashable, CaseIterable {
    /// For its data to change, or for its turn to be tried again.
    case waiting
    /// A person wants it tried in the next run.
    case released
    /// A person wants it left alone until its record changes.
    case dismissed
  }

  public struct Reason: Sendable, Hashable {
    /// The field that is blamed, if one is.
    public var field: String?
    public var message: String

    public init(field: String?, message: String) {
      self.field = field
      self.message = message
    }
  }

  public init(
    mapping: String, key: Key, fingerprint: Fingerprint, reasons: [Reason], status: Int?,
    attempts: Int = 1, firstAt: Instant, lastAt: Instant, run: Int64
  ) {
    self.mapping = mapping
    self.key = key
    self.fingerprint = fingerprint
    self.reasons = reasons
    self.status = status
    self.attempts = attempts
    self.firstAt = firstAt
    self.lastAt = lastAt
    self.run = run
  }

  private static let day = Duration.seconds(24 * 60 * 60)

  /// Whether a record is left alone this time.
  ///
  /// - Parameters:
  ///   - read: The number of the mapping's read that is under way.
  ///   - conflictStands: Whether what stood against the record at the target still does.
  public func holdsBack(
    _ record: Fingerprint, read: Int, now: Instant, conflictStands: Bool = false
  ) -> Bool {
    if missingObject != nil { return standing != .released }
    guard record == fingerprint else { return false }
    switch standing {
    case .released: return false
    case .dismissed: return true
    case .waiting where conflict != nil: return conflictStands
    // What our own checks refuse they refuse again by themselves.
    case .waiting where status == nil: return false
    case .waiting:
      // A moment that has not come yet was told by a wrong clock.
      guard lastAt <= now, now.since(lastAt) < Self.day else { return false }
      return runsToWait.map { read - self.read <= $0 } ?? true
    }
  }

  /// Whether a conflict is not to be looked at again yet: in the next run but one, then after two, four and so on, and once a
  /// day at least.
  func rests(read: Int, now: Instant) -> Bool {
    now.since(lastAt) < Self.day && read - self.read <= 1 << min(max(refusals, 1) - 1, 20)
  }

  /// Runs that pass before it is tried again; `nil` when only a day does.
  public var runsToWait: Int? {
    reasons.contains { $0.field != nil } ? nil : 1 << min(max(refusals, 1) - 1, 20)
  }

  func isDismissed(_ record: Fingerprint) -> Bool {
    standing == .dismissed && record == fingerprint
  }
}
