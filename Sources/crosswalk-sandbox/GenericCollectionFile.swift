import Diagnostics
import Documents
import JSON
import Mappings
import Sandbox

/// Reads the declaration of the sandbox's generic service.
///
/// ```yaml
/// base_path: /v1
/// resources:
///   - { name: trucks, id: text, required: [name], unique: [code], filters: [code] }
/// paging: { kind: page, size: 50 }      # page, cursor or none
/// update: PATCH                         # or PUT
/// bulk: { kind: per_record, path: bulk } # or whole_batch; POST /v1/trucks/bulk takes many
/// limits:
///   - { name: all, calls: 100, per_seconds: 10 }
/// ```
enum GenericCollectionFile {
  static func read(_ path: String) throws -> GenericCollection {
    var diagnostics: [Diagnostic] = []
    guard let file = SourceFile(path: path, reading: .disk, &diagnostics),
      let document = Document(file, &diagnostics), let json = document.root.json(&diagnostics),
      let members = json.members
    else {
      Screen.complain(render(diagnostics, as: .text, colour: false))
      throw SandboxFailure(
        message: "\(path) declares no collection",
        remedy: "name a YAML file as docs/adding-a-target.md shows one", status: 2)
    }
    var collection = GenericCollection()
    for member in members {
      let value = member.value
      switch member.name {
      case "token": collection.token = try text(value, member.name, path)
      case "base_path": collection.basePath = try text(value, member.name, path)
      case "update": collection.updateVerb = try text(value, member.name, path)
      case "delete": collection.offersDelete = value.boolValue ?? true
      case "resources":
        collection.resources = try (value.arrayValue ?? []).map { try resource($0, path) }
      case "paging": collection.paging = try paging(value, path)
      case "bulk": collection.bulk = try bulk(value, path)
      case "limits":
        collection.windows = try (value.arrayValue ?? []).map { limit in
          guard let calls = limit["calls"]?.intValue, let per = limit["per_seconds"]?.doubleValue
          else { throw wrong("limits", "needs `calls` and `per_seconds`", path) }
          return RateWindow(
            limit["name"]?.stringValue ?? "all", calls: Int(clamping: calls), per: .seconds(per))
        }
      default:
        let known = [
          "token", "base_path", "update", "delete", "resources", "paging", "bulk", "limits",
        ]
        throw SandboxFailure(
          message: "\(path): unknown key `\(member.name)`",
          remedy: closest(to: member.name, in: known).map { "did you mean `\($0)`?" }
            ?? "the keys are \(known.joined(separator: ", "))", status: 1)
      }
    }
    return collection
  }

  private static func resource(
    _ json: JSON, _ path: String
  ) throws -> GenericCollection.Resource {
    func names(_ key: String) -> [String] {
      json[key]?.arrayValue?.compactMap(\.stringValue) ?? []
    }
    guard let name = json["name"]?.stringValue else {
      throw wrong("resources", "needs a `name`", path)
    }
    let id = json["id"]?.stringValue ?? "int"
    guard let kind = GenericCollection.IDKind(rawValue: id) else {
      throw wrong("id", "is `\(id)`; it is one of int, text, uuid", path)
    }
    return GenericCollection.Resource(
      name, id: kind, required: names("required"), unique: names("unique"),
      filters: names("filters"))
  }

  private static func paging(_ json: JSON, _ path: String) throws -> GenericCollection.Paging {
    let size = json["size"]?.intValue.map { Int(clamping: $0) } ?? 50
    switch json["kind"]?.stringValue {
    case "page": return .page(defaultSize: size)
    case "cursor": return .cursor(defaultSize: size)
    case "none": return .none
    default: throw wrong("paging.kind", "is one of page, cursor, none", path)
    }
  }

  private static func bulk(_ json: JSON, _ path: String) throws -> GenericCollection.Bulk {
    guard let kind = GenericCollection.Bulk.Kind(rawValue: json["kind"]?.stringValue ?? "") else {
      throw wrong("bulk.kind", "is one of per_record, whole_batch", path)
    }
    return GenericCollection.Bulk(
      kind, path: json["path"]?.stringValue ?? "bulk", items: json["items"]?.stringValue ?? "items",
      results: json["results"]?.stringValue ?? "results",
      maximum: json["maximum"]?.intValue.map { Int(clamping: $0) } ?? 100)
  }

  private static func text(_ value: JSON, _ key: String, _ path: String) throws -> String {
    guard let text = value.stringValue else { throw wrong(key, "must be text", path) }
    return text
  }

  private static func wrong(_ key: String, _ words: String, _ path: String) -> SandboxFailure {
    SandboxFailure(
      message: "\(path): `\(key)` \(words)", remedy: "docs/adding-a-target.md shows each key",
      status: 1)
  }
}
