import Programs
import Synchronization

/// What an applied plan says, and nothing came of.
extension MappingRun {
  /// Names the records that were to be changed and of which there is nothing to change any more.
  func nameUnmet(_ comparer: RowComparer, _ report: inout MappingReport) async throws {
    guard let gate = context.options.gate, report.status == .succeeded || report.status == .partial
    else {
      return
    }
    var unmet = gate.unmet(of: program.name)
    // Of those that were not chosen now nothing is said.
    if !context.options.keys.isEmpty {
      unmet.removeAll { one in one.key.map { !comparer.chosen.takes($0) } ?? true }
    }
    // They wait for what the plan has not made yet, and count as deferred.
    let waiting = gate.waiting(of: program.name)
    unmet.removeAll { waiting.contains($0.hash) }
    guard !unmet.isEmpty else { return }
    let linked = try await linkedKeys(Set(unmet.filter { $0.key == nil }.map(\.hash)), gate)
    for one in unmet {
      let key = one.key ?? linked[one.hash]
      let reason = gate.isChanged(program.name) ? PlanGate.mappingChanged : whyUnmet(key, comparer)
      report.add(
        Failure.Reason(field: nil, message: reason),
        key: key?.description ?? "masked:\(one.hash.short)", kind: .outdated)
    }
    report.outdated += unmet.count
  }

  private func whyUnmet(_ key: Key?, _ comparer: RowComparer) -> String {
    if let key, comparer.open.keys.contains(key) {
      return "an earlier write of it has no known end yet"
    }
    if let key, let failure = comparer.failed[key] {
      return failure.missingObject == nil
        ? "it was refused before, and is not sent again until its data change; `crosswalk failures` says why"
        : "its object is no longer at the target; `crosswalk failures` says what can be done"
    }
    return
      "the plan says it, and there is nothing to change any more: its row, its link or its object "
      + "has changed since"
  }

  /// Keys that rows did not show, as far as they are linked.
  private func linkedKeys(
    _ wanted: Set<SealedHash>, _ gate: PlanGate
  ) async throws -> [SealedHash: Key] {
    guard !wanted.isEmpty else { return [:] }
    let decisions = gate.decisions(of: program.name)
    let found = FoundKeys()
    try await context.ledger.targetIDs(of: program.name, onlyActive: false) { key, _ in
      let hash = decisions.key(key)
      if wanted.contains(hash) { found.keys.withLock { $0[hash] = key } }
    }
    return found.keys.withLock { $0 }
  }
}

/// Keys that are handed over in stretches.
private final class FoundKeys: Sendable {
  let keys = Mutex<[SealedHash: Key]>([:])
}

extension ChosenKeys? {
  fileprivate func takes(_ key: Key) -> Bool { self?.taken.contains(key) ?? true }
}
