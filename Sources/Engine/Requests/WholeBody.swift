import JSON
import Programs

/// The body of an update that replaces an object: what was read of it, in the places where an update has it, and the fields
/// that differ put over it.
struct WholeBody {
  let schema: SchemaNode

  func body(of object: JSON, with members: [JSON.Member]) -> JSON {
    var body = writable(object, schema)
    if body.members == nil { body = .object([]) }
    for (path, source) in moved(schema, prefix: []) {
      guard let held = object.value(at: source), let node = schema.node(at: path) else { continue }
      let value = writable(held, node)
      if !value.isNull || node.takesNull { body.set(value, at: path[...]) }
    }
    for member in members {
      body.set(member.value, at: member.name.split(separator: ".")[...])
    }
    return body
  }

  /// A value that was read, without what an update has no place for.
  private func writable(_ value: JSON, _ schema: SchemaNode) -> JSON {
    switch value {
    case .object(let members):
      return .object(
        members.compactMap { member in
          guard let node = schema.node(at: CollectionOfOne(member.name[...])), node.isGivenBack
          else { return nil }
          let value = writable(member.value, node)
          return value.isNull && !node.takesNull
            ? nil : JSON.Member(name: member.name, value: value)
        })
    case .array(let elements):
      let node = schema.items.first ?? SchemaNode()
      return .array(elements.map { writable($0, node) })
    default:
      // A value may be shown in another form than it is taken in, such as true for 1.
      guard !schema.problems(with: value).isEmpty else { return value }
      let other = Meaning([schema]).canonical(value)
      return schema.problems(with: other).isEmpty ? other : value
    }
  }

  /// The fields that an answer shows in another place than an update has them: their own places, and those.
  private func moved(_ schema: SchemaNode, prefix: [Substring]) -> [([Substring], String)] {
    let own = schema.properties.sorted { $0.key < $1.key }.flatMap { name, node in
      let place = prefix + [name[...]]
      if case .path(let source) = node.readPath, !node.marks.isReadOnly, !node.marks.isImmutable {
        return [(place, source)]
      }
      return moved(node, prefix: place)
    }
    return own + schema.allOf.flatMap { moved($0, prefix: prefix) }
  }
}

extension SchemaNode {
  /// Whether what an answer shows here goes back in an update.
  fileprivate var isGivenBack: Bool {
    readPath == .same && !marks.isReadOnly && !marks.isImmutable
  }

  fileprivate var takesNull: Bool { kinds.isEmpty || kinds.contains(.null) }
}
