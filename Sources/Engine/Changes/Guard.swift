import Mappings

/// Why a mapping's changes were held back.
public enum GuardTripped: Sendable, Hashable {
  /// The source returned far fewer rows than in the last complete read.
  case sourceDrop(rows: Int, before: Int, percent: Double)
  case deactivations(count: Int, active: Int, allowed: Int)

  public var message: String {
    switch self {
    case .sourceDrop(let rows, let before, let percent):
      "the source returned \(rows) rows, \(before) the last time: a drop of more than \(percent.plain) %. "
        + "Nothing was sent. If the rows are really gone, raise `guard.source_drop.percent` for one run"
    case .deactivations(let count, let active, let allowed):
      "\(count) of \(active) linked objects would be deactivated, and \(allowed) are allowed. Nothing was sent. "
        + "If they are really gone, raise `guard.deactivations` for one run"
    }
  }
}

extension GuardDefinition {
  func check(rows: Int, lastRows: Int?, deactivations: Int, active: Int) -> GuardTripped? {
    if let lastRows, lastRows - rows > deactivationFloor,
      Double(rows) < Double(lastRows) * (1 - sourceDropPercent / 100)
    {
      return .sourceDrop(rows: rows, before: lastRows, percent: sourceDropPercent)
    }
    let share = Int((Double(active) * deactivationPercent / 100).rounded(.down))
    let allowed = min(max(deactivationFloor, share), deactivationCount)
    if deactivations > allowed {
      return .deactivations(count: deactivations, active: active, allowed: allowed)
    }
    return nil
  }
}

extension Double {
  fileprivate var plain: String { Int(exactly: self).map { String($0) } ?? String(self) }
}
