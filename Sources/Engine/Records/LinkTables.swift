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

  /// What stands for a key.
  enum Found: Sendable {
    /// An id that is nothing but digits.
    case integer(Int64)
    case text
    case none
    /// No id, and keys of which one is pretended; this may be one of them.
    case perhapsPending
  }

  func find(_ key: UnsafeRawBufferPointer) -> Found {
    state.withLock { state in
      guard let number = state.ids.number(of: key) else {
        return state.pending.isEmpty ? .none : .perhapsPending
      }
      return number >= 0 ? .integer(number) : .text
    }
  }

  /// The id's text.
  func id(of key: UnsafeRawBufferPointer) -> [UInt8]? {
    state.withLock { state in state.ids.withID(of: key) { Array($0) } }
  }
}
