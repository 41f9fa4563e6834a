import Engine
import JSON
import Synchronization

/// Random numbers that a seed fixes.
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func happens(_ perMille: Int) -> Bool {
    Int.random(in: 0..<1000, using: &self) < perMille
  }
}

/// Time and the target, as one seed makes them. Everything that happens, happens one after the other, so that the order of
/// the random numbers, and with it the whole course, follows from the seed.
final class World: Timekeeper {
  struct Object: Sendable {
    var value: JSON
    var visibleFrom: Duration
    var isGone = false
    /// Whether it is somebody else's.
    var isStrange = false
  }
  struct Landing: Sendable {
    var at: Duration
    var request: OutboundRequest
    var tenant: Tenant
  }
  struct State: Sendable {
    var now = Duration.seconds(1000)
    var random: SeededGenerator
    /// Decides which answers speak of another object, and nothing else.
    var others: SeededGenerator
    /// Decides which lists end too soon.
    var lists: SeededGenerator
    /// Decides what is odd in the answer to a batch.
    var batches: SeededGenerator
    /// Decides when keys change, and when a project points elsewhere.
    var changes: SeededGenerator
    var variant: Variant
    /// Takes the course down in words, where one seed is looked at.
    var tell: @Sendable (String) -> Void = { _ in }
    /// By the tenants.
    var stores: [[Object]] = [[], Tenant.strangers]
    var landings: [Landing] = []
    var tally = Tally()
    var isCalm = false
    /// How far the wall clock is wrong.
    var skew = Duration.zero
    /// How often the machine has been started.
    var boots = 1
    var bootedAt = Duration.zero
    /// Whether an answer shows whose object it is about, or nothing but an id.
    var showsKeys = true
  }
  let state: Mutex<State>

  init(seed: UInt64, _ variant: Variant, showsKeys: Bool = true) {
    func stream(_ number: UInt64) -> SeededGenerator {
      SeededGenerator(state: (~seed &+ number) &* 0x9E37_79B9_7F4A_7C15)
    }
    state = Mutex(
      State(
        random: SeededGenerator(state: seed &* 0x2545_F491_4F6C_DD1D &+ 1), others: stream(0),
        lists: stream(1 << 60), batches: stream(2 << 60), changes: stream(3 << 60),
        variant: variant, showsKeys: showsKeys))
  }

  static let start: Instant = 1_700_000_000_000
  var monotonic: Duration { state.withLock { $0.now } }
  var wall: Instant { Self.wall(monotonic, skew: state.withLock { $0.skew }) }

  static func wall(_ now: Duration, skew: Duration) -> Instant {
    start.later(by: now + skew)
  }

