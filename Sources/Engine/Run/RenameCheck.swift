import Programs
import Synchronization

/// Sees whether the rows of a mapping without links are those of a mapping that the project no longer has.
///
/// Under another name nothing is known of them: each would be made once more, or refused because its object belongs to the
/// old name.
struct RenameCheck {
  let program: MappingProgram
  /// All mappings of the project; `nil` where they are not known.
  let mappings: Set<String>?
  let ledger: any LedgerStore
  let spool: any ChangeSpool

  func refusal(_ comparer: RowComparer) async throws -> LinkRefusal? {
    guard let known = mappings, !program.definition.continuesNone, comparer.creates > 0,
      comparer.activeLinks == 0,
      try await ledger.linkCount(of: program.name) == (0, 0)
    else { return nil }
    for (name, shape) in try await ledger.shapes().sorted(by: { $0.key < $1.key })
    where !known.contains(name) && shape.resource.isSameName(as: program.resourceName) {
      let links = KeySet()
      try await ledger.targetIDs(of: name, onlyActive: true) { key, _ in links.insert(key) }
      var count = 0
      try await spool.eachSpooled(of: program.name) { change in
        if change.kind == .create, links.contains(change.key) { count += 1 }
      }
      // A few may be alike by chance.
      if count * 2 > comparer.creates {
        return .renamed(mapping: program.name, before: name, rows: count, of: comparer.creates)
      }
    }
    return nil
  }
}

/// Keys that are handed over in stretches.
private final class KeySet: Sendable {
  private let keys = Mutex<Set<Key>>([])

  func insert(_ key: Key) { keys.withLock { _ = $0.insert(key) } }
  func contains(_ key: Key) -> Bool { keys.withLock { $0.contains(key) } }
}

extension ChangeSpool {
  /// Hands over the changes of a mapping that are spooled.
  func eachSpooled(
    of mapping: String, _ body: (PlannedChange) throws -> Void
  ) async throws {
    var position: Int64 = 0
    while true {
      let page = try await next(mapping: mapping, after: position, limit: 500)
      for (_, change) in page { try body(change) }
      guard page.count == 500, let last = page.last else { return }
      position = last.position
    }
  }
}
