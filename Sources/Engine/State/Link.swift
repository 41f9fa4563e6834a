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
  public private(set) var keyBytes: [UInt8] = []
  public private(set) var keyEnds: [Int] = []
  public private(set) var fingerprints: [Fingerprint] = []
  public private(set) var states: [LinkState] = []
  public private(set) var absences: [Int32] = []

  public init() {}

  public var count: Int { keyEnds.count }

  public mutating func append(
    key: UnsafeRawBufferPointer, fingerprint: Fingerprint, state: LinkState, absences: Int
  ) {
    keyBytes.append(contentsOf: key)
    keyEnds.append(keyBytes.count)
    fingerprints.append(fingerprint)
    states.append(state)
    self.absences.append(Int32(clamping: absences))
  }

  public func key(at index: Int) -> Key { Key(bytes: Array(keyBytes[keyRange(index)])) }

  public func keyRange(_ index: Int) -> Range<Int> {
    (index == 0 ? 0 : keyEnds[index - 1])..<keyEnds[index]
  }

  /// Negative when the link's key comes before `other`, zero when they are equal, positive behind it.
  public func compareKey(at index: Int, with other: [UInt8]) -> Int {
    let range = keyRange(index)
    return keyBytes.withUnsafeBytes { all in
      other.withUnsafeBytes { other in
        let common = min(range.count, other.count)
        for offset in 0..<common {
          let left = all[range.lowerBound + offset]
          let right = other[offset]
          if left != right { return left < right ? -1 : 1 }
        }
        return range.count - other.count
      }
    }
  }
}
