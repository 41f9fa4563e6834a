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
  /// So many rows are, by their keys and values, those that the ledger has under the name of another mapping.
  case exchangedNames(count: Int, of: Int, mapping: String, other: String)
  /// Too many rows make no record that could be sent.
  case invalid(count: Int, rows: Int, percent: Double)
  /// Too many of the records sent were refused, or have no known end; the rest was not sent.
  case errors(count: Int, sent: Int, percent: Double)
  /// A whole listing of the target lacks too many linked objects.
  case missingAtTarget(count: Int, active: Int, allowed: Int)
  /// The ledger was to be compared with the target, and nothing lists the target.
  case cannotReconcile(resource: String)

  /// What the guard has found.
  public var finding: String {
    switch self {
    case .sourceDrop(let rows, let before, let percent):
      "the source returned \(rows) rows, \(before) the last time: a drop of more than \(percent.plain) %"
    case .deactivations(let count, let active, let allowed):
      "\(count) of \(active) linked objects would be deactivated, and \(allowed) are allowed"
    case .movedKeys(let count, let absent, let field, _):
      Self.likeness(count, absent, field)
    case .exchangedKeys(let count, let all, let field):
      "\(count) of the \(all) rows with another `\(field)` than before have the one of another key's "
        + "object: has the key changed?"
    case .exchangedNames(let count, let all, let mapping, let other):
      "\(count) of the \(all) rows of `\(mapping)` are those that the ledger has, by the same keys, under "
        + "the name `\(other)`: have mappings changed their names?"
    case .missingAtTarget(let count, let active, let allowed):
      "\(count) of \(active) linked objects are no longer at the target, and \(allowed) may be missing"
    case .cannotReconcile(let resource):
      "the target cannot list `\(resource)`, so it cannot be compared with the ledger"
    case .invalid(let count, let rows, let percent):
      "\(count) of \(rows) rows make no valid record, more than \(percent.plain) %"
    case .errors(let count, let sent, let percent):
      "\(count) of the first \(sent) records sent failed, more than \(percent.plain) %"
    }
  }

  public var message: String { Self.summary([self]).message }

  public var remedy: String { Self.summary([self]).remedy }

  /// What has become of the mapping.
  private var consequence: String {
    switch self {
    case .errors:
      "The rest was not sent. If they are really so, raise `guard.errors.percent` for one run"
    case .sourceDrop, .deactivations, .movedKeys, .exchangedKeys, .exchangedNames, .invalid,
      .missingAtTarget, .cannotReconcile:
      "Nothing was sent"
    }
  }

  /// What to look at before anything else.
  private var advice: String {
    switch self {
    case .missingAtTarget:
      "look at the target first: a filter, another tenant or a rebuilt index shows too few objects"
    case .cannotReconcile: "declare `list` and `match` for the resource in the target's file"
    case .movedKeys(_, _, _, let mapping):
      "name the columns of the old key under `previous_key:`, or see what "
        + "`crosswalk adopt \(mapping) --move` finds"
    case .exchangedKeys: "name the columns of the old key under `previous_key:`"
    case .exchangedNames(_, _, let mapping, let other):
      "give `\(mapping)` and `\(other)` back the names under which their objects were sent; a mapping "
        + "with a new name says the former one under `previous_name:`"
    case .sourceDrop, .deactivations:
      "look at the source first: a copy job caught half-way shows an empty or half table"
    case .invalid:
      "see the reasons: one column or one expression is likely to blame for them all"
    case .errors: "see the reasons: so many are the target's fault or the mapping's, not the data's"
    }
  }

  /// When it is approved.
  private var condition: String {
    switch self {
    case .missingAtTarget: "if they were really deleted there"
    case .movedKeys: "if they are others"
    case .exchangedKeys: "if the keys are as they were"
    case .exchangedNames: "if the objects are to have these values"
    case .sourceDrop, .deactivations: "if they are really gone"
    case .invalid: "if they are really so"
    case .errors, .cannotReconcile: ""
    }
  }

  /// Why a mapping is held back, and what to do, of all guards that have tripped.
  ///
  /// - Parameter approved: What the operator has approved of them, where that is less than they find now.
  static func summary(
    _ tripped: [GuardTripped], approved: [PlanSection.ShownGuard] = []
  ) -> (message: String, remedy: String) {
    var message = tripped.map(\.finding).joined(separator: "; ")
    let consequence = tripped.first?.consequence ?? ""
    message += (message.hasSuffix("?") ? " " : ". ") + consequence
    for one in approved {
      guard let now = tripped.lazy.compactMap(\.shown).first(where: { $0.name == one.name })
      else { continue }
      message +=
        ". The approval of `\(one.name)` is for \(one.count), and there are \(now.count) now"
    }
    var advice: [String] = []
    for one in tripped where !advice.contains(one.advice) { advice.append(one.advice) }
    var remedy = advice.joined(separator: "; ")
    let names = tripped.compactMap(\.name)
    if !names.isEmpty {
      let conditions = Set(tripped.map(\.condition))
      let condition = conditions.count == 1 ? tripped[0].condition : "if all of that is right"
      let again = approved.isEmpty ? "" : "look at another plan, and approve that: "
      remedy +=
        ". \(condition.prefix(1).uppercased() + condition.dropFirst()), \(again)"
        + "`crosswalk plan --out FILE` and `crosswalk apply FILE"
        + names.map { " --approve \($0)" }.joined() + "`"
    }
    return (message, remedy)
  }
}

