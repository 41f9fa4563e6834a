/// UTF-8 without overlong forms, surrogates and code points past U+10FFFF (RFC 3629).
public enum UTF8Check {
  /// The offset of the first byte that does not belong to a whole, valid character; `nil` when all of it is UTF-8.
  public static func firstFault(in bytes: UnsafeRawBufferPointer) -> Int? {
    let count = bytes.count
    var at = 0
    while at < count {
      if at + 8 <= count,
        bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
      {
        at += 8
        continue
      }
      let lead = bytes[at]
      if lead < 0x80 {
        at += 1
        continue
      }
      let length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
      guard lead >= 0xC2, lead <= 0xF4, at + length <= count else { return at }
      let second = bytes[at + 1]
      switch lead {
      case 0xE0: guard second >= 0xA0 else { return at }
      case 0xED: guard second < 0xA0 else { return at }
      case 0xF0: guard second >= 0x90 else { return at }
      case 0xF4: guard second < 0x90 else { return at }
      default: break
      }
      for next in at + 1..<at + length where bytes[next] & 0xC0 != 0x80 { return at }
      at += length
    }
    return nil
  }

  public static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
    firstFault(in: bytes) == nil
  }
}
