/// What a target's limits have counted in earlier commands, and are counting in this one.
///
/// A target does not know of commands: a run that begins within the window of the one before must leave that one's calls
/// their places. What is told here is kept until the command ends however it ends.
public protocol CallMemory: Sendable {
  /// How long ago calls of earlier commands may have been counted by a limit, at the latest; negative while one of them may
  /// still be on its way.
  func earlier(countedBy limit: String) -> [EarlierCall]
  /// A call leaves. It may be counted at any moment from now on, until it is said to be answered.
  func left(_ call: UInt64, countedBy limit: String, cost: Int)
  func answered(_ call: UInt64, countedBy limit: String)
  /// The call was not made after all.
  func withdrawn(_ call: UInt64, countedBy limit: String)
}

/// A call of an earlier command.
public struct EarlierCall: Sendable, Hashable {
  public var ago: Duration
  /// How many calls the limit counts it as.
  public var cost: Int

  public init(ago: Duration, cost: Int) {
    self.ago = ago
    self.cost = cost
  }
}
