import Diagnostics
import Documents
import Mappings
import Synchronization

/// The contracts of a resource's bodies.
public struct ResourceSchemas: Sendable {
  public let create: SchemaNode
  public let update: SchemaNode
  private let meanings = Meanings()

  public init(create: SchemaNode, update: SchemaNode) {
    self.create = create
    self.update = update
  }

  /// What the values of a field mean. All mappings of a resource ask, so each answer is kept.
  func meaning(of path: String) -> Meaning {
    if let known = meanings.known.withLock({ $0[path] }) { return known }
    let meaning = Meaning([create, update].compactMap { $0.node(at: path) })
    meanings.known.withLock { $0[path] = meaning }
    return meaning
  }

  private final class Meanings: Sendable {
    let known = Mutex<[String: Meaning]>([:])
  }
}

/// The schema files of a project, each read once.
struct SchemaFiles {
  private(set) var diagnostics: [Diagnostic] = []
  private var read: [String: SchemaNode?] = [:]

  /// The schemas that a resource names. `read` gives the bytes of a path.
  mutating func schemas(
    of resource: ResourceDefinition, directory: String, read: (String) throws -> [UInt8]
  ) -> ResourceSchemas? {
    guard let create = schema(resource.createSchema, directory, read) else { return nil }
    guard let named = resource.updateSchema else {
      return ResourceSchemas(create: create, update: create)
    }
    guard let update = schema(named, directory, read) else { return nil }
    return ResourceSchemas(create: create, update: update)
  }

  private mutating func schema(
    _ path: Located<String>, _ directory: String, _ bytes: (String) throws -> [UInt8]
  ) -> SchemaNode? {
    let full = path.value.hasPrefix("/") ? path.value : directory + "/" + path.value
    if let known = read[full] { return known }
    let file: SourceFile
    do {
      file = SourceFile(path: full.withoutDetours, bytes: try bytes(full))
    } catch {
      diagnostics.append(.schemaUnreadable(path, "\(error)"))
      return nil
    }
    var node: SchemaNode?
    if let document = Document(file, &diagnostics) {
      var reader = SchemaReader(document)
      node = reader.read()
      diagnostics += reader.diagnostics
    }
    read[full] = .some(node)
    return node
  }
}

extension String {
  /// The path without `a/..` and `.`, for people to read.
  fileprivate var withoutDetours: String {
    var steps: [Substring] = []
    for step in split(separator: "/", omittingEmptySubsequences: false) {
      if step == ".", !steps.isEmpty { continue }
      if step == "..", let last = steps.last, last != "..", last != "", last != "." {
        steps.removeLast()
      } else {
        if steps == ["."] { steps = [] }
        steps.append(step)
      }
    }
    return steps.joined(separator: "/")
  }
}
