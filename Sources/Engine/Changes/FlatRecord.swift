import JSON

/// A record taken apart: values by path.
public struct FlatRecord: Sendable {
  /// `nil` as long as nobody has wanted to see them.
  private var read: [JSON.Member]?
  /// The bytes that it was read from, as long as it says the same.
  private var original: [UInt8]?

  public init(_ members: [JSON.Member] = []) { read = members }

  /// Reads flat JSON of our own making; anything else is an empty record.
  public init(_ bytes: [UInt8]) {
    let members = (try? JSON(parsing: bytes, limits: .ownText))?.members
    read = members ?? []
    original = members == nil ? nil : bytes
  }

  /// Reads flat JSON of our own making that is about to be sent; what cannot be read is an error, and never a record
  /// without fields.
  init(reading bytes: [UInt8]) throws(UnreadableRecord) {
    do throws(JSONError) {
      read = try JSON(parsing: bytes, limits: .ownText).members
    } catch {
      throw UnreadableRecord(reason: "\(error)")
    }
    if read == nil { throw UnreadableRecord(reason: "an object expected") }
    original = bytes
  }

  /// The same, read anew whenever its members are looked at: for one that is written down rather than looked at.
  init(unread bytes: [UInt8]) { original = bytes }

  public var members: [JSON.Member] { read ?? FlatRecord(original ?? []).members }

  public subscript(path: String) -> JSON? {
    get { members.first { $0.name.hasSameBytes(as: path) }?.value }
    set {
      var members = members
      // The only one that holds them, or they would be copied.
      (read, original) = (nil, nil)
      let place = members.firstIndex { $0.name.hasSameBytes(as: path) }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(JSON.Member(name: path, value: value))
      case (nil, nil): break
      }
      read = members
    }
  }

  public var bytes: [UInt8] { original ?? JSON.object(members).compactBytes }

  /// The nested object that the paths describe: `{"a.b": 1}` becomes `{"a": {"b": 1}}`.
  public var nested: JSON {
    let members = members
    guard members.contains(where: { $0.name.utf8.contains(UInt8(ascii: ".")) }) else {
      return .object(members)
    }
    var root = JSON.object([])
    for member in members {
      root.set(member.value, at: member.name.split(separator: ".")[...])
    }
    return root
  }
}

/// A record that was written down and is no flat JSON: the file it stood in is damaged.
struct UnreadableRecord: Error, Sendable, CustomStringConvertible {
  let reason: String

  var description: String {
    "a record that was to be sent cannot be read (\(reason)): nothing is sent for it"
  }
}

extension FlatRecord: Hashable {
  public static func == (left: FlatRecord, right: FlatRecord) -> Bool {
    left.members == right.members
  }

  public func hash(into hasher: inout Hasher) { hasher.combine(members) }
}

extension JSON {
  /// Puts a value at a path; members that are missing on the way are made.
  mutating func set(_ value: JSON, at path: ArraySlice<Substring>) {
    guard let first = path.first else {
      self = value
      return
    }
    var members = self.members ?? []
    let name = String(first)
    if let place = members.firstIndex(where: { $0.name.hasSameBytes(as: name) }) {
      members[place].value.set(value, at: path.dropFirst())
    } else {
      var child = JSON.object([])
      child.set(value, at: path.dropFirst())
      members.append(Member(name: name, value: child))
    }
    self = .object(members)
  }
}
