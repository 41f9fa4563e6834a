import Diagnostics
import Programs

/// Why a mapping's rows cannot be compared with the links that the ledger has. Nothing of the mapping is sent.
public enum LinkRefusal: Sendable, Hashable {
  /// The key has other columns, or columns of other types.
  case key(mapping: String, before: MappingShape, now: String, links: Int, match: String?)
  /// The objects are of another resource. `isKept`: whether the project still has that one.
  case resource(mapping: String, before: String, now: String, links: Int, isKept: Bool)
  /// Those of the name that the mapping says it had before are of another resource.
  case formerResource(mapping: String, former: String, before: String, now: String)
  /// The objects are those of a mapping that the project no longer has.
  case renamed(mapping: String, before: String, resource: String, links: Int)
  /// There are links under the mapping's name and under the one that it says it had before.
  case bothNames(mapping: String, former: String, own: Int, links: Int)
  /// Another mapping, to which this one links, has been refused.
  case linked(mapping: String, to: String)
  /// Another mapping, to which this one links, has links that are still to move, or may be none of its own.
  case unsettled(mapping: String, to: String, Unsettled)

  public enum Unsettled: Sendable, Hashable {
    /// They are still under its former name.
    case name(String)
    /// They were made for another key.
    case key(String)
    /// They are of another resource.
    case resource(String)
    case refused(code: Code?, _ message: String, _ help: String)
  }

  public var code: Code? {
    switch self {
    case .key: ProgramCodes.keyChanged
    case .resource, .formerResource: ProgramCodes.resourceChanged
    case .renamed, .bothNames: ProgramCodes.mappingRenamed
    case .unsettled(_, _, .refused(let code, _, _)): code
    case .linked, .unsettled: nil
    }
  }

  /// Whether what the ledger says of the mapping's own objects cannot be relied on. Mappings that link to it stop then too.
  var concernsOwnLinks: Bool {
    if case .unsettled = self { false } else { true }
  }

  public var message: String {
    switch self {
    case .key(let mapping, let before, let now, let links, _):
      "the key of `\(mapping)` is `\(now)`, and the ledger's \(links.objects) were linked by "
        + "`\(before)`: every row would be new, and every object would count as gone"
    case .resource(let mapping, let before, let now, let links, _):
      "`\(mapping)` writes to `\(now)`, and the ledger's \(links.objects) are of `\(before)`: "
        + "the ids would be those of other objects"
    case .formerResource(let mapping, let former, let before, let now):
      "`\(mapping)` writes to `\(now)`, and the objects of its previous name `\(former)` are of "
        + "`\(before)`: the ids would be those of other objects"
    case .renamed(let mapping, let before, let resource, let links):
      "the ledger knows nothing of `\(mapping)`, and has \(links.objects) of `\(resource)` under the "
        + "name `\(before)`, which no mapping of the project has"
    case .bothNames(let mapping, let former, let own, let links):
      "the ledger has \(links.objects) under `\(former)`, the previous name of `\(mapping)`, and "
        + "\(own) under `\(mapping)` itself: the rows can be those of one of them only"
    case .linked(let mapping, let other):
      "`\(mapping)` links to `\(other)`, of which nothing can be sent: its links may lead nowhere"
    case .unsettled(let mapping, let other, let reason):
      "`\(mapping)` links to `\(other)`, " + reason.words(other)
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
    case .resource(_, let before, let now, _, let isKept):
      "give the mapping another name"
        + (isKept
          ? ""
          : "; if the resource itself was renamed, "
            + "`crosswalk ledger rename-resource \(before) \(now)`")
    case .formerResource(_, let former, _, let now):
      "leave `previous_name: \(former)` out, or name there a mapping of `\(now)`"
    case .renamed(_, let before, _, _):
      "if the mapping was renamed, write `previous_name: \(before)` below its name; if it is another "
        + "one, write `previous_name: none`"
    case .bothNames(let mapping, let former, _, _):
      "where the rows are those of `\(former)`, give the mapping a name that the ledger does not have; "
        + "where they are those of `\(mapping)`, leave `previous_name` out"
    case .linked(_, let other): "see `\(other)`"
    case .unsettled(_, let other, .refused(_, _, let help)): "of `\(other)`: \(help)"
    case .unsettled(_, let other, _):
      "run `\(other)` first, or both together; `crosswalk plan \(other)` shows what becomes of its links"
    }
  }
}

extension LinkRefusal.Unsettled {
  fileprivate func words(_ mapping: String) -> String {
    switch self {
    case .name(let former):
      "whose objects the ledger still has under its previous name `\(former)`: no link would be found"
    case .key(let before):
      "whose objects the ledger still has by another key, `\(before)`: no link would be found"
    case .resource(let before):
      "whose objects in the ledger are of another resource, `\(before)`: the ids would be wrong"
    case .refused(_, let message, _): "of which nothing can be sent: \(message)"
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
