import Expressions
import Mappings
import Programs
import Synchronization

/// Whose links those in the ledger are, by what the files say of all mappings and what the links were made for.
///
/// `lint`, plans, runs and `adopt` all ask here, so that none of them takes links for what another does not.
public struct LinkStanding: Sendable {
  let mappings: KnownMappings
  public let shapes: [String: MappingShape]
  private let ledger: any LedgerStore

  public init(_ mappings: KnownMappings, _ ledger: any LedgerStore) async throws {
    self.mappings = mappings
    self.ledger = ledger
    shapes = try await ledger.shapes()
  }

  /// Under which name the ledger has the links of a mapping, if it has any.
  public enum Place: Sendable, Hashable {
    case own
    /// The name that the mapping had before, under which they still are.
    case former(String)
    case refused(LinkRefusal)
  }

  public func place(of mapping: MappingDefinition) async throws -> Place {
    let name = mapping.name.value
    if let former = mapping.previousName?.value, let shape = shapes[former] {
      let links = try await links(of: former)
      if links > 0 {
        let own = try await self.links(of: name)
        guard own == 0 else {
          return .refused(.bothNames(mapping: name, former: former, own: own, links: links))
        }
        guard shape.resource.isSameName(as: mapping.resourceName) else {
          return .refused(
            .formerResource(
              mapping: name, former: former, before: shape.resource, now: mapping.resourceName))
        }
        return .former(former)
      }
    }
    return try await orphan(like: mapping).map { .refused($0) } ?? .own
  }

  /// Objects of the same resource under a name that no mapping has, where nothing is linked under this one's.
  private func orphan(like mapping: MappingDefinition) async throws -> LinkRefusal? {
    guard let known = mappings.names, !mapping.continuesNone else { return nil }
    let taken = mappings.formerNames
    let names = shapes.filter { name, shape in
      !known.contains(name) && !taken.contains(name)
        && shape.resource.isSameName(as: mapping.resourceName)
    }.keys.sorted()
    // A whole ledger is not counted without need.
    guard !names.isEmpty, try await links(of: mapping.name.value) == 0 else { return nil }
    for name in names {
      let links = try await links(of: name)
      guard links > 0 else { continue }
      return .renamed(
        mapping: mapping.name.value, before: name, resource: mapping.resourceName, links: links)
    }
    return nil
  }

  /// Why the links that a name has are not those of a mapping's rows; `nil` when they are, or when the mapping says how they
  /// become so.
  public func refusal(of program: MappingProgram, under name: String) async throws -> LinkRefusal? {
    guard let before = shapes[name] else { return nil }
    let isSameResource = before.resource.isSameName(as: program.resourceName)
    if isSameResource && (program.takesKeys(of: before) || program.takesFormerKeys(of: before)) {
      return nil
    }
    // Where nothing is linked, nothing can be taken for something else.
    let links = try await links(of: name)
    guard links > 0 else { return nil }
    if !isSameResource {
      return .resource(
        mapping: program.name, before: before.resource, now: program.resourceName, links: links,
        isKept: mappings.resources.contains(before.resource))
    }
    return .key(
      mapping: program.name, before: before, now: program.keyText, links: links,
      match: program.match?.path)
  }

  /// Links, and writes that may make one.
  private func links(of name: String) async throws -> Int {
    let (active, inactive) = try await ledger.linkCount(of: name)
    if active + inactive > 0 { return active + inactive }
    return try await ledger.openIntents(of: name).count
  }

  // MARK: Mappings that others link to

  /// Why the links to another mapping cannot be followed yet: they are to move first, in a run of that mapping.
  ///
  /// - Parameter settled: Mappings whose links have been seen to in this run.
  func unsettled(linkedBy program: MappingProgram, _ settled: Set<String>) async throws
    -> LinkRefusal?
  {
    for name in program.linkedMappings where name != program.name && !settled.contains(name) {
      guard let mapping = mappings.definitions[name],
        let reason = try await reason(mapping, linkedBy: program)
      else { continue }
      return .unsettled(mapping: program.name, to: name, reason)
    }
    return nil
  }

  private func reason(
    _ mapping: MappingDefinition, linkedBy program: MappingProgram
  ) async throws -> LinkRefusal.Unsettled? {
    let name = mapping.name.value
    switch try await place(of: mapping) {
    case .refused(let refusal): return .refused(code: refusal.code, refusal.message, refusal.help)
    case .former(let former): return .name(former)
    case .own: break
    }
    guard let shape = shapes[name] else { return nil }
    let reason: LinkRefusal.Unsettled
    if !shape.resource.isSameName(as: mapping.resourceName) {
      reason = .resource(shape.resource)
    } else if shape.isKey(of: mapping), program.keys(of: name).allSatisfy(shape.mayHold) {
      return nil
    } else {
      reason = .key(shape.description)
    }
    return try await links(of: name) > 0 ? reason : nil
  }
}

extension MappingProgram {
  /// The types of the keys by which expressions link to a mapping.
  fileprivate func keys(of mapping: String) -> [[CELType]] {
    (fields + onCreate).flatMap { field -> [[CELType]] in
      switch field.content {
      case .expression(let expression), .table(let expression, _, _):
        expression.hostCalls.filter { $0.literal?.isSameName(as: mapping) ?? false }
          .map { Array($0.argumentTypes.dropFirst()) }
      case .constant, .secret, .column: []
      }
    }
  }
}

extension MappingShape {
  /// Whether these are the columns of a mapping's key, as far as its definition tells, and nothing is to move to it.
  fileprivate func isKey(of mapping: MappingDefinition) -> Bool {
    let former = mapping.previousKey.map(\.value)
    guard mapping.key.count == key.count, former.isEmpty || former == formerKey else {
      return false
    }
    return zip(mapping.key, key).allSatisfy { now, before in
      before.name?.isSameName(as: now.value) ?? true
    }
  }

  /// Whether a key of these types may be one of these links'.
  fileprivate func mayHold(_ types: [CELType]) -> Bool {
    types.count == key.count
      && zip(types, key).allSatisfy { type, column in
        switch (type.base, column.kind) {
        case (.int, .int), (.bool, .bool), (.string, .text), (.string, .date), (.string, .uuid):
          true
        case (.int, _), (.bool, _), (.string, _): false
        default: true
        }
      }
  }
}

/// The mappings whose links have been seen to while a command works.
final class SettledMappings: Sendable {
  private let names = Mutex<Set<String>>([])

  func insert(_ name: String) { names.withLock { _ = $0.insert(name) } }
  var all: Set<String> { names.withLock { $0 } }
}
