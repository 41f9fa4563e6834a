/// The one writer.
public protocol LeaseStore: Sendable {
  /// Takes the lease with the next epoch, when it is free, has expired, or is the same holder's; else says who holds it.
  ///
  /// A lease that ends further ahead than this caller's own would is cut to that length: a wall clock that has been set back
  /// must not block the project for as long as it was wrong.
  ///
  /// - Parameters:
  ///   - holder: Names the process, compared by its UTF-8.
  ///   - length: How long it lasts unless it is renewed.
  func acquireLease(
    holder: String, for length: Duration, now: Instant
  ) async throws -> LeaseOutcome
  /// Lengthens a lease from `now` on. `false` when it has passed to another holder, or was given back.
  func renewLease(_ lease: Lease, for length: Duration, now: Instant) async throws -> Bool
  /// Gives a lease back; its epoch stays used. Does nothing when it has passed on.
  func releaseLease(_ lease: Lease) async throws
  /// Who has the lease, expired or not; `nil` when it is free.
  func leaseHolder() async throws -> String?
  /// Ends the lease of a holder that is known to be dead; its epoch stays used. Does nothing when another one has it.
  func endLease(ofDead holder: String) async throws
}

/// The right to write, until it expires or is given back.
public struct Lease: Sendable, Hashable {
  public var holder: String
  public var epoch: LeaseEpoch

  public init(holder: String, epoch: LeaseEpoch) {
    self.holder = holder
    self.epoch = epoch
  }
}

public enum LeaseOutcome: Sendable, Hashable {
  case acquired(Lease)
  /// Who holds it, and until when.
  case held(by: String, until: Instant)
}
