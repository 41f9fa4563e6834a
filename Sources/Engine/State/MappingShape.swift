import Programs
import Rows

/// What a mapping's links are made for: the resource of their objects, and the columns of their keys.
///
/// Links of another shape say nothing about the rows of this one: every row would be new, and every object's key gone.
public struct MappingShape: Sendable, Hashable {
  /// A column of the key, as its values are encoded.
  public struct KeyColumn: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      case int
      case bool
      case text
      case date
      case uuid
    }
    /// `nil` where only the keys themselves are known, in a ledger of an earlier release.
    public var name: String?
    public var kind: Kind

    public init(name: String?, kind: Kind) {
      self.name = name
      self.kind = kind
    }
  }

  /// `target/resource`.
  public var resource: String
  public var key: [KeyColumn]
  /// The columns of a former key from which links have moved.
  public var formerKey: [String]

  public init(resource: String, key: [KeyColumn], formerKey: [String] = []) {
    self.resource = resource
    self.key = key
    self.formerKey = formerKey
  }

  /// The shape of the links that have this key; `nil` when its bytes are damaged.
  public init?(resource: String, of key: Key) {
    guard let parts = key.parts else { return nil }
    self.init(
      resource: resource,
      key: parts.map { part in
        switch part {
        case .int: KeyColumn(name: nil, kind: .int)
        case .bool: KeyColumn(name: nil, kind: .bool)
        case .text: KeyColumn(name: nil, kind: .text)
        }
      })
  }
}

extension MappingShape: CustomStringConvertible {
  /// `company int, employee text`: the key.
  public var description: String {
    key.map { ($0.name.map { $0 + " " } ?? "") + $0.kind.rawValue }.joined(separator: ", ")
  }
}

extension MappingShape.KeyColumn {
  /// Whether values that were encoded as `earlier` are encoded to the same bytes as this column.
  func takes(_ earlier: MappingShape.KeyColumn) -> Bool {
    if kind == earlier.kind { return true }
    switch (earlier.kind, kind) {
    // A uuid and a date are written in one way only; text may hold them in another.
    case (.uuid, .text), (.date, .text): return true
    // Of links from before the kinds were written down, only the encoding is known.
    case (.text, .uuid), (.text, .date): return earlier.name == nil
    default: return false
    }
  }
}

extension MappingShape {
  /// Whether links with keys of an earlier shape are links of this one. `columns`: all that the query returns. `areTyped`:
  /// whether the source was asked for their types; where not, only the names can tell.
  ///
  /// A column may have another name. It is another column when the earlier one is still there, in the key or beside it.
  func takesKeys(of earlier: MappingShape, columns: [String], areTyped: Bool = true) -> Bool {
    guard key.count == earlier.key.count else { return false }
    return zip(key, earlier.key).allSatisfy { column, before in
      guard !areTyped || column.takes(before) else { return false }
      guard let old = before.name, let new = column.name, !old.isSameName(as: new) else {
        return true
      }
      return !columns.contains { $0.isSameName(as: old) }
    }
  }
}

extension String {
  func isSameName(as other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}

extension MappingProgram {
  /// Whether links with keys of an earlier shape are links of this mapping's rows.
  func takesKeys(of earlier: MappingShape) -> Bool {
    let now =
      shape
      ?? MappingShape(
        resource: resourceName,
        key: definition.key.map { MappingShape.KeyColumn(name: $0.value, kind: .text) })
    return now.takesKeys(
      of: earlier, columns: columns.map(\.name), areTyped: columnsAreTyped)
  }

  /// Whether a row's former key, as the mapping names it, is encoded as the keys of an earlier shape.
  func takesFormerKeys(of earlier: MappingShape) -> Bool {
    let former = definition.previousKey
    guard !former.isEmpty, former.count == earlier.key.count else { return false }
    return !columnsAreTyped
      || zip(shape(ofKey: previousKeyColumns).key, earlier.key).allSatisfy { $0.takes($1) }
  }

  /// The key's columns, with their types where they are known.
  var keyText: String {
    shape?.description ?? definition.key.map(\.value).joined(separator: ", ")
  }

  /// What the mapping's links are made for; `nil` when the source was not asked for the types of its columns.
  public var shape: MappingShape? {
    guard columnsAreTyped else { return nil }
    return shape(ofKey: keyColumns)
  }

  func shape(ofKey places: [Int]) -> MappingShape {
    MappingShape(
      resource: resourceName,
      key: places.map { MappingShape.KeyColumn(name: columns[$0].name, kind: columns[$0].keyKind) })
  }
}

extension Column {
  fileprivate var keyKind: MappingShape.KeyColumn.Kind {
    switch type {
    case .int: .int
    case .bool: .bool
    case .date: .date
    case .uuid: .uuid
    default: .text
    }
  }
}
