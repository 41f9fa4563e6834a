/// What the operator decided about single keys.
public protocol DecisionStore: Sendable {
  /// All decisions about a key, the oldest first.
  func decisions(mapping: String, key: Key) async throws -> [Decision]
  /// Writes a decision down, with what follows from it at once.
  ///
  /// - `retry`: the failure is released; a quarantined intent is looked up again.
  /// - `absent`: open intents end as absent, and a link is forgotten, so that the next run creates the object again.
  /// - `dismiss`: the failure, or the open intent, is left alone.
  /// - `adopt`, `move`: nothing more than that it was decided; more is needed, see the other methods.
  /// - `unlink`: the link is forgotten, with its failure and with what the target made of its values. Throws ``KeyIsBusy``
  ///   while a write of the key is open.
  /// - `forget`: not here, see ``UpkeepStore/forget(_:epoch:)``.
  func decide(_ decision: Decision, epoch: LeaseEpoch) async throws
  /// Links a key to the object that the operator has named, in the same transaction as the decision.
  ///
  /// Open intents of the key end as done, and its failure is over. Throws ``ObjectIsLinked`` when another key has the object.
  func adopt(
    _ decision: Decision, link: Link, resource: String, sent: [UInt8], change: ChangeEntry,
    epoch: LeaseEpoch) async throws
  /// Gives an object from a key of one mapping to a key of another whose objects are of the same resource.
  ///
  /// - Parameter revives: Whether a link that was given up counts as in use again.
  /// - Returns: Whether it was done; not where the new key has an object, or a write of either key is open.
  func move(
    _ key: Key, of mapping: String, to other: Key, of name: String, revives: Bool, who: String,
    note: String?, at now: Instant, epoch: LeaseEpoch
  ) async throws -> Bool
}
