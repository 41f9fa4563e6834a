import JSON
import Programs

/// Sees whether rows are those of another mapping of the same resource: the ledger has under that one's name, by the same key,
/// just such a record.
///
/// Two mappings that have exchanged their names, or a name that has gone over to another mapping's file, would give every
/// object another one's values.
struct Lookalikes: Sendable {
  /// How many of a mapping's changes are like those of one other mapping.
  struct Found: Sendable, Hashable {
    /// Of rows that have an object of their own.
    var linked = 0
    var new = 0

    var count: Int { linked + new }
  }

  private let program: MappingProgram
  private let ledger: any LedgerStore
  /// Names of other mappings whose links are to objects of the same resource, by keys of the same kinds.
  private let others: [String]

  init(_ program: MappingProgram, _ context: RunContext) async throws {
    self.program = program
    ledger = context.ledger
    let shapes = try await ledger.shapes()
    guard let own = shapes[program.name] else {
      others = []
      return
    }
    others = shapes.filter { name, shape in
      name != program.name && shape.resource.isSameName(as: program.resourceName)
        && shape.key.count == own.key.count
    }.keys.sorted()
  }

  /// Counts the changes that are like what the ledger has under other names.
  func count(in changes: [PlannedChange], into found: inout [String: Found]) async throws {
    guard !others.isEmpty else { return }
    let rows = changes.filter { $0.kind != .deactivate }
    for other in others {
      let remembered = try await ledger.remembered(of: other, keys: rows.map(\.key))
      guard !remembered.isEmpty else { continue }
      for row in rows {
        guard let object = remembered[row.key], try isLike(row, object) else { continue }
        if row.kind == .update {
          found[other, default: Found()].linked += 1
        } else {
          found[other, default: Found()].new += 1
        }
      }
    }
  }

  private func isLike(_ row: PlannedChange, _ object: Remembered) throws -> Bool {
    if row.fingerprint == object.link.fingerprint { return true }
    guard let match = program.match,
      let value = try match.value(in: row.record, of: program.name, row.key)
    else { return false }
    return match.normalised(try object.record()[match.path]) == value
  }
}
