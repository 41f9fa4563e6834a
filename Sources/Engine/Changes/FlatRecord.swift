import JSON

/// A record taken apart: values by path.
public struct FlatRecord: Sendable, Hashable {
  public private(set) var members: [JSON.Member]

  public init(_ members: [JSON.Member] = []) { self.members = members }

  /// Reads flat JSON of our own making; anything else is an empty record.
  public init(_ bytes: [UInt8]) {
    members = (try? JSON(parsing: bytes))?.members ?? []
  }

  public subscript(path: String) -> JSON? {
    get { members.first { $0.name == path }?.value }
    set {
      let place = members.firstIndex { $0.name == path }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(JSON.Member(name: path, value: value))
      case (nil, nil): break
      }
    }
  }

  public var bytes: [UInt8] { JSON.object(members).compactBytes }

  /// The nested object that the paths describe: `{"a.b": 1}` becomes `{"a": {"b": 1}}`.
  public var nested: JSON {
    var root = JSON.object([])
    for member in members {
      root.set(member.value, at: member.name.split(separator: ".")[...])
    }
    return root
  }
}

extension JSON {
  fileprivate mutating func set(_ value: JSON, at path: ArraySlice<Substring>) {
    guard let first = path.first else {
      self = value
      return
    }
    var members = self.members ?? []
    let name = String(first)
    if let place = members.firstIndex(where: { $0.name == name }) {
      members[place].value.set(value, at: path.dropFirst())
    } else {
      var child = JSON.object([])
      child.set(value, at: path.dropFirst())
      members.append(Member(name: name, value: child))
    }
    self = .object(members)
  }
}
