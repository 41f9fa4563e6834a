/// 128 bits that stand for a record's canonical bytes.
///
/// A fast multiply-and-fold hash: it recognises accidental change, and is no defence against somebody who constructs two
/// records on purpose.
public struct Fingerprint: Sendable, Hashable {
  public var high: UInt64
  public var low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Of a link whose object is to be compared with its row field by field, whatever the row says: no record has it but by a
  /// chance of 2⁻¹²⁸.
  public static let unknown = Fingerprint(high: 0, low: 0)

  public init(of bytes: [UInt8]) {
    self = bytes.withUnsafeBytes { Fingerprint(of: $0) }
  }

  public init(of bytes: UnsafeRawBufferPointer) {
    var a = UInt64(truncatingIfNeeded: bytes.count) ^ 0x9E37_79B9_7F4A_7C15
    var b = UInt64(truncatingIfNeeded: bytes.count) ^ 0xC2B2_AE3D_27D4_EB4F
    var offset = 0
    while offset + 16 <= bytes.count {
      let first = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
      let second = UInt64(
        littleEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
      a = Self.fold(a ^ first, 0xA076_1D64_78BD_642F ^ second)
      b = Self.fold(b ^ second, 0xE703_7ED1_A0B4_28DB ^ first)
      offset += 16
    }
    let rest = bytes.count - offset
    let tail = (
      Self.word(bytes, offset, min(rest, 8)), rest > 8 ? Self.word(bytes, offset + 8, rest - 8) : 0
    )
    let high = Self.fold(a ^ tail.0, 0x8EBC_6AF0_9C88_C6E3 ^ tail.1)
    let low = Self.fold(b ^ tail.1 ^ high, 0x5899_65CC_7537_4CC3 ^ tail.0)
    self.init(high: high, low: low)
  }

  /// At most eight bytes as a number, the first one lowest.
  @inline(__always)
  private static func word(_ bytes: UnsafeRawBufferPointer, _ start: Int, _ count: Int) -> UInt64 {
    if count == 0 { return 0 }
    if start + count >= 8 {
      // The eight bytes that end where these do, without those before.
      let last = bytes.loadUnaligned(fromByteOffset: start + count - 8, as: UInt64.self)
      return UInt64(littleEndian: last) >> UInt64(8 * (8 - count))
    }
    var word: UInt64 = 0
    for index in (start..<start + count).reversed() { word = word << 8 | UInt64(bytes[index]) }
    return word
  }

  @inline(__always)
  private static func fold(_ left: UInt64, _ right: UInt64) -> UInt64 {
    let product = left.multipliedFullWidth(by: right)
    return product.high ^ product.low
  }

  /// Sixteen bytes, big-endian.
  public var bytes: [UInt8] {
    withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Array($0) }
  }

  public init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 16 else { return nil }
    high = UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }
}
