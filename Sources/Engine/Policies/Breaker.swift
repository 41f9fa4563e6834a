import Mappings

/// Leaves a target alone that fails again and again.
///
/// Closed, calls pass. After so many failures in a row it opens: nothing passes for a while. Then exactly one call passes as a
/// probe, and its end decides: closed, or open once more. After too many failed probes in a row nothing more is tried.
public struct Breaker: Sendable, Equatable {
  public enum State: Sendable, Hashable {
    case closed
    case open(until: Duration)
    case probing
  }
  public private(set) var state = State.closed
  private let definition: BreakerDefinition
  private var failures = 0
  private var failedProbes = 0

  public init(_ definition: BreakerDefinition) { self.definition = definition }

  /// How long until a call may pass: zero for now, `nil` when the end of the probe decides.
  public func wait(at now: Duration) -> Duration? {
    switch state {
    case .closed: .zero
    case .open(let until): max(.zero, until - now)
    case .probing: nil
    }
  }

  /// A call passes. Says whether it is the probe.
  public mutating func leave() -> Bool {
    guard case .open = state else { return false }
    state = .probing
    return true
  }

  /// A call came to its end. What left before the breaker opened decides nothing any more.
  public mutating func ended(isWell: Bool, isProbe: Bool, at now: Duration) {
    if isProbe {
      if isWell {
        self = Breaker(definition)
      } else {
        failedProbes += 1
        open(at: now)
      }
      return
    }
    guard state == .closed else { return }
    failures = isWell ? 0 : failures + 1
    if failures >= max(1, definition.failures) { open(at: now) }
  }

  /// The probe never left: the next call is one.
  public mutating func takeBack(isProbe: Bool, at now: Duration) {
    if isProbe { state = .open(until: now) }
  }

  /// Whether so many probes have failed that the target is to be left alone for the rest of the run.
  public var hasGivenUp: Bool { failedProbes >= max(1, definition.probes) }

  private mutating func open(at now: Duration) {
    failures = 0
    state = .open(until: now + definition.openFor)
  }
}
