import JSON

/// A record taken apart: values by path.
public struct FlatRecord: Sendable {
  public private(set) var members: [JSON.Member]
  /// The bytes that it was read from, as long as it says the same.
  private var original: [UInt8]?

  public init(_ members: [JSON.Member] = []) { self.members = members }

  /// Reads flat JSON of our own making.
  ///
  /// - Parameter mapping: With `key`, whose record it is.
  /// - Throws: Where the bytes cannot be read: what is damaged is never taken for a record without fields.
  public init(
    _ bytes: [UInt8], of mapping: String, _ key: Key? = nil
  ) throws(UnreadableRecord) {
    var read: [JSON.Member]?
    var reason = "an object is expected"
    do throws(JSONError) {
      read = try JSON(parsing: bytes, limits: .ownText).members
    } catch {
      reason = "\(error)"
    }
    guard let read else { throw UnreadableRecord(mapping: mapping, key: key, reason: reason) }
    members = read
    original = bytes
  }

  /// The same of what was written down about an object: no bytes at all say that nothing was.
  public init(
    remembered bytes: [UInt8], of mapping: String, _ key: Key? = nil
  ) throws(UnreadableRecord) {
    if bytes.isEmpty { self.init() } else { try self.init(bytes, of: mapping, key) }
  }

  public subscript(path: String) -> JSON? {
    get { members.first { $0.name.hasSameBytes(as: path) }?.value }
    set {
      original = nil
      let place = members.firstIndex { $0.name.hasSameBytes(as: path) }
      switch (place, newValue) {
      case (let place?, let value?): members[place].value = value
      case (let place?, nil): members.remove(at: place)
      case (nil, let value?): members.append(JSON.Member(name: path, value: value))
      case (nil, nil): break
      }
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

/// A record that was written down and is not flat JSON: the file that it was read from is damaged.
public struct UnreadableRecord: Error, Sendable, Hashable, CustomStringConvertible {
  public var mapping: String
  public var key: Key?
  public var reason: String

  public var description: String {
    "the record of \(mapping)\(key.map { " \($0)" } ?? "") cannot be read (\(reason)), and nothing "
      + "is sent for it"
  }

  public var remedy: String {
    "check the ledger with `crosswalk ledger verify`; if it is damaged, keep the file and restore the "
      + "newest backup"
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
