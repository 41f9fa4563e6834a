/// The difference between a record and the ledger, as it waits for its turn.
public struct PlannedChange: Sendable, Hashable {
  public enum Kind: Int, Sendable, Hashable, CaseIterable {
    /// In the order in which they are sent.
    case deactivate = 0
    case create = 1
    case update = 2
  }
  public var kind: Kind
  public var key: Key
  public var fingerprint: Fingerprint
  /// The record, flat JSON. Empty for a deactivation.
  public var record: [UInt8]
  /// The fields that only a create carries, flat JSON.
  public var onCreate: [UInt8]
  /// Whether the key comes back after it had been given up.
  public var returns: Bool

  /// Bytes that the change holds, so that whoever gathers changes can stop in time.
  public var size: Int { record.count + onCreate.count + key.bytes.count + 64 }

  /// Changes are read, compared and sent in stretches that end with the one that brings them to so many bytes.
  public static let stretch = 2 << 20

  public init(
    kind: Kind, key: Key, fingerprint: Fingerprint, record: [UInt8], onCreate: [UInt8] = [],
    returns: Bool = false
  ) {
    self.kind = kind
    self.key = key
    self.fingerprint = fingerprint
    self.record = record
    self.onCreate = onCreate
    self.returns = returns
  }

  func record(of mapping: String) throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(record, of: mapping, key)
  }
}
