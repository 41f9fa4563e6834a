/// What a target's limits have counted, and are counting, in all commands against it.
///
/// A target does not know of commands: a run must leave the calls of the one before, and those of a plan at the same time,
/// their places. What is told here is kept until the command ends however it ends.
public protocol CallMemory: Sendable {
  /// Lets `body` decide which calls leave, while no other command decides about the same target, and tell of them. `nil`
  /// when another one is deciding: nothing leaves now, and this is to be asked again shortly.
  func deciding<Result>(_ body: () -> Result) -> Result?
  /// How long ago calls of other commands may have been counted by a limit, at the latest; negative while one of them may
  /// still be on its way. `nil` when that is as it was when it was last asked for. To be asked while deciding.
  func others(countedBy limit: String) -> [EarlierCall]?
  /// Whether calls of other commands may be under way, whose ends make room at any moment.
  var othersAreCalling: Bool { get }
  /// A call leaves. It may be counted at any moment from now on, until it is said to be answered.
  func left(_ call: UInt64, countedBy limit: String, cost: Int)
  func answered(_ call: UInt64, countedBy limit: String)
  /// The call was not made after all.
  func withdrawn(_ call: UInt64, countedBy limit: String)
}

/// A call of another command.
public struct EarlierCall: Sendable, Hashable {
  public var ago: Duration
  /// How many calls the limit counts it as.
  public var cost: Int

  public init(ago: Duration, cost: Int) {
    self.ago = ago
    self.cost = cost
  }
}
