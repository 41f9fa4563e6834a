/// A value in place: a number, or text that lies somewhere else.
///
/// It owns nothing and costs nothing to copy. Text points into the row's batch, into the expression's constants or into
/// the machine's scratch memory, and is good until the machine begins the next expression.
public struct FlatValue {
  public enum Kind: UInt8, Sendable {
    case null
    case bool
    case int
    /// UTF-8.
    case text
    /// An optional without a value.
    case none
    /// There is a value, of a kind that only the slow path computes with.
    case opaque
    /// Only the slow path can tell what this is.
    case unusual
  }

  public let kind: Kind
  public let count: Int32
  public let number: Int64
  public let start: UnsafePointer<UInt8>?

  @inline(__always)
  init(_ kind: Kind, number: Int64 = 0) {
    self.kind = kind
    self.number = number
    count = 0
    start = nil
  }

  @inline(__always)
  init(_ start: UnsafePointer<UInt8>?, _ count: Int) {
    kind = .text
    self.start = start
    self.count = Int32(truncatingIfNeeded: count)
    number = 0
  }

  @inline(__always) public static var null: FlatValue { FlatValue(.null) }
  @inline(__always) public static var none: FlatValue { FlatValue(.none) }
  @inline(__always) public static var opaque: FlatValue { FlatValue(.opaque) }
  @inline(__always) public static var unusual: FlatValue { FlatValue(.unusual) }

  @inline(__always)
  public static func bool(_ value: Bool) -> FlatValue { FlatValue(.bool, number: value ? 1 : 0) }

  @inline(__always)
  public static func int(_ value: Int64) -> FlatValue { FlatValue(.int, number: value) }

  /// Text of less than 2 GiB that stays where it is as long as the value is used.
  @inline(__always)
  public static func text(_ bytes: UnsafeBufferPointer<UInt8>) -> FlatValue {
    FlatValue(bytes.baseAddress, bytes.count)
  }

  /// The text's bytes; empty for anything else.
  @inline(__always)
  public var utf8: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(start: start, count: Int(count))
  }

  @inline(__always) var isTrue: Bool { number != 0 }
}
