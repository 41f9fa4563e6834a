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

/// What has happened to one seed, or to many.
struct Tally: Sendable, Hashable {
  var seeds = 0
  var records = 0
  var runs = 0
  var crashes = 0
  var pauses = 0
  var lostAnswers = 0
  var lateLandings = 0
  var refusals = 0
  /// Answers to a write that spoke of another object.
  var strangers = 0
  var duplicates = 0
  var lost = 0
  var stuck = 0
  var overLimit = 0
  var forPersons = 0
  var deletes = 0
  var clockJumps = 0
  var restored = 0
  /// Of every call and its answer, in their order.
  var trace: UInt64 = 0

  var isSound: Bool { duplicates + lost + stuck + overLimit == 0 }

  static func + (left: Tally, right: Tally) -> Tally {
    var sum = left
    for path in [
      \Tally.seeds, \.records, \.runs, \.crashes, \.pauses, \.lostAnswers, \.lateLandings,
      \.refusals, \.duplicates, \.lost, \.stuck, \.overLimit, \.forPersons, \.deletes,
      \.clockJumps, \.restored, \.strangers,
    ] as [WritableKeyPath<Tally, Int> & Sendable] {
      sum[keyPath: path] += right[keyPath: path]
    }
    sum.trace ^= right.trace
    return sum
  }
}

/// Time and the target, as one seed makes them. Everything that happens, happens one after the other, so that the order of
/// the random numbers, and with it the whole course, follows from the seed.
final class World: Timekeeper {
  struct Object: Sendable {
    var value: JSON
    var visibleFrom: Duration
    var isGone = false
  }
  struct Landing: Sendable {
    var at: Duration
    var request: OutboundRequest
  }
  struct State: Sendable {
    var now = Duration.seconds(1000)
    var random: SeededGenerator
    /// Decides which answers speak of another object, and nothing else.
    var others: SeededGenerator
    var objects: [Object] = []
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

  init(seed: UInt64, showsKeys: Bool = true) {
    let random = SeededGenerator(state: seed &* 0x2545_F491_4F6C_DD1D &+ 1)
    let others = SeededGenerator(state: ~seed &* 0x9E37_79B9_7F4A_7C15)
    state = Mutex(State(random: random, others: others, showsKeys: showsKeys))
  }

  static let start: Int64 = 1_700_000_000_000
  var monotonic: Duration { state.withLock { $0.now } }
  var wall: Int64 { Self.wall(monotonic, skew: state.withLock { $0.skew }) }

  static func wall(_ now: Duration, skew: Duration) -> Int64 {
    start + Int64((now + skew) / .milliseconds(1))
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

  func count(_ path: WritableKeyPath<Tally, Int> & Sendable) {
    state.withLock { $0.tally[keyPath: path] += 1 }
  }

  /// Objects at the target by their codes, after everything under way has landed.
  func objects() -> [String: [JSON]] {
    state.withLock { state in
      state.land(until: .seconds(1_000_000_000))
      return Dictionary(grouping: state.objects.filter { !$0.isGone }.map(\.value)) {
        $0["code"]?.stringValue ?? ""
      }
    }
  }

  /// Carries a request out, as a target on a bad day does.
  func answer(_ request: OutboundRequest) -> WireResult {
    state.withLock { state in
      let isWrite = request.method != "GET"
      let latency = state.latency()
      state.now += latency
      state.land(until: state.now)
      var result: WireResult
      if state.isCalm {
        result = state.carryOut(request)
      } else if state.random.happens(40) {
        state.tally.refusals += 1
        let after = Int.random(in: 0...20, using: &state.random)
        result = .answer(status: 429, retryAfter: .seconds(after), body: Array("{}".utf8))
      } else if state.random.happens(20) {
        // Whether an answer like this comes before or after the write, it does not say.
        if state.random.happens(500) { _ = state.carryOut(request) }
        result = .answer(status: 500, retryAfter: nil, body: Array("oops".utf8))
      } else if state.random.happens(20) {
        result = .notSent(message: "connection refused", mend: "")
      } else if state.random.happens(isWrite ? 80 : 20) {
        state.tally.lostAnswers += 1
        switch Int.random(in: 0..<3, using: &state.random) {
        case 0: break
        case 1: _ = state.carryOut(request)
        default:
          state.tally.lateLandings += 1
          let late = Duration.milliseconds(Int.random(in: 0...50_000, using: &state.random))
          state.landings.append(Landing(at: state.now + late, request: request))
          state.landings.sort { $0.at < $1.at }
        }
        state.now += .seconds(5)
        result = .lost(message: "the connection was reset", mend: "")
      } else if isWrite, state.others.happens(15) {
        state.tally.strangers += 1
        _ = state.carryOut(request)
        result = state.stranger()
      } else {
        result = state.carryOut(request)
      }
      state.note(request, result)
      return result
    }
  }
}

extension World.State {
  /// Mostly 50 ms, sometimes seconds.
  mutating func latency() -> Duration {
    let base = Int.random(in: 20...80, using: &random)
    return .milliseconds(random.happens(30) ? base * 100 : base)
  }

