import Synchronization

/// Where a run's time goes, stage by stage.
///
/// What is done at the same time counts for each: with four calls under way, a second is four seconds of `wire`.
public final class StageTimes: Sendable {
  public enum Stage: String, CaseIterable, Sendable {
    /// Waiting for the source's next rows.
    case read
    /// Making records of rows; taken of one row in ``sampling`` and multiplied.
    case evaluate
    /// The rest of the work on a batch of rows.
    case compare
    /// The ledger's reads and writes, until they are durable.
    case ledger
    /// Waiting until a target's limits let a call leave.
    case limits = "wait for limit"
    /// From a request's first byte to the end of its answer.
    case wire
  }

  /// Of so many rows one is timed.
  static let sampling = 64

  private let sums = Mutex<[Stage: Duration]>([:])

  public init() {}

  public func add(_ time: Duration, to stage: Stage) {
    sums.withLock { $0[stage, default: .zero] += time }
  }

  public subscript(stage: Stage) -> Duration { sums.withLock { $0[stage] ?? .zero } }
}
