import Foundation

/// A moment by the wall clock, to the millisecond.
///
/// Stores keep it as milliseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time). Arithmetic never wraps: what
/// would lie beyond the first or the last moment is that moment.
public struct Instant: Sendable, Hashable, Comparable {
  /// Since 1970-01-01T00:00:00Z; negative before.
  public var milliseconds: Int64

  public init(milliseconds: Int64) { self.milliseconds = milliseconds }

  public static let distantPast = Instant(milliseconds: .min)
  public static let distantFuture = Instant(milliseconds: .max)

  public static func < (left: Instant, right: Instant) -> Bool {
    left.milliseconds < right.milliseconds
  }

  /// The moment that is so much later; earlier by a negative duration. Parts of a millisecond are dropped.
  public func later(by duration: Duration) -> Instant {
    let (seconds, attoseconds) = duration.components
    let (whole, tooLong) = seconds.multipliedReportingOverflow(by: 1000)
    let (sum, tooFar) = milliseconds.addingReportingOverflow(whole)
    let beyond = seconds < 0 ? Instant.distantPast : .distantFuture
    guard !tooLong, !tooFar else { return beyond }
    let (exact, overflow) = sum.addingReportingOverflow(attoseconds / 1_000_000_000_000_000)
    return overflow ? beyond : Instant(milliseconds: exact)
  }

  /// How long after `earlier` this is; negative when it is before.
  public func since(_ earlier: Instant) -> Duration {
    .milliseconds(milliseconds) - .milliseconds(earlier.milliseconds)
  }

  /// `2026-01-31T12:00:00Z`: UTC, to the second.
  public var moment: String {
    Date(timeIntervalSince1970: Double(milliseconds) / 1000).formatted(.iso8601)
  }
}

/// A number in code is milliseconds since 1970.
extension Instant: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self.init(milliseconds: value) }
}
