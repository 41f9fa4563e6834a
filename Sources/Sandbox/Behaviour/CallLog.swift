/// One call as it was seen and answered.
public struct LoggedCall: Sendable, Hashable {
  /// Counts from 1, in the order of arrival.
  public let number: Int
  /// When the whole request had arrived, from the start of the sandbox.
  public let arrival: Duration
  public let call: Call
  /// The status of the answer; nil when the connection was closed without one.
  public let status: Int?
  /// Refused by a rate window.
  public let refused: Bool
  /// Struck by a fault.
  public let fault: Fault?
}

/// The last calls, 100,000 of them at most.
public struct CallLog: Sendable {
  static let capacity = 100_000

  private var calls: [LoggedCall] = []
  private var total = 0

  /// The calls that are remembered, the oldest first.
  public var all: [LoggedCall] { Array(calls.suffix(Self.capacity)) }

  mutating func record(
    _ call: Call, at arrival: Duration, status: Int?, refused: Bool, fault: Fault?
  ) {
    total += 1
    calls.append(
      LoggedCall(
        number: total, arrival: arrival, call: call, status: status, refused: refused, fault: fault)
    )
    if calls.count >= Self.capacity + 10_000 { calls.removeFirst(calls.count - Self.capacity) }
  }

  public func calls(matching pattern: CallPattern) -> [LoggedCall] {
    all.filter { pattern.matches($0.call) }
  }

  public func count(matching pattern: CallPattern) -> Int {
    calls(matching: pattern).count
  }

  /// How many matching calls arrived in the fullest stretch of so many seconds, refused ones included.
  public func fullestWindow(seconds: Double, matching pattern: CallPattern = "/**") -> Int {
    let arrivals = calls(matching: pattern).map(\.arrival).sorted()
    var fullest = 0
    var first = 0
    for (index, arrival) in arrivals.enumerated() {
      while arrival - arrivals[first] >= .seconds(seconds) { first += 1 }
      fullest = max(fullest, index - first + 1)
    }
    return fullest
  }
}
