import Engine
import Synchronization

/// One process of the simulation: between any two steps it may be killed, or stand still while another one works.
final class Process: Sendable {
  struct Killed: Error {}

  private let world: World
  private let isDead = Mutex(false)
  private let isPaused = Mutex(false)
  private let departures = Mutex<[Duration]>([])
  /// What the others do while this process stands still; `nil` when it never does.
  private let meanwhile: (@Sendable () async -> Void)?

  init(world: World, meanwhile: (@Sendable () async -> Void)?) {
    self.world = world
    self.meanwhile = meanwhile
  }

  /// Before and after everything that others can see.
  /// `mayPause`: not between the last look at the clock and the first byte, see `docs/effects.md`.
  func step(mayPause: Bool = true) async throws {
    if isDead.withLock({ $0 }) { throw Killed() }
    if world.happens(4) {
      isDead.withLock { $0 = true }
      world.count(\.crashes)
      world.state.withLock { $0.tell("killed") }
      throw Killed()
    }
    // Whatever else this process does stands still, too.
    while isPaused.withLock({ $0 }) { await Task.yield() }
    if mayPause, let meanwhile, world.happens(4) {
      isPaused.withLock { $0 = true }
      defer { isPaused.withLock { $0 = false } }
      world.count(\.pauses)
      world.state.withLock { $0.tell("paused") }
      world.advance(by: .seconds(world.number(in: 31...60)))
      await meanwhile()
      world.advance(by: .seconds(world.number(in: 0...300)))
    }
  }

  /// Counts a call as the server does; `true` when it comes too soon behind the others.
  func depart(limit: Int, per: Duration) {
    let now = world.monotonic
    let isOver = departures.withLock { departures in
      departures.append(now)
      return departures.count { $0 > now - per } > limit
    }
    if isOver { world.count(\.overLimit) }
  }
}

/// The way to the target as one process has it.
struct ProcessWire: Wire {
  let world: World
  let process: Process
  let tenant: Tenant
  let weakness: Weakness?
  /// Whether the object of a code has a row.
  let hasRow: @Sendable (String) -> Bool

  func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
    do {
      try await process.step(mayPause: false)
      process.depart(limit: Scenario.limit, per: Scenario.period)
      if let code = world.code(ofDeleted: request, at: tenant), hasRow(code) {
        world.count(\.wrongDeletes)
      }
      let result = world.answer(request, at: tenant)
      try await process.step()
      return weakness == .words ? result.withAllWords : result
    } catch {
      throw CancellationError()
    }
  }
}
