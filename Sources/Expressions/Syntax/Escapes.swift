/// Resolves the backslashes of a literal: code points in strings, octets in bytes.
struct Escapes {
  let text: [UInt8]
  let body: Range<Int>
  let isBytes: Bool
  private var position = 0

  init(text: [UInt8], body: Range<Int>, isBytes: Bool) {
    self.text = text
    self.body = body
    self.isBytes = isBytes
  }

  mutating func unescaped() throws(Issue) -> [UInt8] {
    var output: [UInt8] = []
    output.reserveCapacity(body.count)
    position = body.lowerBound
    while position < body.upperBound {
      if text[position] == UInt8(ascii: "\\") {
        try escape(into: &output)
      } else {
        output.append(text[position])
        position += 1
      }
    }
    return output
  }

  private mutating func escape(into output: inout [UInt8]) throws(Issue) {
    let start = position
    let letter = position + 1 < body.upperBound ? text[position + 1] : 0
    position += 2
    switch letter {
    case UInt8(ascii: "a"): output.append(0x07)
    case UInt8(ascii: "b"): output.append(0x08)
    case UInt8(ascii: "f"): output.append(0x0C)
    case UInt8(ascii: "n"): output.append(0x0A)
    case UInt8(ascii: "r"): output.append(0x0D)
    case UInt8(ascii: "t"): output.append(0x09)
    case UInt8(ascii: "v"): output.append(0x0B)
    case UInt8(ascii: "\\"), UInt8(ascii: "?"), UInt8(ascii: "\""), UInt8(ascii: "'"),
      UInt8(ascii: "`"):
      output.append(letter)
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      try append(digits(2, radix: 16, from: start), from: start, to: &output)
    case UInt8(ascii: "u") where !isBytes:
      try append(digits(4, radix: 16, from: start), from: start, to: &output)
    case UInt8(ascii: "U") where !isBytes:
      try append(digits(8, radix: 16, from: start), from: start, to: &output)
    case UInt8(ascii: "0")...UInt8(ascii: "3"):
      position -= 1
      try append(digits(3, radix: 8, from: start), from: start, to: &output)
    default:
      throw bad(start)
    }
  }

  private mutating func digits(
    _ count: Int, radix: Int, from start: Int
  ) throws(Issue) -> UInt32 {
    guard position + count <= body.upperBound,
      text[position..<position + count].allSatisfy(isHexDigit),
      let value = UInt32(String(bytes: text[position..<position + count]), radix: radix)
    else { throw bad(start) }
    position += count
    return value
  }

  private func append(
    _ value: UInt32, from start: Int, to output: inout [UInt8]
  ) throws(Issue) {
    if isBytes {
      output.append(UInt8(truncatingIfNeeded: value))
    } else if let scalar = Unicode.Scalar(value) {
      output.append(contentsOf: String(scalar).utf8)
    } else {
      throw bad(start)
    }
  }

  private func bad(_ start: Int) -> Issue {
    var end = min(max(position, start + 2), body.upperBound)
    while end < body.upperBound, text[end] & 0xC0 == 0x80 { end += 1 }
    let escape = String(bytes: text[start..<end])
    return Issue(
      range: start..<end, kind: .syntax, message: "`\(escape)` is not an escape sequence",
      help: "a backslash itself is `\\\\`, or write a raw string: r\"…\"")
  }
}
