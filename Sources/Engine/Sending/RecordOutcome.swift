import Programs

/// What became of one change.
enum RecordOutcome: Sendable {
  case created(withheld: [Failure.Reason])
  case updated(withheld: [Failure.Reason], adopted: Bool)
  case deactivated
  /// Nothing had to be sent; perhaps the object was there and has been linked.
  case unchanged(adopted: Bool)
  case rejected([Failure.Reason])
  case unknown(String)
  /// The target says that a value is taken; whether it is by our own write shows when the key is looked up there.
  case taken(TakenChange)
  /// Another write of the key, or of the natural key, has not come to its end.
  case busy(String)
  /// The plan that is applied does not say it.
  case unplanned
  /// The plan that is applied says it, and what it stands on has changed.
  case outdated(String)
}

/// A create that was refused because of a value that is in use.
struct TakenChange: Sendable {
  var change: PlannedChange
  var intent: Intent
  var status: Int
  var reasons: [Failure.Reason]
}
