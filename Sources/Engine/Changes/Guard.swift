import Mappings

/// Why a mapping's changes were held back.
public enum GuardTripped: Error, Sendable, Hashable {
  /// The source returned far fewer rows than in the last complete read.
  case sourceDrop(rows: Int, before: Int, percent: Double)
  case deactivations(count: Int, active: Int, allowed: Int)
  /// Too many rows make no record that could be sent.
  case invalid(count: Int, rows: Int, percent: Double)
  /// Too many of the records sent were refused, or have no known end; the rest was not sent.
  case errors(count: Int, sent: Int, percent: Double)
  /// The ledger was to be compared with the target, and nothing lists the target.
  case cannotReconcile(resource: String)

  public var message: String {
    switch self {
    case .sourceDrop(let rows, let before, let percent):
      "the source returned \(rows) rows, \(before) the last time: a drop of more than \(percent.plain) %. "
        + "Nothing was sent. If the rows are really gone, raise `guard.source_drop.percent` for one run"
    case .deactivations(let count, let active, let allowed):
      "\(count) of \(active) linked objects would be deactivated, and \(allowed) are allowed. Nothing was sent. "
        + "If they are really gone, raise `guard.deactivations` for one run"
    case .cannotReconcile(let resource):
      "the target cannot list `\(resource)`, so it cannot be compared with the ledger. Nothing was sent"
    case .invalid(let count, let rows, let percent):
      "\(count) of \(rows) rows make no valid record, more than \(percent.plain) %. Nothing was sent. "
        + "If they are really so, raise `guard.errors.percent` for one run"
    case .errors(let count, let sent, let percent):
      "\(count) of the first \(sent) records sent failed, more than \(percent.plain) %. The rest was not sent. "
        + "If they are really so, raise `guard.errors.percent` for one run"
    }
  }

  public var mend: String {
    switch self {
    case .cannotReconcile: "declare `list` and `match` for the resource in the target's file"
    case .sourceDrop, .deactivations:
      "look at the source first: a copy job caught half-way shows an empty or half table"
    case .invalid: "see the reasons: one column or one expression is likely to blame for them all"
    case .errors: "see the reasons: so many are the target's fault or the mapping's, not the data's"
    }
  }
}

extension GuardDefinition {
  func check(
    rows: Int, lastRows: Int?, deactivations: Int, active: Int, invalid: Int = 0
  ) -> GuardTripped? {
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
    if errors.areTooMany(invalid, of: rows) {
      return .invalid(count: invalid, rows: rows, percent: errors.percent)
    }
    return nil
  }

  /// While records are sent.
  func check(failed: Int, sent: Int) -> GuardTripped? {
    errors.areTooMany(failed, of: sent)
      ? .errors(count: failed, sent: sent, percent: errors.percent) : nil
  }
}

extension GuardDefinition.Errors {
  fileprivate func areTooMany(_ failed: Int, of all: Int) -> Bool {
    all >= count && Double(failed) > Double(all) * percent / 100
  }
}

extension Double {
  fileprivate var plain: String { Int(exactly: self).map { String($0) } ?? String(self) }
}
