import Diagnostics
import JSON
import Mappings

/// The contracts of a resource's bodies.
public struct ResourceSchemas: Sendable {
  public var create: SchemaNode
  public var update: SchemaNode

  public init(create: SchemaNode, update: SchemaNode) {
    self.create = create
    self.update = update
  }

  /// Reads the schemas that a resource names. `read` gives the bytes of a path.
  public static func load(
    _ resource: ResourceDefinition, directory: String, read: (String) throws -> [UInt8],
    diagnostics: inout [Diagnostic]
  ) -> ResourceSchemas? {
    guard
      let create = node(resource.createSchema, directory, read, &diagnostics)
    else { return nil }
    guard let named = resource.updateSchema else {
      return ResourceSchemas(create: create, update: create)
    }
    guard let update = node(named, directory, read, &diagnostics) else { return nil }
    return ResourceSchemas(create: create, update: update)
  }

  private static func node(
    _ path: Located<String>, _ directory: String, _ read: (String) throws -> [UInt8],
    _ diagnostics: inout [Diagnostic]
  ) -> SchemaNode? {
    let full = path.value.hasPrefix("/") ? path.value : directory + "/" + path.value
    let bytes: [UInt8]
    do {
      bytes = try read(full)
    } catch {
      diagnostics.append(.schemaUnreadable(path, "\(error)"))
      return nil
    }
    do {
      return try SchemaNode(try JSON(parsing: bytes))
    } catch {
      diagnostics.append(.schemaUnusable(path, "\(full), \(error)"))
      return nil
    }
  }
}