  /// Somebody sets the clock, or starts the machine with another one. Without the time since the start only a clock that
  /// goes back can be noticed.
  func setClock() {
    guard happens(150) else { return }
    let restarts = happens(400)
    state.withLock { state in
      state.tally.clockJumps += 1
      let away = Duration.seconds(Int.random(in: -200_000...200_000, using: &state.random))
      let isRight = state.random.happens(500)
      if restarts {
        state.boots += 1
        state.bootedAt = state.now
        state.skew =
          state.skew == .zero || !isRight ? min(away, .zero - away) + min(state.skew, .zero) : .zero
      } else {
        state.skew = isRight ? .zero : away
      }
    }
  }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    advance(by: duration)
  }

  func advance(by duration: Duration) { state.withLock { $0.now += max(.zero, duration) } }

  func random() -> Double { state.withLock { Double.random(in: 0..<1, using: &$0.random) } }

  func number(in range: ClosedRange<Int>) -> Int {
    state.withLock { Int.random(in: range, using: &$0.random) }
  }

  func happens(_ perMille: Int) -> Bool {
    state.withLock { $0.isCalm ? false : $0.random.happens(perMille) }
  }

  /// The same by the numbers that decide of changes in the files.
  func changes(_ perMille: Int) -> Bool {
    state.withLock { $0.isCalm ? false : $0.changes.happens(perMille) }
  }

  func count(_ path: WritableKeyPath<Tally, Int> & Sendable) {
    state.withLock { $0.tally[keyPath: path] += 1 }
  }

  /// Our objects at the target by their codes, after everything under way has landed.
  func objects() -> [String: [JSON]] {
    state.withLock { state in
      state.land(until: .seconds(1_000_000_000))
      return Dictionary(grouping: state.stores[0].filter { !$0.isGone }.map(\.value)) {
        $0["code"]?.stringValue ?? ""
      }
    }
  }

  /// How many objects of others are not as they were.
  func overwritten() -> Int {
    state.withLock { state in
      let ours = state.stores[Tenant.ours.rawValue].count { object in
        object.isStrange && (object.isGone || object.value["name"] != Tenant.strangersName)
      }
      let theirs = state.stores[Tenant.theirs.rawValue]
      let unchanged = zip(theirs, Tenant.strangers).count { $0.value == $1.value && !$0.isGone }
      return ours + max(theirs.count, Tenant.strangers.count) - unchanged
    }
  }

  /// Whether the target has an object of ours with this id.
  func holds(_ id: String) -> Bool { state.withLock { $0.place(id, at: .ours) != nil } }

  /// The code of the object that a request would delete.
  func code(ofDeleted request: OutboundRequest, at tenant: Tenant) -> String? {
    guard request.method == "DELETE", let id = request.path.split(separator: "/").last else {
      return nil
    }
    return state.withLock { state in
      state.place(String(id), at: tenant).flatMap {
        state.stores[tenant.rawValue][$0].value["code"]?.stringValue
      }
    }
  }

  /// Carries a request out, as a target on a bad day does.
  func answer(_ request: OutboundRequest, at tenant: Tenant) -> WireResult {
    state.withLock { state in
      let isWrite = request.method != "GET"
      let latency = state.latency()
      state.now += latency
      state.land(until: state.now)
      var result: WireResult
      if state.isCalm {
        result = state.carryOut(request, at: tenant)
      } else if state.random.happens(40) {
        state.tally.refusals += 1
        let after = Int.random(in: 0...20, using: &state.random)
        result = .answer(status: 429, retryAfter: .seconds(after), body: Array("{}".utf8))
      } else if state.random.happens(20) {
        // Whether an answer like this comes before or after the write, it does not say.
        if state.random.happens(500) { _ = state.carryOut(request, at: tenant) }
        result = .answer(status: 500, retryAfter: nil, body: Array("oops".utf8))
      } else if state.random.happens(20) {
        result = .notSent(message: "connection refused", remedy: "")
      } else if state.random.happens(isWrite ? 80 : 20) {
        state.tally.lostAnswers += 1
        switch Int.random(in: 0..<3, using: &state.random) {
        case 0: break
        case 1: _ = state.carryOut(request, at: tenant)
        default:
          state.tally.lateLandings += 1
          let late = Duration.milliseconds(Int.random(in: 0...50_000, using: &state.random))
          state.landings.append(Landing(at: state.now + late, request: request, tenant: tenant))
          state.landings.sort { $0.at < $1.at }
        }
        state.now += .seconds(5)
        result = .lost(message: "the connection was reset", remedy: "")
      } else if isWrite, !state.isBatch(request), state.others.happens(15) {
        state.tally.strangers += 1
        _ = state.carryOut(request, at: tenant)
        result = state.stranger(at: tenant)
      } else {
        result = state.carryOut(request, at: tenant)
      }
      state.note(request, result)
      return result
    }
  }
}

/// The clocks of one process: the wall clock is read once, when it begins.
struct ProcessClock: Timekeeper {
  let world: World
  private let skew: Duration
  let reading: ClockReading

  init(_ world: World) {
    self.world = world
    (skew, reading) = world.state.withLock { state in
      let wall = World.wall(state.now, skew: state.skew)
      let uptime = state.now - state.bootedAt
      return (
        state.skew,
        ClockReading(
          wall: wall, boot: "boot \(state.boots)", started: wall.later(by: .zero - uptime))
      )
    }
  }

  var monotonic: Duration { world.monotonic }
  var wall: Instant { World.wall(world.monotonic, skew: skew) }
  func sleep(for duration: Duration) async throws { try await world.sleep(for: duration) }
  func random() -> Double { world.random() }
}
