/// What the clocks of a process show when it begins to write.
public struct ClockReading: Sendable, Hashable {
  public var wall: Instant
  /// Names the present start of the machine; `nil` when it is not known.
  public var boot: String?
  /// When the machine started, by the wall clock of this process.
  public var started: Instant?

  public init(wall: Instant, boot: String? = nil, started: Instant? = nil) {
    self.wall = wall
    self.boot = boot
    self.started = started
  }
}

/// The wall clock was set since the ledger was written last.
public enum ClockJump: Sendable, Hashable {
  /// Forward by so much, or back by a negative duration: known from the time since the machine started, which nobody sets.
  case by(Duration)
  /// It goes back, or went back the last time: by how much is not known.
  case unknown
}

/// What a ledger remembers of the clocks of those who wrote to it.
public struct ClockRecord: Sendable, Hashable {
  public var boot: String?
  public var started: Instant?
  /// The last moment that was seen.
  public var latest: Instant
  /// The last writer's clock had gone back, so that the next one's may have been put right.
  public var isDoubtful: Bool

  /// Both clocks are read one after the other, and time servers move the one a little.
  public static let tolerance = Duration.seconds(2)

  public init(boot: String?, started: Instant?, latest: Instant, isDoubtful: Bool) {
    self.boot = boot
    self.started = started
    self.latest = latest
    self.isDoubtful = isDoubtful
  }

  public init(_ reading: ClockReading) {
    self.init(
      boot: reading.boot, started: reading.started, latest: reading.wall, isDoubtful: false)
  }

  /// Compares a reading with the last one, and remembers it. Returns how the wall clock was set meanwhile; `nil` when nothing
  /// tells so.
  public mutating func note(_ reading: ClockReading) -> ClockJump? {
    let before = self
    self = ClockRecord(reading)
    if let boot = before.boot, boot == reading.boot, let then = before.started,
      let now = reading.started
    {
      let jump = now.since(then)
      guard jump > Self.tolerance || jump < .zero - Self.tolerance else {
        isDoubtful = before.isDoubtful
        return nil
      }
      isDoubtful = jump < .zero
      return .by(jump)
    }
    let goesBack = before.latest > reading.wall.later(by: Self.tolerance)
    isDoubtful = goesBack
    return goesBack || before.isDoubtful ? .unknown : nil
  }
}

extension ClockJump {
  /// A moment of before, by the clock as it is now; never one that is still to come.
  public func moved(_ moment: Instant, now: Instant) -> Instant {
    switch self {
    case .by(let jump): return min(moment.later(by: jump), now)
    case .unknown: return now
    }
  }

  /// A moment before which nothing is to be done, by the clock as it is now; `nil` when that cannot be told.
  public func movedAhead(_ moment: Instant) -> Instant? {
    guard case .by(let jump) = self else { return nil }
    return moment.later(by: jump)
  }
}
