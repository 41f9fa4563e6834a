import Expressions

/// Answers `link` for flat expressions, as ``RowActivation`` does for the others.
final class RowLinks: FlatLinks {
  private let resolve: (String, Key) -> LinkAnswer
  private let integerIDs: Set<String>
  /// Whether a key of the present field led nowhere.
  var isMissing = false
  private var key: [UInt8] = []

  init(integerIDs: Set<String>, resolve: @escaping (String, Key) -> LinkAnswer) {
    self.integerIDs = integerIDs
    self.resolve = resolve
  }

  func id(
    mapping: Int, of expression: FlatExpression, keys: UnsafeBufferPointer<FlatValue>,
    scratch: FlatScratch
  ) -> FlatValue {
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
    let name = expression.mappings[mapping]
    switch resolve(name, Key(bytes: key)) {
    case .id(let id):
      if integerIDs.contains(name), let number = Int64(id) { return .int(number) }
      guard let room = scratch.room(id.utf8.count) else { return .unusual }
      return scratch.keep(
        room,
        UnsafeMutableBufferPointer(start: room, count: id.utf8.count).update(
          fromContentsOf: id.utf8))
    case .pending: return .unusual
    case .missing:
      isMissing = true
      return .none
    }
  }
}
