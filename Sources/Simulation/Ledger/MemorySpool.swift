import Engine
import Synchronization

/// The changes of one run, in memory.
final class MemorySpool: ChangeSpool {
  private let changes = Mutex<[String: [PlannedChange]]>([:])

  func add(_ changes: [PlannedChange], mapping: String) async throws {
    self.changes.withLock { spools in
      let all = (spools[mapping] ?? []) + changes
      spools[mapping] = all.sorted { ($0.kind.rawValue, $0.key) < ($1.kind.rawValue, $1.key) }
    }
  }

  func next(
    mapping: String, after position: Int64, limit: Int
  ) async throws -> [(position: Int64, change: PlannedChange)] {
    changes.withLock { spools in
      var size = 0
      return (spools[mapping] ?? []).enumerated().dropFirst(Int(position)).prefix(limit)
        .prefix { _, change in
          defer { size += change.size }
          return size < PlannedChange.stretch
        }
        .map { (Int64($0.offset + 1), $0.element) }
    }
  }

  func clear(mapping: String) async throws { changes.withLock { $0[mapping] = [] } }
}
