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

  /// Takes the lease, or throws who holds it; see ``LedgerQueue``.
  ///
  /// - Parameter takesDoubt: Whether the caller can work with a ledger that is in doubt. Where not, such a ledger is refused
  ///   before anything is written.
  private static func take(
    _ ledger: any ProjectLedger, at path: String, for scope: LeaseScope, takesDoubt: Bool,
    wait: Waiting, _ environment: OperationEnvironment
  ) async throws -> LedgerClaim {
    let mark = LedgerMark(ledger: path, for: scope)
    func check() async throws {
      guard !takesDoubt, let doubt = try await mark.doubt(about: ledger) else { return }
      throw OperationFailure.inDoubt(doubt)
    }
    let queue = LedgerQueue(
      ledger: ledger, path: path, scope: scope, length: length, environment: environment)
    let place = try await queue.take(wait, check)
    let renewal = keepRenewing(place.lease, ledger, environment)
    do {
      // Where there are no locks it could not be asked before.
      try await check()
      return try await begin(place, ledger, mark, environment, renewal)
    } catch {
      renewal.cancel()
      try? await ledger.releaseLease(place.lease)
      throw error
    }
  }

  /// Holds the right while `body` works, and releases it however `body` ends.
  ///
  /// - Parameter takesDoubt: Whether `body` can work with a ledger that is in doubt. Where not, such a ledger is refused, and
  ///   neither it nor its marks change.
  static func hold<Result>(
    _ ledger: any ProjectLedger, at path: String, for scope: LeaseScope = .project,
    takesDoubt: Bool, wait: Waiting, _ environment: OperationEnvironment,
    _ body: (inout LedgerClaim) async throws -> Result
  ) async throws -> Result {
    var claim = try await take(
      ledger, at: path, for: scope, takesDoubt: takesDoubt, wait: wait, environment)
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
    _ place: LedgerQueue.Place, _ ledger: any ProjectLedger, _ mark: LedgerMark,
    _ environment: OperationEnvironment, _ renewal: Task<Void, Never>
  ) async throws -> LedgerClaim {
    let clock = environment.clock
    let doubt = try await mark.begin(ledger, at: clock.wall)
    let jump = try await ProjectWriter(ledger, place.lease).observe(clock.reading)
    if let jump {
      environment.report(
        .warning("\(words(jump)); writes of unknown outcome rest by the new time"))
    }
    return LedgerClaim(
      lease: place.lease, doubt: doubt, clockWasSet: jump != nil, mark: mark, ledger: ledger,
      lock: place.lock, renewal: renewal, report: environment.report)
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
