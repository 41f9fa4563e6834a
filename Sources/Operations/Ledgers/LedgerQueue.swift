import Engine
import Foundation
import Ledger

/// Waits until this process may write to the ledger, in turn with others that wait.
struct LedgerQueue {
  let ledger: any ProjectLedger
  let path: String
  let scope: LeaseScope
  /// How long the lease lasts.
  let length: Duration
  let environment: OperationEnvironment

  /// The right to write.
  struct Place {
    let lease: Lease
    /// `nil` where the file system has no locks.
    let lock: HolderLock?
  }

  private var host: String { ProcessInfo.processInfo.hostName }
  private var holder: String { "\(host):\(ProcessInfo.processInfo.processIdentifier)" }

  /// Takes the lease, or throws who holds it.
  ///
  /// The lease of a dead process of this machine is taken over at once. A lease from another machine has to expire.
  ///
  /// - Parameter check: Called once nobody else on this machine can be writing, before anything is written.
  func take(_ wait: Waiting, _ check: () async throws -> Void) async throws -> Place {
    let turn = LockTurn(ledger: path, for: scope, holder: holder)
    let patience = Patience(wait, environment.clock)
    var lock: HolderLock?
    var announced: String?
    while true {
      try environment.stop.check()
      let attempt =
        lock.map { .taken($0) } ?? HolderLock.attempt(ledger: path, for: scope, in: turn)
      if lock == nil, case .taken(let taken) = attempt {
        lock = taken
        try await check()
      }
      switch try await step(attempt) {
      case .acquired(let lease): return Place(lease: lease, lock: lock)
      case .again: continue
      case .blocked(let obstacle):
        // Nobody: its holder takes the lease next, or is about to end.
        guard let obstacle else { break }
        if patience.isOver { throw obstacle.failure }
        if announced != obstacle.others {
          environment.report(.waiting(obstacle.waiting))
          announced = obstacle.others
        }
      }
      if wait != .no { turn.announce() }
      try await environment.clock.sleep(for: .milliseconds(200))
    }
  }

  private enum Step {
    case acquired(Lease)
    /// A dead process no longer stands in the way.
    case again
    case blocked(Obstacle?)
  }

  private func step(_ attempt: HolderLock.Attempt) async throws -> Step {
    let isLocked: Bool
    switch attempt {
    case .busy, .behind:
      let holders = try await ledger.leases(against: scope)
      if !holders.isEmpty { return .blocked(Obstacle(holders)) }
      if case .behind(let waiter) = attempt { return .blocked(Obstacle(before: waiter)) }
      return .blocked(nil)
    case .taken: isLocked = true
    case .unavailable: isLocked = false
    }
    let now = environment.clock.wall
    switch try await ledger.acquireLease(of: scope, holder: holder, for: length, now: now) {
    case .acquired(let lease): return .acquired(lease)
    case .held(let other, _) where isLocked && other.hasPrefix(host + ":"):
      try await ledger.endLease(ofDead: other, of: scope)
      return .again
    case .held(_, let until):
      let holders = try await ledger.leases(against: scope)
      return .blocked(Obstacle(holders, left: max(.zero, until.since(now))))
    }
  }

  /// How long to wait for other processes.
  private struct Patience {
    private let end: Duration?
    private let clock: SystemClock

    init(_ wait: Waiting, _ clock: SystemClock) {
      self.clock = clock
      end =
        switch wait {
        case .no: clock.monotonic
        case .atMost(let limit): clock.monotonic + limit
        case .unbounded: nil
        }
    }

    var isOver: Bool { end.map { clock.monotonic >= $0 } ?? false }
  }

  /// Who stands in the way.
  private struct Obstacle {
    /// Their names, and for which targets they run.
    let others: String
    /// Continues "waiting".
    let waiting: String
    let failure: OperationFailure

    init(_ holders: [HeldLease], left: Duration? = nil) {
      others = holders.map { "\($0.lease.holder)\($0.targets.map { " (\($0))" } ?? "")" }
        .joined(separator: ", ")
      waiting = "for \(others)" + (left.map { ", at most \($0.words) if it is dead" } ?? "")
      let parts = holders.map { held in
        (held.targets.map { " for the \($0)" } ?? "") + ": \(held.lease.holder)"
      }
      failure = OperationFailure(
        .unavailable,
        "another process is running this project" + parts.joined(separator: "; another one"),
        remedy: "wait for it, or use `--wait`"
          + (left.map { "; should it be dead, its claim ends in \($0.words)" } ?? ""))
    }

    init(before waiter: String) {
      others = waiter
      waiting = "for \(waiter), which has waited longer"
      failure = OperationFailure(
        .unavailable, "another process waits to run this project, and comes first: \(waiter)",
        remedy: "wait for it, or use `--wait`")
    }
  }
}

extension HeldLease {
  /// `target NAME` or `targets NAME, NAME`; `nil` for the whole project.
  fileprivate var targets: String? {
    guard case .targets = scope else { return nil }
    return (scope.names.count == 1 ? "target " : "targets ")
      + scope.names.joined(separator: ", ")
  }
}
