import Diagnostics

/// What must hold between the limits of a target and its calls.
enum LimitChecks {
  static func check(_ target: TargetDefinition, _ reading: inout Reading) {
    for (place, limit) in target.limits.enumerated() {
      if let first = target.limits[..<place].first(where: { $0.name.value == limit.name.value }) {
        reading.report(
          Codes.repeatedElement, "two limits are named `\(limit.name.value)`", at: limit.name.range,
          notes: [Diagnostic.Note("the first one is here", at: first.name.range)],
          help: ["name one of them otherwise: outputs tell them apart by their names"])
      }
    }
    // A call that could not be read may be the one that is meant.
    guard target.resources.allSatisfy({ $0.misread.isEmpty }) else { return }
    let calls = target.calls
    for limit in target.limits {
      guard let pattern = limit.match.first,
        !limit.match.contains(where: { pattern in calls.contains { fits(pattern.value, $0) } })
      else { continue }
      reading.report(
        Codes.limitWithoutCalls, severity: .warning,
        "no call of this target counts in `\(limit.name.value)`", at: pattern.range,
        help: [
          closest(to: pattern.value, in: calls.map { "\($0.method) \($0.starred)" })
            .map { "did you mean `\($0)`?" } ?? "correct the pattern, or take the limit out"
        ])
    }
  }

  /// `*` stands for one stretch between slashes, and so does a placeholder.
  private static func fits(_ pattern: String, _ call: CallDefinition) -> Bool {
    let parts = pattern.split(separator: " ", maxSplits: 1)
    guard parts.count == 2, parts[0] == call.method else { return false }
    let wanted = parts[1].prefix { $0 != "?" }.split(separator: "/")
    let given = call.route.split(separator: "/")
    return wanted.count == given.count
      && zip(wanted, given).allSatisfy { $0 == "*" || $1.contains("{") || $0 == $1 }
  }
}

extension CallDefinition {
  /// The path without its query.
  fileprivate var route: Substring { path.prefix { $0 != "?" } }

  /// The path as a pattern.
  fileprivate var starred: String {
    "/"
      + route.split(separator: "/").map { $0.contains("{") ? "*" : String($0) }.joined(
        separator: "/")
  }
}

extension TargetDefinition {
  /// Every call that a run can make.
  fileprivate var calls: [CallDefinition] {
    let own = resources.flatMap { resource in
      (resource.list?.calls ?? [])
        + [
          resource.find?.call, resource.get?.call, resource.create?.call, resource.update?.call,
          resource.delete,
        ].compactMap(\.self)
    }
    return own + (probe.map { [$0] } ?? [])
  }
}
