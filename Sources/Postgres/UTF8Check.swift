/// Whether bytes are UTF-8 without overlong forms, surrogates and code points past U+10FFFF.
func isUTF8(_ bytes: UnsafeRawBufferPointer) -> Bool {
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
    guard lead >= 0xC2, lead <= 0xF4, at + length <= count else { return false }
    let second = bytes[at + 1]
    switch lead {
    case 0xE0: guard second >= 0xA0 else { return false }
    case 0xED: guard second < 0xA0 else { return false }
    case 0xF0: guard second >= 0x90 else { return false }
    case 0xF4: guard second < 0x90 else { return false }
    default: break
    }
    for next in at + 1..<at + length where bytes[next] & 0xC0 != 0x80 { return false }
    at += length
  }
  return true
}
