import Mappings

/// Why a mapping's changes were held back.
public enum GuardTripped: Error, Sendable, Hashable {
  /// The source returned far fewer rows than in the last complete read.
  case sourceDrop(rows: Int, before: Int, percent: Double)
  case deactivations(count: Int, active: Int, allowed: Int)
  /// So many of the absent keys have a row under another key with the same value in this field.
  case movedKeys(count: Int, absent: Int, field: String, mapping: String)
  /// So many updates would give an object the value in this field that another one has.
  case exchangedKeys(count: Int, of: Int, field: String)
  /// Too many rows make no record that could be sent.
  case invalid(count: Int, rows: Int, percent: Double)
  /// Too many of the records sent were refused, or have no known end; the rest was not sent.
  case errors(count: Int, sent: Int, percent: Double)
  /// A whole listing of the target lacks too many linked objects.
  case missingAtTarget(count: Int, active: Int, allowed: Int)
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
    case .movedKeys(let count, let absent, let field, _):
      Self.likeness(count, absent, field) + ". Nothing was sent"
    case .exchangedKeys(let count, let all, let field):
      "\(count) of the \(all) rows with another `\(field)` than before have the one of another key's "
        + "object: has the key changed? Nothing was sent"
    case .missingAtTarget(let count, let active, let allowed):
      "\(count) of \(active) linked objects are no longer at the target, and \(allowed) may be missing. Nothing was sent. "
        + "If they were really deleted there, raise `guard.missing_at_target` for one run"
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
    case .missingAtTarget:
      "look at the target first: a filter, another tenant or a rebuilt index shows too few objects"
    case .cannotReconcile: "declare `list` and `match` for the resource in the target's file"
    case .movedKeys(_, _, _, let mapping):
      "name the columns of the old key under `previous_key:`, or see what "
        + "`crosswalk adopt \(mapping) --move` finds; if they are others, raise `guard.deactivations` "
        + "for one run"
    case .exchangedKeys:
      "name the columns of the old key under `previous_key:`; if the keys are as they were, leave "
        + "`match` out for one run"
    case .sourceDrop, .deactivations:
      "look at the source first: a copy job caught half-way shows an empty or half table"
    case .invalid: "see the reasons: one column or one expression is likely to blame for them all"
    case .errors: "see the reasons: so many are the target's fault or the mapping's, not the data's"
    }
  }
}

extension GuardTripped {
  /// Whether it says itself that keys look changed.
  var isLikeness: Bool {
    switch self {
    case .movedKeys, .exchangedKeys: true
    case .sourceDrop, .deactivations, .invalid, .errors, .missingAtTarget, .cannotReconcile: false
    }
  }

  /// What absent and new keys have in common.
  static func likeness(_ count: Int, _ absent: Int, _ field: String) -> String {
    "\(count) of the \(absent) absent keys have a row under another key with the same `\(field)`: has "
      + "the key changed?"
  }
}

extension GuardDefinition {
  /// `deactivations`: keys that would be given up, whether or not another row matches their objects.
  func check(
    rows: Int, lastRows: Int?, deactivations: Int, active: Int, invalid: Int = 0
  ) -> GuardTripped? {
    if let lastRows, lastRows - rows > deactivationFloor,
      Double(rows) < Double(lastRows) * (1 - sourceDropPercent / 100)
    {
      return .sourceDrop(rows: rows, before: lastRows, percent: sourceDropPercent)
    }
    let allowed = allowedDeactivations(of: active)
    if deactivations > allowed {
      return .deactivations(count: deactivations, active: active, allowed: allowed)
    }
    if errors.areTooMany(invalid, of: rows) {
      return .invalid(count: invalid, rows: rows, percent: errors.percent)
    }
    return nil
  }

  func allowedDeactivations(of active: Int) -> Int {
    Allowance(percent: deactivationPercent, count: deactivationCount, floor: deactivationFloor)
      .allowed(of: active)
  }

  /// When the target has been compared with the ledger.
  func check(missing: Int, active: Int) -> GuardTripped? {
    let allowed = missingAtTarget.allowed(of: active)
    return missing > allowed
      ? .missingAtTarget(count: missing, active: active, allowed: allowed) : nil
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
