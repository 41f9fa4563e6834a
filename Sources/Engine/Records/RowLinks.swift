import Expressions

/// Answers `link` for flat expressions, as ``RowActivation`` does for the others.
final class RowLinks: FlatLinks {
  /// Without tables every link is left to the clear way.
  private let tables: LinkTables?
  private let integerIDs: Set<String>
  /// Whether a key of the present field led nowhere.
  var isMissing = false
  private var key: [UInt8] = []
  private struct Linked {
    let expression: ObjectIdentifier
    let mapping: Int
    let table: LinkTable?
    let hasIntegers: Bool
  }
  /// What the expressions' mappings are, asked for once. There are few, so that they are looked through.
  private var known: [Linked] = []

  init(integerIDs: Set<String>, tables: LinkTables?) {
    self.integerIDs = integerIDs
    self.tables = tables
  }

  func id(
    mapping: Int, of expression: FlatExpression, keys: UnsafeBufferPointer<FlatValue>,
    scratch: FlatScratch
  ) -> FlatValue {
    guard let tables else { return .unusual }
    key.removeAll(keepingCapacity: true)
    for value in keys {
      switch value.kind {
      case .null: return .none
      case .int: Key.append(value.number, to: &key)
      case .bool: Key.append(.bool(value.number != 0), to: &key)
      case .text: Key.append(utf8: UnsafeRawBufferPointer(value.utf8), to: &key)
      case .none, .opaque, .unusual: return .unusual
      }
    }
    let linked = linked(mapping, by: expression, tables)
    guard let table = linked.table else {
      isMissing = true
      return .none
    }
    switch key.withUnsafeBytes({ table.find($0, asInteger: linked.hasIntegers) }) {
    case .integer(let id): return .int(id)
    case .text(let id):
      // What is no plain number is for the clear way.
      guard !linked.hasIntegers, let room = scratch.room(id.count) else { return .unusual }
      for (offset, byte) in id.enumerated() { room[offset] = byte }
      return scratch.keep(room, id.count)
    case .none(let mayBePending):
      if mayBePending { return .unusual }
      isMissing = true
      return .none
    }
  }

  private func linked(
    _ mapping: Int, by expression: FlatExpression, _ tables: LinkTables
  ) -> Linked {
    let identity = ObjectIdentifier(expression)
    for linked in known where linked.expression == identity && linked.mapping == mapping {
      return linked
    }
    let name = expression.mappings[mapping]
    let linked = Linked(
      expression: identity, mapping: mapping, table: tables.table(of: name),
      hasIntegers: integerIDs.contains(name))
    known.append(linked)
    return linked
  }
}
