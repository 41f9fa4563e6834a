import Synchronization

/// What a reference to another mapping's object leads to.
public enum LinkAnswer: Sendable, Hashable {
  /// The target's id.
  case id(String)
  /// The object will be created by this plan, so it has no id yet.
  case pending
  case missing
}

/// A reference that leads nowhere yet.
public struct MissingLink: Sendable, Hashable, CustomStringConvertible {
  public var mapping: String
  public var key: Key

  public var description: String { "\(mapping) \(key)" }
}

/// The keys and target ids of the mappings that others link to, held in memory while a run lasts.
///
/// Mappings run beside each other and evaluation is synchronous, so the tables are shared under a lock.
public final class LinkTables: Sendable {
  private struct Table {
    var ids: [Key: String] = [:]
    var pending: Set<Key> = []
  }
  private let tables = Mutex<[String: Table]>([:])

  public init() {}

  /// Reads a mapping's links, before anybody asks for one of them. `onlyActive`: objects that were given up are deleted,
  /// and nobody may refer to them.
  public func load(
    _ mapping: String, onlyActive: Bool, from ledger: some LedgerStore
  ) async throws {
    tables.withLock { $0[mapping] = Table() }
    try await ledger.targetIDs(of: mapping, onlyActive: onlyActive) { key, id in
      self.tables.withLock { $0[mapping]?.ids[key] = id }
    }
  }

  /// Remembers a new link, if anybody may ask for it.
  public func add(_ id: String, mapping: String, key: Key) {
    tables.withLock { $0[mapping]?.ids[key] = id }
  }

  /// Forgets the link to an object that is no more.
  func remove(mapping: String, key: Key) {
    tables.withLock { _ = $0[mapping]?.ids.removeValue(forKey: key) }
  }

  public func addPending(mapping: String, key: Key) {
    tables.withLock { _ = $0[mapping]?.pending.insert(key) }
  }

  public func resolve(_ mapping: String, _ key: Key) -> LinkAnswer {
    tables.withLock { tables in
      guard let table = tables[mapping] else { return .missing }
      if let id = table.ids[key] { return .id(id) }
      return table.pending.contains(key) ? .pending : .missing
    }
  }
}
