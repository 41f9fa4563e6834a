/// What became of objects and keys, for people to look at.
public protocol HistoryStore: Sendable {
  /// The mappings that the ledger has seen, by name.
  func mappingNames() async throws -> [String]
  /// The keys of a mapping that a text may mean, e.g. `1/1042`, among all of which something is known: see ``KeySearch``.
  func keys(of mapping: String, written: String) async throws -> [Key]
  /// What became of an object, the oldest change first.
  func history(mapping: String, key: Key) async throws -> [ChangeEntry]
  /// What a run changed, the oldest first.
  func changes(ofRun run: Int64) async throws -> [ChangeEntry]
  /// All intents of a key that are still remembered, the oldest first, without what they sent.
  func intents(mapping: String, key: Key) async throws -> [Intent]
}

/// One line of history: what became of an object.
public struct ChangeEntry: Sendable, Hashable {
  public var run: Int64
  public var mapping: String
  public var key: Key
  /// `create`, `update`, `deactivate`, `adopt` ….
  public var operation: String
  /// The changed fields before and after, flat JSON, masked.
  public var before: [UInt8]
  public var after: [UInt8]
  public var at: Instant

  public init(
    run: Int64, mapping: String, key: Key, operation: String, before: [UInt8], after: [UInt8],
    at: Instant
  ) {
    self.run = run
    self.mapping = mapping
    self.key = key
    self.operation = operation
    self.before = before
    self.after = after
    self.at = at
  }

  /// The changed fields as they were.
  public func formerRecord() throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(remembered: before, of: mapping, key)
  }

  /// The changed fields as they became.
  public func record() throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(remembered: after, of: mapping, key)
  }
}
