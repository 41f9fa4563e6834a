import JSON
import Programs

/// Names for people: of the objects that a plan would change, and of those that their links lead to.
///
/// A mapping's `title` names the fields; their values come from the change itself, or from what was last sent.
struct PlanNames {
  let programs: [MappingProgram]
  let ledger: any LedgerStore

  /// The same items, with the names that could be found.
  func named(_ items: [PlanItem]) async throws -> [PlanItem] {
    let byName = Dictionary(programs.map { ($0.name, $0) }) { first, _ in first }
    var known: [LinkedObject: PlanItem.Linked?] = [:]
    var named: [PlanItem] = []
    for var item in items {
      if let program = byName[item.mapping] {
        item.title = try await title(of: item, program)
        for field in program.fields where !field.linkedMappings.isEmpty {
          guard let change = item.fields.first(where: { $0.path == field.path }) else { continue }
          for id in [change.before, change.after].compactMap(\.?.linkedID) {
            let resources = field.linkedMappings.compactMap { byName[$0]?.resourceName }
            for resource in resources {
              let object = LinkedObject(id: id, resource: resource)
              if known[object] == nil { known[object] = .some(try await find(object, byName)) }
              if let linked = known[object] ?? nil { item.linked[id] = linked }
            }
          }
        }
      }
      named.append(item)
    }
    return named
  }

  private struct LinkedObject: Hashable {
    var id: String
    var resource: String
  }

  private func title(of item: PlanItem, _ program: MappingProgram) async throws -> String? {
    let paths = program.definition.title.map(\.value)
    guard !paths.isEmpty else { return nil }
    var record = FlatRecord()
    if item.kind != .create {
      record = try FlatRecord(
        remembered: try await ledger.sent(of: program.name, keys: [item.key])[item.key] ?? [],
        of: program.name, item.key)
    }
    for change in item.fields { record[change.path] = change.after }
    return record.title(paths)
  }

  /// The key and the title of a linked object; `nil` when the ledger does not know it.
  private func find(
    _ object: LinkedObject, _ byName: [String: MappingProgram]
  ) async throws -> PlanItem.Linked? {
    guard let owner = try await ledger.owner(of: object.id, resource: object.resource) else {
      return nil
    }
    let paths = byName[owner.mapping]?.definition.title.map(\.value) ?? []
    var title: String?
    if !paths.isEmpty,
      let sent = try await ledger.sent(of: owner.mapping, keys: [owner.key])[owner.key]
    {
      title = try FlatRecord(remembered: sent, of: owner.mapping, owner.key).title(paths)
    }
    return PlanItem.Linked(mapping: owner.mapping, key: owner.key, title: title)
  }
}

extension FlatRecord {
  /// The values of these fields, as people read them; `nil` when none has one.
  func title(_ paths: [String]) -> String? {
    let words = paths.compactMap { path -> String? in
      switch self[path] {
      case .string(let text)?: text
      case .number(let digits)?: digits
      case nil, .null?, .bool?, .array?, .object?: nil
      }
    }
    return words.isEmpty ? nil : words.joined(separator: " ")
  }
}

extension FieldProgram {
  /// The mappings that the field's expression links to.
  var linkedMappings: [String] {
    switch content {
    case .expression(let expression), .table(let expression, _, _):
      expression.hostCalls.compactMap(\.literal)
    case .constant, .secret, .column: []
    }
  }
}

extension JSON {
  /// A value that may be another object's id.
  fileprivate var linkedID: String? {
    switch self {
    case .string(let text): text
    case .number(let digits): digits
    case .null, .bool, .array, .object: nil
    }
  }
}
