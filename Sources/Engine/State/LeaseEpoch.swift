/// The number of a lease. Every write to the ledger carries it, so that a paused former holder cannot write.
///
/// Each time that a lease is taken its epoch is greater than all before. Nobody has the epoch 0.
public struct LeaseEpoch: Sendable, Hashable, Comparable {
  public var number: Int64

  public init(_ number: Int64) { self.number = number }

  /// Of those who only read.
  public static let none = LeaseEpoch(0)

  public static func < (left: LeaseEpoch, right: LeaseEpoch) -> Bool { left.number < right.number }

  /// The epoch of the lease that is taken next.
  public var next: LeaseEpoch { LeaseEpoch(number + 1) }
}

extension LeaseEpoch: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self.init(value) }
}

extension LeaseEpoch: CustomStringConvertible {
  public var description: String { String(number) }
}