extension GuardTripped {
  /// As `apply --approve` names it; `nil` where there is nothing to approve.
  public var name: String? {
    switch self {
    case .deactivations: "deactivations"
    case .sourceDrop: "source_drop"
    case .invalid: "errors"
    case .missingAtTarget: "missing_at_target"
    case .movedKeys: "moved_keys"
    case .exchangedKeys, .exchangedNames: "exchanged_keys"
    case .errors, .cannotReconcile: nil
    }
  }

  /// What can be approved.
  public static let names = [
    "deactivations", "source_drop", "errors", "missing_at_target", "moved_keys", "exchanged_keys",
  ]

  /// As a plan keeps it.
  var shown: PlanSection.ShownGuard? {
    let count: Int
    switch self {
    case .deactivations(let objects, _, _): count = objects
    case .sourceDrop(let rows, let before, _): count = before - rows
    case .invalid(let rows, _, _): count = rows
    case .missingAtTarget(let objects, _, _): count = objects
    case .movedKeys(let keys, _, _, _): count = keys
    case .exchangedKeys(let rows, _, _), .exchangedNames(let rows, _, _, _): count = rows
    case .errors, .cannotReconcile: return nil
    }
    return name.map { PlanSection.ShownGuard(name: $0, count: count) }
  }

  /// Whether it says itself that keys look changed.
  var isLikeness: Bool {
    switch self {
    case .movedKeys, .exchangedKeys, .exchangedNames: true
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
  /// What holds a mapping back, the worst first. `deactivations`: keys that would be given up, whether or not another row
  /// matches their objects.
  func check(
    rows: Int, lastRows: Int?, deactivations: Int, active: Int, invalid: Int = 0
  ) -> [GuardTripped] {
    var tripped: [GuardTripped] = []
    if let lastRows, hasDropped(from: lastRows, to: rows) {
      tripped.append(.sourceDrop(rows: rows, before: lastRows, percent: sourceDropPercent))
    }
    let allowed = allowedDeactivations(of: active)
    if deactivations > allowed {
      tripped.append(.deactivations(count: deactivations, active: active, allowed: allowed))
    }
    if errors.areTooMany(invalid, of: rows) {
      tripped.append(.invalid(count: invalid, rows: rows, percent: errors.percent))
    }
    return tripped
  }

  private func hasDropped(from before: Int, to rows: Int) -> Bool {
    before - rows > deactivationFloor
      && Double(rows) < Double(before) * (1 - sourceDropPercent / 100)
  }

  /// Whether what a guard finds now is what a plan has shown, but for what the guard allows anyway.
  ///
  /// - Parameter rows: The rows that the plan saw.
  func isAsShown(
    _ tripped: GuardTripped, _ shown: PlanSection.ShownGuard, rows: Int
  ) -> Bool {
    switch tripped {
    case .sourceDrop(let now, _, _): !hasDropped(from: rows, to: now)
    case .deactivations(let count, _, let allowed), .missingAtTarget(let count, _, let allowed):
      count - shown.count <= allowed
    case .invalid(let count, _, _), .movedKeys(let count, _, _, _),
      .exchangedKeys(let count, _, _), .exchangedNames(let count, _, _, _):
      count - shown.count <= deactivationFloor
    case .errors, .cannotReconcile: false
    }
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
