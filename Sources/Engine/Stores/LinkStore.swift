/// Which object belongs to which key, and what was last sent for it.
public protocol LinkStore: Sendable {
  /// The next links in key order, behind `key`: at most `limit`, and fewer only at the end.
  func links(of mapping: String, after key: Key?, limit: Int) async throws -> LinkPage
  func link(of mapping: String, key: Key) async throws -> Link?
  /// Keys and ids of the links of a mapping, in key order, handed over in stretches.
  func targetIDs(
    of mapping: String, onlyActive: Bool, each: @Sendable (Key, String) -> Void) async throws
  /// Whose these objects are: by their ids the mapping and key that hold each; nothing for one that is nobody's.
  /// `resource`: `target/resource`.
  func owners(
    of targetIDs: [String], resource: String
  ) async throws -> [String: (mapping: String, key: Key)]
  func linkCount(of mapping: String) async throws -> (active: Int, inactive: Int)
  /// What was last sent for these keys, flat JSON, masked; nothing for a key without a link.
  func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]]
  /// The links of these keys, as far as there are any, with what was last sent.
  func remembered(of mapping: String, keys: [Key]) async throws -> [Key: Remembered]
  /// Writes down how often keys have been absent in a row; those that are present again start from none.
  func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: LeaseEpoch)
    async throws
  /// Remembers a record that needs no request, e.g. an adopted object that is already as it should be.
  ///
  /// Throws ``ObjectIsLinked`` when another key has the object. `change`: `nil` where history is to show nothing of it.
  func keep(_ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: LeaseEpoch)
    async throws
}

/// A link, and what the target was last sent for it: flat JSON, masked.
public struct Remembered: Sendable {
  public var link: Link
  public var sent: [UInt8]

  public init(link: Link, sent: [UInt8]) {
    self.link = link
    self.sent = sent
  }

  /// What was sent last; without fields where nothing was.
  func record() throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(remembered: sent, of: link.mapping, link.key)
  }
}

extension LinkStore {
  /// Whose this object is; `nil` when it is nobody's.
  public func owner(
    of targetID: String, resource: String
  ) async throws -> (mapping: String, key: Key)? {
    try await owners(of: [targetID], resource: resource)[targetID]
  }

  public func remembered(of mapping: String, keys: [Key]) async throws -> [Key: Remembered] {
    let sent = try await sent(of: mapping, keys: keys)
    var found: [Key: Remembered] = [:]
    for key in keys {
      guard let link = try await link(of: mapping, key: key) else { continue }
      found[key] = Remembered(link: link, sent: sent[key] ?? [])
    }
    return found
  }
}

/// The object belongs to another key, so that nothing was written.
public struct ObjectIsLinked: Error, Sendable, Hashable, CustomStringConvertible {
  public var targetID: String
  /// `target/resource`.
  public var resource: String
  /// The mapping and the key that have it.
  public var mapping: String
  public var key: Key

  public init(targetID: String, resource: String, mapping: String, key: Key) {
    self.targetID = targetID
    self.resource = resource
    self.mapping = mapping
    self.key = key
  }

  public var description: String {
    "the object \(targetID) of \(resource) belongs to \(mapping) \(key)"
  }
}
