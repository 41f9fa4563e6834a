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
    if let moved = exchangedNames(comparer) ?? movedKeys(comparer) { tripped.append(moved) }
    return tripped.filter { context.options.gate?.allows($0, of: program.name, limits) != true }
  }

  /// Whether the rows look as if they were those of another mapping.
  private func exchangedNames(_ comparer: RowComparer) -> GuardTripped? {
    let found = comparer.findings.lookalikes.max {
      ($0.value.count, $1.key) < ($1.value.count, $0.key)
    }
    // A few rows may have gone over from the other mapping; they have no object here.
    guard let (other, alike) = found, alike.linked > 0 || alike.new > 2,
      alike.count * 2 > comparer.report.rows
    else { return nil }
    return .exchangedNames(
      count: alike.count, of: comparer.report.rows, mapping: program.name, other: other)
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
