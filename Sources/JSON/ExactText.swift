/// Text that equals only the same bytes, for keys of sets and dictionaries.
///
/// Swift compares strings by canonical equivalence: `é` as one scalar equals `e` with an accent behind it. Other systems
/// keep the two apart, so whatever they name, keys and ids above all, is compared by its UTF-8.
public struct ExactText: Sendable {
  public let text: String

  public init(_ text: String) { self.text = text }
}

extension ExactText: Hashable, Comparable {
  public static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.hasSameBytes(as: right.text)
  }

  /// By bytes.
  public static func < (left: ExactText, right: ExactText) -> Bool {
    left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
  }

  public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
}

extension ExactText: ExpressibleByStringLiteral, CustomStringConvertible {
  public init(stringLiteral text: String) { self.text = text }

  public var description: String { text }
}

extension String {
  /// Equal in every byte, where `==` means canonical equivalence.
  public func hasSameBytes(as other: String) -> Bool {
    let count = utf8.count
    guard count == other.utf8.count else { return false }
    return utf8.elementsEqual(other.utf8)
  }

  func hashBytes(into hasher: inout Hasher) {
    var copy = self
    copy.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    hasher.combine(UInt8(0xFF))
  }
}
