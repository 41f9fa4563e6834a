/// The one writer of each target.
public protocol LeaseStore: Sendable {
  /// Takes the lease with the next epoch, when everything in its scope is free, has expired, or is the same holder's; else
  /// says who holds it. What has expired is taken over whole: its former holder writes nothing more, to other targets
  /// neither.
  ///
  /// A lease that ends further ahead than this caller's own would is cut to that length: a wall clock that has been set back
  /// must not block the project for as long as it was wrong.
  ///
  /// - Parameters:
  ///   - holder: Names the process, compared by its UTF-8.
  ///   - length: How long it lasts unless it is renewed.
  func acquireLease(
    of scope: LeaseScope, holder: String, for length: Duration, now: Instant
  ) async throws -> LeaseOutcome
  /// Lengthens a lease from `now` on. `false` when it has passed to another holder, or was given back.
  func renewLease(_ lease: Lease, for length: Duration, now: Instant) async throws -> Bool
  /// Gives a lease back; its epoch stays used. Does nothing when it has passed on.
  func releaseLease(_ lease: Lease) async throws
  /// The leases, expired or not, that stand against one of this scope, the oldest first; none when it is free.
  func leases(against scope: LeaseScope) async throws -> [HeldLease]
  /// Ends the leases of a holder that is known to be dead, as far as they stand against one of this scope; their epochs stay
  /// used. Does nothing when another one has them.
  func endLease(ofDead holder: String, of scope: LeaseScope) async throws
}

extension LeaseStore {
  public func acquireLease(
    holder: String, for length: Duration, now: Instant
  ) async throws -> LeaseOutcome {
    try await acquireLease(of: .project, holder: holder, for: length, now: now)
  }

  /// Who has a lease, expired or not, that stands against one of this scope; `nil` when it is free.
  public func leaseHolder(of scope: LeaseScope = .project) async throws -> String? {
    try await leases(against: scope).first?.lease.holder
  }
}

/// What a lease gives the right to write to.
public enum LeaseScope: Sendable, Hashable {
  /// All targets, and what belongs to none.
  case project
  /// These targets, by their names. Leases of other targets stand beside it.
  case targets(Set<String>)

  /// The names under which it is kept; the project's is empty.
  package var names: [String] {
    switch self {
    case .project: [""]
    case .targets(let names): names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    }
  }

  /// Of the names under which it is kept.
  package init(names: Set<String>) { self = names.contains("") ? .project : .targets(names) }

  /// Whether what is kept under a name stands against it.
  package func overlaps(_ name: String) -> Bool {
    switch self {
    case .project: true
    case .targets(let names): name.isEmpty || names.contains(name)
    }
  }

  /// Whether one lease cannot stand beside another.
  package func overlaps(_ other: LeaseScope) -> Bool { other.names.contains(where: overlaps) }
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

/// A lease as the ledger has it.
public struct HeldLease: Sendable, Hashable {
  public var scope: LeaseScope
  public var lease: Lease
  /// From then on another holder may take it.
  public var expires: Instant

  public init(scope: LeaseScope, lease: Lease, expires: Instant) {
    self.scope = scope
    self.lease = lease
    self.expires = expires
  }
}

public enum LeaseOutcome: Sendable, Hashable {
  case acquired(Lease)
  /// Who holds it, and until when.
  case held(by: String, until: Instant)
}

/// The leases under which somebody is at work.
public struct LiveLeases: Sendable {
  private let epochs: Set<LeaseEpoch>

  public init(_ leases: [HeldLease]) { epochs = Set(leases.map(\.lease.epoch)) }

  /// Whether a run is still going on.
  public func hold(_ run: RunRecord) -> Bool { run.finishedAt == nil && epochs.contains(run.epoch) }

  /// Whether a process is sending a write right now, so that nothing has gone wrong with it.
  public func hold(_ intent: Intent) -> Bool {
    (intent.state == .planned || intent.state == .sent) && epochs.contains(intent.epoch)
  }
}
