import Diagnostics
import Programs

/// Why a mapping's rows cannot be compared with the links that the ledger has. Nothing of the mapping is sent.
public enum LinkRefusal: Sendable, Hashable {
  /// The key has other columns, or columns of other types.
  case key(mapping: String, before: MappingShape, now: MappingShape, links: Int, match: String?)
  /// The objects are of another resource.
  case resource(mapping: String, before: String, now: String, links: Int)
  /// The rows are those of a mapping that the project no longer has.
  case renamed(mapping: String, before: String, rows: Int, of: Int)
  /// Another mapping, to which this one links, has been refused.
  case linked(mapping: String, to: String)

  public var code: Code? {
    switch self {
    case .key: ProgramCodes.keyChanged
    case .resource: ProgramCodes.resourceChanged
    case .renamed: ProgramCodes.mappingRenamed
    case .linked: nil
    }
  }

  public var message: String {
    switch self {
    case .key(let mapping, let before, let now, let links, _):
      "the key of `\(mapping)` is `\(now)`, and the ledger's \(links.objects) were linked by "
        + "`\(before)`: every row would be new, and every object would count as gone"
    case .resource(let mapping, let before, let now, let links):
      "`\(mapping)` writes to `\(now)`, and the ledger's \(links.objects) are of `\(before)`: "
        + "the ids would be those of other objects"
    case .renamed(let mapping, let before, let rows, let all):
      "\(rows) of the \(all) new rows of `\(mapping)` are linked under the name `\(before)`, and no "
        + "mapping of the project has that name"
    case .linked(let mapping, let other):
      "`\(mapping)` links to `\(other)`, of which nothing can be sent: its links may lead nowhere"
    }
  }

  /// The way out.
  public var help: String {
    switch self {
    case .key(let mapping, let before, _, _, let match):
      "where columns hold the old key still, write `previous_key: \(before.keyNames)` with their names, or "
        + "put the old key back"
        + (match.map {
          "; `crosswalk adopt \(mapping) --move` finds the objects by `\($0)` instead"
        } ?? "")
    case .resource(_, let before, let now, _):
      "give the mapping another name; if the resource itself was renamed, "
        + "`crosswalk ledger rename-resource \(before) \(now)`"
    case .renamed(_, let before, _, _): "add `previous_name: \(before)` to the mapping"
    case .linked(_, let other): "see `\(other)`"
    }
  }
}

extension MappingShape {
  /// The columns of the key, as `previous_key` names them.
  fileprivate var keyNames: String {
    let names = key.map { $0.name ?? "COLUMN" }
    return names.count == 1 ? names[0] : "[\(names.joined(separator: ", "))]"
  }
}

extension Int {
  fileprivate var objects: String { self == 1 ? "1 object" : "\(self) objects" }
}

extension MappingReport {
  mutating func block(_ refusal: LinkRefusal) {
    status = .blocked
    message = (refusal.code.map { "\($0.id): " } ?? "") + refusal.message + ". Nothing was sent"
    remedy = refusal.help
  }
}
