import Engine
import Foundation
import Ledger

/// The right to write to the project's ledger, for all targets or for some, kept alive until it is given back.
struct LedgerClaim {
  let lease: Lease
  /// Why the ledger is not to be trusted before it has been compared with the targets; `nil` when it is.
  private(set) var doubt: String?
  /// Whether the wall clock has been set since the ledger was last written.
  let clockWasSet: Bool
  private let mark: LedgerMark
  private let ledger: any ProjectLedger
  private let lock: HolderLock?
  private let renewal: Task<Void, Never>
  private let report: @Sendable (OperationEvent) -> Void

  private static let length = Duration.seconds(30)

  /// The right to write that comes with the lease.
  var writer: ProjectWriter { ProjectWriter(ledger, lease) }

  /// Takes the lease, or throws who holds it. `wait`: how long to wait for the other process to end.
  ///
  /// The lease of a dead process of this machine is taken over at once. A lease from another machine has to expire.
  static func take(
    _ ledger: any ProjectLedger, at path: String, for scope: LeaseScope, wait: Waiting,
    _ environment: OperationEnvironment
  ) async throws -> LedgerClaim {
    let clock = environment.clock
    let host = ProcessInfo.processInfo.hostName
    let holder = "\(host):\(ProcessInfo.processInfo.processIdentifier)"
    var lock: HolderLock?
    var hasSaidSo = false
    let patience = Patience(wait, clock)
    while true {
      try environment.stop.check()
      let attempt = lock.map { .taken($0) } ?? HolderLock.attempt(ledger: path, for: scope)
      if case .taken(let taken) = attempt { lock = taken }
      if case .busy = attempt {
        // Its holder takes the lease next, has it, or is about to end.
        if let other = try await ledger.leaseHolder(of: scope) {
          if patience.isOver { throw running(other, nil) }
          if !hasSaidSo {
            environment.report(.waiting("for \(other)"))
            hasSaidSo = true
          }
        }
      } else {
        switch try await ledger.acquireLease(
          of: scope, holder: holder, for: length, now: clock.wall)
        {
        case .acquired(let lease):
          let renewal = keepRenewing(lease, ledger, environment)
          do {
            return try await begin(
              lease, ledger, LedgerMark(ledger: path, for: scope), environment, lock, renewal)
          } catch {
            renewal.cancel()
            try? await ledger.releaseLease(lease)
            throw error
          }
        case .held(let other, _) where lock != nil && other.hasPrefix(host + ":"):
          try await ledger.endLease(ofDead: other, of: scope)
          continue
        case .held(let other, let until):
          let left = max(.zero, until.since(clock.wall))
          guard !patience.isOver else { throw running(other, left) }
          if !hasSaidSo {
            environment.report(.waiting("for \(other), at most \(left.words) if it is dead"))
            hasSaidSo = true
          }
        }
      }
      try await clock.sleep(for: .milliseconds(200))
    }
  }

  /// Holds the right while `body` works, and releases it however `body` ends.
  static func hold<Result>(
    _ ledger: any ProjectLedger, at path: String, for scope: LeaseScope = .project, wait: Waiting,
    _ environment: OperationEnvironment,
    _ body: (inout LedgerClaim) async throws -> Result
  ) async throws -> Result {
    var claim = try await take(ledger, at: path, for: scope, wait: wait, environment)
    let result: Result
    do {
      result = try await body(&claim)
    } catch {
      do {
        try await claim.end()
      } catch let second {
        environment.report(
          .warning("the ledger was not closed in order: \(OperationFailure(second).message)"))
      }
      throw error
    }
    try await claim.end()
    return result
  }

  /// How a run's record ends.
  struct Ending {
    var status = RunStatus.succeeded
    /// JSON; empty when there is no report.
    var report: [UInt8] = []
  }

  /// Keeps the record of a run from start to finish. Its status is `failed` when `body` throws.
  ///
  /// - Parameter known: The report, JSON, of what is known at the start. It stays when there is no other.
  func recorded<Result>(
    _ command: String, _ mappings: [String], _ clock: any Timekeeper, known: [UInt8] = [],
    _ body: (LedgerWriter, inout Ending) async throws -> Result
  ) async throws -> Result {
    let writer = try await writer.startRun(
      command, mappings: mappings, report: known, at: clock.wall)
    let run = writer.run
    var ending = Ending(report: known)
    let result: Result
    do {
      result = try await body(writer, &ending)
    } catch {
      do {
        try await ledger.finishRun(
          run, status: RunStatus.failed.rawValue, report: ending.report, now: clock.wall)
      } catch let second {
        report(
          .warning("the end of run \(run) was not kept: \(OperationFailure(second).message)"))
      }
      throw error
    }
    try await ledger.finishRun(
      run, status: ending.status.rawValue, report: ending.report, now: clock.wall)
    return result
  }

  /// Checks the ledger and the clock before anything is written.
  private static func begin(
    _ lease: Lease, _ ledger: any ProjectLedger, _ mark: LedgerMark,
    _ environment: OperationEnvironment, _ lock: HolderLock?, _ renewal: Task<Void, Never>
  ) async throws -> LedgerClaim {
    let doubt = try await mark.begin(ledger)
    let jump = try await ProjectWriter(ledger, lease).observe(environment.clock.reading)
    if let jump {
      environment.report(
        .warning("\(words(jump)); writes of unknown outcome rest by the new time"))
    }
    return LedgerClaim(
      lease: lease, doubt: doubt, clockWasSet: jump != nil, mark: mark, ledger: ledger, lock: lock,
      renewal: renewal,
      report: environment.report)
  }

  private static func words(_ jump: ClockJump) -> String {
    switch jump {
    case .by(let jump):
      let length = max(jump, .zero - jump).words
      return "the clock jumped \(jump < .zero ? "back" : "forward") by \(length)"
    case .unknown: return "the clock jumped: it shows less than when the ledger was written last"
    }
  }

  /// The ledger has been compared with all targets.
  mutating func trust() { doubt = nil }

  /// How long to wait for the other process.
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

  private static func running(_ other: String, _ left: Duration?) -> OperationFailure {
    let dead = left.map { "; should it be dead, its claim ends in \($0.words)" } ?? ""
    return OperationFailure(
      .unavailable, "another process is running this project: \(other)",
      remedy: "wait for it, or use `--wait`\(dead)")
  }

  /// Releases the right and closes the ledger, so its file alone is complete.
  func end() async throws {
    renewal.cancel()
    let marked: Result<Void, any Error>
    do {
      // Once another process writes, the mark belongs to it.
      if try await ledger.renewLease(lease, for: Self.length, now: SystemClock().wall) {
        try await mark.end(ledger, isInDoubt: doubt != nil)
      }
      marked = .success(())
    } catch {
      marked = .failure(error)
    }
    try await ledger.releaseLease(lease)
    try ledger.close()
    try marked.get()
  }

  private static func keepRenewing(
    _ lease: Lease, _ ledger: any ProjectLedger, _ environment: OperationEnvironment
  ) -> Task<Void, Never> {
    let clock = environment.clock
    let renewal = LeaseRenewal(length: length, clock: clock) {
      try await ledger.renewLease(lease, for: length, now: clock.wall)
    }
    return Task { await renewal.keep() }
  }
}
