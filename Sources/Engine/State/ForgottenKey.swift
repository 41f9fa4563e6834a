import JSON

/// Takes what a run's report says of one key out of it.
package struct ForgottenKey {
  let mapping: String
  let key: String

  package init(_ key: Key, of mapping: String) {
    self.mapping = mapping
    self.key = key.description
  }

  /// The report without the key's values; `nil` when it says nothing of the key, or cannot be read.
  package func removed(from report: [UInt8]) -> [UInt8]? {
    guard let json = readable(report), let members = json.members else { return nil }
    let rest = JSON.object(
      members.map { member in
        guard member.name == "mappings", let mappings = member.value.arrayValue else {
          return member
        }
        return JSON.Member(name: member.name, value: .array(mappings.map(cleaned(mapping:))))
      })
    return rest == json ? nil : rest.compactBytes
  }

  private func readable(_ report: [UInt8]) -> JSON? {
    do throws(JSONError) {
      return try JSON(parsing: report, limits: .ownText)
    } catch {
      return nil
    }
  }

  private func cleaned(mapping report: JSON) -> JSON {
    guard report["mapping"]?.stringValue.map({ $0.isSameName(as: mapping) }) == true else {
      return report
    }
    return changing(report) { name, value in
      switch name {
      case "reasons": JSON.array((value.arrayValue ?? []).map(cleaned(reason:)))
      case "reconciled": changing(value) { _, value in without(value) }
      default: value
      }
    }
  }

  private func changing(_ object: JSON, _ change: (String, JSON) -> JSON) -> JSON {
    guard let members = object.members else { return object }
    return .object(members.map { JSON.Member(name: $0.name, value: change($0.name, $0.value)) })
  }

  /// A list without the key's entries.
  private func without(_ list: JSON) -> JSON {
    guard let entries = list.arrayValue else { return list }
    return .array(entries.filter { $0["key"]?.stringValue.map(isKey) != true })
  }

  /// A reason may quote a value.
  private func cleaned(reason: JSON) -> JSON {
    guard
      reason["examples"]?.arrayValue?.contains(where: { $0.stringValue.map(isKey) == true }) == true
    else { return reason }
    return changing(reason) { name, value in name == "message" ? .string(Redaction.mark) : value }
  }

  private func isKey(_ text: String) -> Bool { text.isSameName(as: key) }
}
