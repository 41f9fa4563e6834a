import Expressions

/// Answers `link` for flat expressions, as ``RowActivation`` does for the others.
final class RowLinks: FlatLinks {
  /// Without tables every link is left to the slow path.
  private let tables: LinkTables?
  private let hasTables: Bool
  private let integerIDs: Set<String>
  /// Whether a key of the present field led nowhere.
  var isMissing = false
  /// Whether one of them was a key of the mapping itself, whose object may be there later in the same run.
  var isOwnMissing = false
  /// The mapping whose rows these are.
  private let own: String
  private let key = RecordBytes()
  /// What a place in an expression's list of mappings means: asked for by every row, so that nothing is counted.
  private struct Linked {
    let expression: ObjectIdentifier
    let mapping: Int
    let table: Unmanaged<LinkTable>?
    let hasIntegers: Bool
    let isOwn: Bool
  }
  /// There are few, so that they are looked through.
  private var known: [Linked] = []
  /// The tables that are known.
  private var kept: [LinkTable] = []

  init(own: String, integerIDs: Set<String>, tables: LinkTables?) {
    self.own = own
    self.integerIDs = integerIDs
    self.tables = tables
    hasTables = tables != nil
  }

  func id(
    mapping: Int, of expression: FlatExpression, keys: UnsafeBufferPointer<FlatValue>,
    scratch: FlatScratch
  ) -> FlatValue {
    guard hasTables else { return .unusual }
    key.removeAll()
    for value in keys {
      switch value.kind {
      case .null: return .none
      case .int: key.append(keyPart: value.number)
      case .bool: key.append(keyPart: value.number != 0)
      case .text: key.append(keyPart: value.utf8)
      case .none, .opaque, .unusual: return .unusual
      }
    }
    let linked = linked(mapping, by: expression)
    guard let table = linked.table else {
      isMissing = true
      isOwnMissing = isOwnMissing || linked.isOwn
      return .none
    }
    return table._withUnsafeGuaranteedRef { table in
      id(in: table, linked, scratch)
    }
  }

  @inline(__always)
  private func id(
    in table: LinkTable, _ linked: Linked, _ scratch: FlatScratch
  ) -> FlatValue {
    switch table.find(key.content) {
    case .integer(let id) where linked.hasIntegers: return .int(id)
    case .integer, .text:
      // What is no plain number is for the slow path.
      if linked.hasIntegers { return .unusual }
      guard let id = table.id(of: key.content), let room = scratch.room(id.count) else {
        return .unusual
      }
      for (offset, byte) in id.enumerated() { room[offset] = byte }
      return scratch.keep(room, id.count)
    case .perhapsPending: return .unusual
    case .none:
      isMissing = true
      isOwnMissing = isOwnMissing || linked.isOwn
      return .none
    }
  }

  @inline(__always)
  private func linked(_ mapping: Int, by expression: FlatExpression) -> Linked {
    let identity = ObjectIdentifier(expression)
    for linked in known where linked.expression == identity && linked.mapping == mapping {
      return linked
    }
    return add(mapping, of: expression)
  }

  @inline(never)
  private func add(_ mapping: Int, of expression: FlatExpression) -> Linked {
    let name = expression.mappings[mapping]
    let table = tables?.table(of: name)
    if let table { kept.append(table) }
    let linked = Linked(
      expression: ObjectIdentifier(expression), mapping: mapping,
      table: table.map { .passUnretained($0) }, hasIntegers: integerIDs.contains(name),
      isOwn: name.utf8.elementsEqual(own.utf8))
    known.append(linked)
    return linked
  }
}
