/// What the clocks of a process show when it begins to write.
public struct ClockReading: Sendable, Hashable {
  /// Milliseconds since 1970.
  public var wall: Int64
  /// Names the present start of the machine; `nil` when it is not known.
  public var boot: String?
  /// When the machine started, by the wall clock of this process: milliseconds since 1970.
  public var started: Int64?

  public init(wall: Int64, boot: String? = nil, started: Int64? = nil) {
    self.wall = wall
    self.boot = boot
    self.started = started
  }
}

/// The wall clock was set since the ledger was written last.
public enum ClockJump: Sendable, Hashable {
  /// Forward by so many milliseconds, or back: known from the time since the machine started, which nobody sets.
  case by(Int64)
  /// It goes back, or went back the last time: by how much is not known.
  case unknown
}

/// What a ledger remembers of the clocks of those who wrote to it.
public struct ClockRecord: Sendable, Hashable {
  public var boot: String?
  public var started: Int64?
  /// The last moment that was seen.
  public var latest: Int64
  /// The last writer's clock had gone back, so that the next one's may have been put right.
  public var isDoubtful: Bool

  /// Both clocks are read one after the other, and time servers move the one a little. In milliseconds.
  public static let tolerance: Int64 = 2000

  public init(boot: String?, started: Int64?, latest: Int64, isDoubtful: Bool) {
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
      let (jump, overflow) = now.subtractingReportingOverflow(then)
      if overflow { return .unknown }
      guard jump.magnitude > Self.tolerance.magnitude else {
        isDoubtful = before.isDoubtful
        return nil
      }
      isDoubtful = jump < 0
      return .by(jump)
    }
    let goesBack = before.latest > reading.wall.later(by: .milliseconds(Self.tolerance))
    isDoubtful = goesBack
    return goesBack || before.isDoubtful ? .unknown : nil
  }
}

extension ClockJump {
  /// A moment of before, by the clock as it is now; never one that is still to come.
  public func moved(_ moment: Int64, now: Int64) -> Int64 {
    switch self {
    case .by(let jump):
      let (moved, overflow) = moment.addingReportingOverflow(jump)
      return overflow ? now : min(moved, now)
    case .unknown: return now
    }
  }

  /// A moment before which nothing is to be done, by the clock as it is now; `nil` when that cannot be told.
  public func movedAhead(_ moment: Int64) -> Int64? {
    guard case .by(let jump) = self else { return nil }
    let (moved, overflow) = moment.addingReportingOverflow(jump)
    return overflow ? nil : moved
  }
}
