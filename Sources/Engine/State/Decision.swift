/// What a person has decided about a record that failed, or whose write has no known end. Kept for good.
public struct Decision: Sendable, Hashable {
  public enum Verb: String, Sendable, Hashable, CaseIterable {
    /// Try it again in the next run: its row, through the mapping as it is then.
    case retry
    /// The object is this one at the target.
    case adopt
    /// The target does not hold the object: I have looked.
    case absent
    /// Leave it alone until its record changes.
    case dismiss
    /// The object is that of another key from now on.
    case move
    /// The ledger forgets which object the key has.
    case unlink
    /// The ledger forgets all values of the key.
    case forget
  }
  public var verb: Verb
  public var mapping: String
  public var key: Key
  /// The object that was adopted.
  public var targetID: String?
  /// `name@machine`, or as the person says.
  public var who: String
  public var note: String?
  public var at: Instant

  public init(
    verb: Verb, mapping: String, key: Key, targetID: String? = nil, who: String,
    note: String? = nil, at: Instant
  ) {
    self.verb = verb
    self.mapping = mapping
    self.key = key
    self.targetID = targetID
    self.who = who
    self.note = note
    self.at = at
  }
}
