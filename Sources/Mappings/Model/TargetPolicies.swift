import Diagnostics

/// At most `calls` calls in any `per`, counted over the calls that match.
public struct LimitDefinition: Sendable {
  public var name: Located<String>
  public var calls: Int
  public var per: Duration
  /// `METHOD /path` patterns, `*` for any stretch without a slash; empty matches every call.
  public var match: [Located<String>]
  /// Calls that count as more than one.
  public var costs: [Cost]

  public struct Cost: Sendable {
    public var call: Located<String>
    public var calls: Int

    public init(call: Located<String>, calls: Int) {
      self.call = call
      self.calls = calls
    }
  }

  public init(
    name: Located<String>, calls: Int, per: Duration, match: [Located<String>], costs: [Cost] = []
  ) {
    self.name = name
    self.calls = calls
    self.per = per
    self.match = match
    self.costs = costs
  }
}

/// How often and how patiently a call is tried again.
public struct RetryDefinition: Sendable, Hashable {
  public var attempts: Int
  public var base: Duration
  public var max: Duration
  /// The longest `Retry-After` that is kept to; a longer one counts as this long.
  public var retryAfterMax: Duration
  /// From the first attempt to the last.
  public var within: Duration

  public init(
    attempts: Int = 5, base: Duration = .seconds(1), max: Duration = .seconds(60),
    retryAfterMax: Duration = .seconds(900), within: Duration = .seconds(1800)
  ) {
    self.attempts = attempts
    self.base = base
    self.max = max
    self.retryAfterMax = retryAfterMax
    self.within = within
  }
}

/// When to leave a target alone for a while.
public struct BreakerDefinition: Sendable, Hashable {
  public var failures: Int
  public var openFor: Duration
  /// Failed probes in a row after which nothing more is tried in this run.
  public var probes: Int

  public init(failures: Int = 5, openFor: Duration = .seconds(30), probes: Int = 3) {
    self.failures = failures
    self.openFor = openFor
    self.probes = probes
  }
}

/// How it is found out whether a create of unknown outcome happened.
public struct LookUpDefinition: Sendable, Hashable {
  /// Look-ups in a row that must find nothing before the object counts as not there.
  public var times: Int
  public var every: Duration
  /// Creates that may be lost in this way before the operator must decide.
  public var attempts: Int

  public init(times: Int = 2, every: Duration = .seconds(30), attempts: Int = 2) {
    self.times = times
    self.every = every
    self.attempts = attempts
  }
}