  mutating func land(until moment: Duration) {
    while let next = landings.first, next.at <= moment {
      landings.removeFirst()
      _ = carryOut(next.request)
    }
  }

  /// Objects are found by a search only some time after they were made.
  mutating func carryOut(_ request: OutboundRequest) -> WireResult {
    let parts = request.path.split(separator: "?", maxSplits: 1)
    let path = parts[0].split(separator: "/").map(String.init)
    let body = request.body.flatMap { try? JSON(parsing: $0) } ?? .object([])
    switch (request.method, path.count) {
    case ("POST", 1):
      let lag = isCalm ? 0 : Int.random(in: 0...30_000, using: &random)
      let made = body.with("id", .integer(Int64(objects.count + 1)))
      objects.append(World.Object(value: made, visibleFrom: now + .milliseconds(lag)))
      return found(made, status: 201)
    case ("GET", 1):
      let visible = objects.filter { $0.visibleFrom <= now && !$0.isGone }.map(\.value)
      let page = parts.count > 1 ? parts[1].split(separator: "&") : []
      let number = page.first { $0.hasPrefix("page=") }.flatMap { Int($0.dropFirst(5)) } ?? 1
      let stretch = Array(visible.dropFirst((number - 1) * 7).prefix(7))
      return .answer(
        status: 200, retryAfter: nil, body: (["data": .array(stretch)] as JSON).compactBytes)
    case ("GET", 2):
      return found(place(path[1]).map { objects[$0].value })
    case ("GET", 3):
      return found(
        objects.first {
          $0.visibleFrom <= now && !$0.isGone && $0.value["code"]?.stringValue == path[2]
        }?.value)
    case ("PATCH", 2):
      guard let place = place(path[1]) else { return found(nil) }
      for member in body.members ?? [] {
        objects[place].value = objects[place].value.with(member.name, member.value)
      }
      return found(objects[place].value)
    case ("DELETE", 2):
      guard let place = place(path[1]) else { return found(nil) }
      objects[place].isGone = true
      tally.deletes += 1
      return .answer(status: 204, retryAfter: nil, body: [])
    default: return .answer(status: 405, retryAfter: nil, body: [])
    }
  }

  private func place(_ id: String) -> Int? {
    guard let id = Int(id), objects.indices.contains(id - 1), !objects[id - 1].isGone else {
      return nil
    }
    return id - 1
  }

  /// An answer about an object of somebody else's.
  mutating func stranger() -> WireResult {
    let id = JSON.integer(Int64(objects.count + 1))
    let object: JSON = ["id": id, "code": .string("x\(id)"), "name": "somebody else"]
    objects.append(World.Object(value: object, visibleFrom: now))
    return found(showsKeys ? object : ["id": id])
  }

  private func found(_ object: JSON?, status: Int = 200) -> WireResult {
    guard let object else { return .answer(status: 404, retryAfter: nil, body: Array("{}".utf8)) }
    return .answer(
      status: status, retryAfter: nil, body: (["data": object] as JSON).compactBytes)
  }

  mutating func note(_ request: OutboundRequest, _ result: WireResult) {
    let outcome =
      switch result {
      case .answer(let status, _, _, _): status
      case .notSent: 1
      case .lost: 2
      }
    let line = "\(now) \(request.method) \(request.path) \(outcome)"
    for byte in line.utf8 { tally.trace = (tally.trace ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  }
}

extension JSON {
  fileprivate func with(_ name: String, _ value: JSON) -> JSON {
    var all = (members ?? []).filter { $0.name != name }
    all.append(JSON.Member(name: name, value: value))
    return .object(all.sorted { $0.name < $1.name })
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
      let uptime = Int64((state.now - state.bootedAt) / .milliseconds(1))
      return (
        state.skew, ClockReading(wall: wall, boot: "boot \(state.boots)", started: wall - uptime)
      )
    }
  }

  var monotonic: Duration { world.monotonic }
  var wall: Int64 { World.wall(world.monotonic, skew: skew) }
  func sleep(for duration: Duration) async throws { try await world.sleep(for: duration) }
  func random() -> Double { world.random() }
}
