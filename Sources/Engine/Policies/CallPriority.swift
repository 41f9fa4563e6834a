/// Which of the calls that wait at one target goes first.
public struct CallPriority: Sendable, Hashable, Comparable {
  /// What the call is for, the most urgent first.
  public enum Purpose: Int, Sendable, Hashable {
    /// Takes away what somebody should no longer have.
    case deactivate
    /// Makes what others may refer to; reads come before the writes that need them.
    case create, read
    case update
  }
  /// The mapping's own, the highest first.
  public var mapping: Int
  public var purpose: Purpose

  public init(_ purpose: Purpose, mapping: Int = 0) {
    self.purpose = purpose
    self.mapping = mapping
  }

  private var rank: Int { purpose == .deactivate ? 0 : purpose == .update ? 2 : 1 }

  public static func < (one: CallPriority, other: CallPriority) -> Bool {
    one.mapping != other.mapping ? one.mapping > other.mapping : one.rank < other.rank
  }
}

extension CallPriority {
  init(of operation: Operation, mapping: Int) {
    let purpose: Purpose =
      switch operation {
      case .create: .create
      case .update, .restore: .update
      case .deactivate, .delete: .deactivate
      }
    self.init(purpose, mapping: mapping)
  }
}
