import Diagnostics
import Expressions
import Mappings
import Rows

/// What must hold between mappings that refer to one another. A link can be judged once both its ends are known, so it
/// is held until then.
struct LinkChecks: Sendable {
  /// A reference from one mapping to another.
  struct Reference: Sendable {
    var from: String
    var to: String
    /// What the mapping reads, `query` or `file`.
    var noun: String
    var range: SourceRange
    /// The types of the key that is given.
    var key: [CELType]
    /// Whether a record waits until the other's is there.
    var waits: Bool
  }

  private(set) var diagnostics: [Diagnostic] = []
  private var keys: [String: [(column: Column, range: SourceRange)]] = [:]
  private var held: [Reference] = []
  private var references: [Reference] = []

  /// The types of a mapping's key, where they are known.
  mutating func add(key columns: [Column], of mapping: MappingDefinition) {
    guard columns.count == mapping.key.count else { return }
    keys[mapping.name.value] = zip(columns, mapping.key).map { ($0, $1.range) }
    let ready = held.filter { $0.to == mapping.name.value }
    held.removeAll { $0.to == mapping.name.value }
    for reference in ready { checkKey(of: reference) }
  }

  mutating func add(_ reference: Reference) {
    if keys[reference.to] == nil { held.append(reference) } else { checkKey(of: reference) }
    guard reference.from != reference.to else { return }
    let isKnown = references.contains { $0.from == reference.from && $0.to == reference.to }
    references.append(reference)
    guard !isKnown, let way = way(from: reference.to, to: reference.from) else { return }
    diagnostics.append(.linkCycle([reference] + way))
  }

  private mutating func checkKey(of reference: Reference) {
    guard let key = keys[reference.to], key.count == reference.key.count else { return }
    for (type, part) in zip(reference.key, key) {
      let wanted = part.column.celType(nullable: false)
      guard type.base != wanted, ![.dyn, .null, .error].contains(type.base), wanted != .dyn else {
        continue
      }
      diagnostics.append(.linkKeyType(reference, type, wanted, part.column, part.range))
      return
    }
  }

  /// The references that lead from one mapping to another, the fewest first found.
  private func way(from start: String, to end: String) -> [Reference]? {
    var reached: [String: [Reference]] = [start: []]
    var waiting = [start]
    while !waiting.isEmpty {
      let here = waiting.removeFirst()
      guard let way = reached[here] else { continue }
      if here == end { return way }
      for next in references where next.from == here && reached[next.to] == nil {
        reached[next.to] = way + [next]
        waiting.append(next.to)
      }
    }
    return nil
  }
}
