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
/// Mappings run beside each other and evaluation is synchronous, so the tables are shared under locks.
public final class LinkTables: Sendable {
  private let tables: Mutex<[String: LinkTable]>

  public convenience init() { self.init([:]) }

  init(_ tables: [String: LinkTable]) { self.tables = Mutex(tables) }

  /// The table of a mapping that was loaded.
  func table(of mapping: String) -> LinkTable? { tables.withLock { $0[mapping] } }

  /// Reads a mapping's links, before anybody asks for one of them. `onlyActive`: objects that were given up are deleted,
  /// and nobody may refer to them.
  public func load(
    _ mapping: String, onlyActive: Bool, from ledger: some LedgerStore
  ) async throws {
    let table = LinkTable()
    tables.withLock { $0[mapping] = table }
    try await ledger.targetIDs(of: mapping, onlyActive: onlyActive) { key, id in
      table.add(id, key: key)
    }
  }

  /// Remembers a new link, if anybody may ask for it.
  public func add(_ id: String, mapping: String, key: Key) {
    table(of: mapping)?.add(id, key: key)
  }

  /// Forgets the link to an object that is no more.
  func remove(mapping: String, key: Key) { table(of: mapping)?.remove(key) }

  public func addPending(mapping: String, key: Key) { table(of: mapping)?.addPending(key) }

  public func resolve(_ mapping: String, _ key: Key) -> LinkAnswer {
    table(of: mapping)?.resolve(key) ?? .missing
  }
}

/// One mapping's keys and target ids.
final class LinkTable: Sendable {
  private struct State {
    var ids = LinkIndex()
    var pending: Set<Key> = []
  }
  private let state = Mutex(State())

  func add(_ id: String, key: Key) {
    state.withLock { state in
      key.bytes.withUnsafeBytes { state.ids.set(Array(id.utf8), for: $0) }
    }
  }

  func remove(_ key: Key) {
    state.withLock { state in key.bytes.withUnsafeBytes { state.ids.forget($0) } }
  }

  func addPending(_ key: Key) { state.withLock { _ = $0.pending.insert(key) } }

  func resolve(_ key: Key) -> LinkAnswer {
    state.withLock { state in
      let id = key.bytes.withUnsafeBytes { key in
        state.ids.withID(of: key) { String(decoding: $0, as: UTF8.self) }
      }
      if let id { return .id(id) }
      return state.pending.contains(key) ? .pending : .missing
    }
  }

  enum Found: Sendable {
    case integer(Int64)
    case text([UInt8])
    /// No id; there may be one pending.
    case none(mayBePending: Bool)
  }

  /// What stands for a key in place; an id as a number where it is nothing but digits and that is wanted.
  func find(_ key: UnsafeRawBufferPointer, asInteger: Bool) -> Found {
    state.withLock { state in
      if asInteger, let number = state.ids.number(of: key), number >= 0 { return .integer(number) }
      let id: Found? = state.ids.withID(of: key) { .text(Array($0)) }
      return id ?? .none(mayBePending: !state.pending.isEmpty)
    }
  }
}
