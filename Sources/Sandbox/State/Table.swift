import JSON

/// A thing that only one object of a table may hold, e.g. an e-mail address.
struct UniqueKey: Sendable, Hashable {
  /// The member that is blamed for a second holder.
  let field: String
  let bytes: [UInt8]

  init(_ field: String, _ value: String, caseBlind: Bool = false) {
    self.field = field
    bytes = Array((caseBlind ? value.lowercased() : value).utf8)
  }
}

/// One stored object.
struct Entity: Sendable {
  let id: String
  var fields: [String: JSON]
  /// When it begins to show in lists.
  var visibleFrom: Duration
  /// When it was softly deleted.
  var deletedAt: String?

  init(id: String, fields: [String: JSON], visibleFrom: Duration = .zero) {
    self.id = id
    self.fields = fields
    self.visibleFrom = visibleFrom
  }

  /// A member's text; nil when it is missing, null or not a text.
  func text(_ name: String) -> String? { fields[name]?.stringValue }
}

/// The objects of one resource in the order of their making, found by id or by what is unique about them.
struct Table: Sendable {
  private var rows: [Entity] = []
  private var positions: [String: Int] = [:]
  private var owners: [UniqueKey: String] = [:]
  private var lastVisible: Duration = .zero
  private var deleted = 0
  private let keys: @Sendable (Entity) -> [UniqueKey]

  /// - Parameter keys: What is unique about an object.
  init(uniqueBy keys: @escaping @Sendable (Entity) -> [UniqueKey] = { _ in [] }) {
    self.keys = keys
  }

  var all: [Entity] { rows }
  var count: Int { rows.count }

  subscript(id: String) -> Entity? {
    positions[id].map { rows[$0] }
  }

  /// The first thing that is unique about an object and already held by another one.
  func conflicts(of entity: Entity) -> [UniqueKey] {
    keys(entity).filter { key in owners[key].map { $0 != entity.id } ?? false }
  }

  func owner(of key: UniqueKey) -> Entity? {
    owners[key].flatMap { self[$0] }
  }

  /// What a list shows: neither softly deleted nor still to be indexed.
  func listed(at now: Duration) -> [Entity] {
    if deleted == 0, lastVisible <= now { return rows }
    return rows.filter { $0.deletedAt == nil && $0.visibleFrom <= now }
  }

  /// Adds an object, or puts it in the place of the one with its id.
  mutating func put(_ entity: Entity) {
    if let position = positions[entity.id] {
      release(rows[position])
      rows[position] = entity
    } else {
      positions[entity.id] = rows.count
      rows.append(entity)
    }
    lastVisible = max(lastVisible, entity.visibleFrom)
    if entity.deletedAt != nil { deleted += 1 }
    for key in keys(entity) { owners[key] = entity.id }
  }

  mutating func remove(_ id: String) {
    guard let position = positions[id] else { return }
    release(rows[position])
    rows.remove(at: position)
    renumber()
  }

  /// Moves the first object to the end.
  mutating func shift() {
    guard let first = rows.first else { return }
    rows.removeFirst()
    rows.append(first)
    renumber()
  }

  private mutating func release(_ entity: Entity) {
    if entity.deletedAt != nil { deleted -= 1 }
    for key in keys(entity) where owners[key] == entity.id { owners[key] = nil }
  }

  private mutating func renumber() {
    positions = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1.id, $0) })
  }
}
