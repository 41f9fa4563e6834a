import Programs

/// What holds the whole of a mapping back, once all of its rows have been read.
extension MappingRun {
  /// What holds the mapping back, the worst first; without what the operator approves with a plan.
  ///
  /// Where only some records are worked on, nothing is concluded from how many there are.
  func tripped(_ comparer: RowComparer, lastRows: Int?) -> [GuardTripped] {
    let limits = program.definition.limits
    let review = comparer.review
    var tripped = limits.check(
      rows: comparer.report.rows, lastRows: comparer.chosen == nil ? lastRows : nil,
      deactivations: review.atStake, active: comparer.activeLinks, invalid: comparer.invalid)
    if let moved = movedKeys(comparer) { tripped.append(moved) }
    return tripped.filter { context.options.gate?.allows($0, of: program.name, limits) != true }
  }

  /// Whether the keys look as if they named others than before.
  private func movedKeys(_ comparer: RowComparer) -> GuardTripped? {
    let review = comparer.review
    guard let match = program.match else { return nil }
    // Two may well have exchanged their values; more are a key that names others than before.
    let rematched = comparer.findings.rematched
    let exchanged = rematched.exchanged + review.claims.keys.count { rematched.after.contains($0) }
    if exchanged > 2, exchanged * 2 > rematched.count {
      return .exchangedKeys(count: exchanged, of: rematched.count, field: match.path)
    }
    guard
      review.claimed.count
        > program.definition.limits.allowedDeactivations(of: comparer.activeLinks)
    else { return nil }
    return .movedKeys(
      count: review.claimed.count, absent: review.absent, field: match.path, mapping: program.name)
  }

  /// What absent and new keys have in common.
  func likeness(_ comparer: RowComparer) -> String? {
    guard let match = program.match, !comparer.review.claimed.isEmpty else { return nil }
    return GuardTripped.likeness(
      comparer.review.claimed.count, comparer.review.absent, match.path)
  }
}
