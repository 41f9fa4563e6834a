/// Whether a linked key still comes back from the source.
public enum LinkState: Int, Sendable, Hashable {
  case active = 0
  /// Given up after enough absences: deactivated, deleted, or left alone, as the mapping says.
  case inactive = 1
}

/// The remembered pair of a key and the target's id.
public struct Link: Sendable, Hashable {
  public var mapping: String
  public var key: Key
  public var targetID: String
  public var state: LinkState
  /// Consecutive complete reads in which the key did not come back.
  public var absences: Int
  /// Of the record as the mapping last wanted it, even where a part of it was withheld or refused.
  public var fingerprint: Fingerprint

  public init(
    mapping: String, key: Key, targetID: String, state: LinkState = .active, absences: Int = 0,
    fingerprint: Fingerprint
  ) {
    self.mapping = mapping
    self.key = key
    self.targetID = targetID
    self.state = state
    self.absences = absences
    self.fingerprint = fingerprint
  }
}

/// A stretch of a mapping's links in the order of their keys, held flat: what the comparison needs, and no more.
public struct LinkPage: Sendable {
  /// What is known of a link beside its key.
  public struct Entry: Sendable {
    public var fingerprint: Fingerprint
    /// Where the key ends among the bytes of all; the next one begins there.
    var keyEnd: Int
    public var absences: Int32
    public var state: LinkState
  }

  private var keyBytes: [UInt8] = []
  private var entries: [Entry] = []

  public init() {}

  public var count: Int { entries.count }

  public mutating func append(
    key: UnsafeRawBufferPointer, fingerprint: Fingerprint, state: LinkState, absences: Int
  ) {
    keyBytes.append(contentsOf: key)
    entries.append(
      Entry(
        fingerprint: fingerprint, keyEnd: keyBytes.count, absences: Int32(clamping: absences),
        state: state))
  }

  public subscript(index: Int) -> Entry { entries[index] }

  public func key(at index: Int) -> Key { Key(bytes: Array(keyBytes[keyRange(index)])) }

  private func keyRange(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : entries[index - 1].keyEnd)..<entries[index].keyEnd
  }

  /// Negative when the link's key comes before `other`, zero when they are equal, positive behind it.
  public func compareKey(at index: Int, with other: [UInt8]) -> Int {
    let range = keyRange(index)
    return keyBytes.withUnsafeBytes { all in
      other.withUnsafeBytes { Key.order(UnsafeRawBufferPointer(rebasing: all[range]), $0) }
    }
  }
}
