import Foundation
import Rows

/// Makes UTF-8 of the bytes of a file, and finds what is no text in the declared encoding.
struct TextDecoder {
  typealias Fault = (message: String, remedy: String)

  private let encoding: CSVFormat.Encoding
  /// Of UTF-16; `nil` until the byte order mark was seen.
  private var isBigEndian: Bool?
  private var raw: [UInt8] = []
  private var rawCount = 0

  init(_ encoding: CSVFormat.Encoding) {
    self.encoding = encoding
    switch encoding {
    case .utf16LittleEndian: isBigEndian = false
    case .utf16BigEndian: isBigEndian = true
    default: break
    }
  }

  /// Whether the file's bytes are the text's, so that they are read in place.
  var isUTF8: Bool { encoding == .utf8 }

  /// Lends memory for bytes of the file that become at most so many bytes of text, and takes as many as `read` says.
  mutating func room(for text: Int, _ read: (UnsafeMutableRawBufferPointer) -> Int) -> Int {
    let wanted = max(64, text / 3 - 8)
    if raw.count < rawCount + wanted {
      raw += [UInt8](repeating: 0, count: rawCount + wanted - raw.count)
    }
    let got = raw.withUnsafeMutableBytes { all in
      read(UnsafeMutableRawBufferPointer(rebasing: all[rawCount..<rawCount + wanted]))
    }
    if got > 0 { rawCount += got }
    return got
  }

  /// Looks at what was read since: moves the end of the text as far as it is text, and says why it is not where it ends too
  /// early. `filled`: where the memory's bytes end.
  mutating func decode(
    _ memory: UnsafeMutablePointer<UInt8>, from start: Int, filled: inout Int, text: inout Int,
    isFirst: Bool, isLast: Bool
  ) -> Fault? {
    switch encoding {
    case .utf8: return utf8(memory, start, &filled, &text, isFirst: isFirst, isLast: isLast)
    case .windows1252: return windows1252(memory, &filled, &text)
    case .utf16, .utf16LittleEndian, .utf16BigEndian:
      return utf16(memory, &filled, &text, isFirst: isFirst, isLast: isLast)
    }
  }

  private static let nul: Fault = (
    "a NUL byte: the file is damaged, or its encoding is another",
    "have the file delivered again, or declare its `encoding`, e.g. `utf-16le`"
  )

  // MARK: UTF-8

  private func utf8(
    _ memory: UnsafeMutablePointer<UInt8>, _ start: Int, _ filled: inout Int, _ text: inout Int,
    isFirst: Bool, isLast: Bool
  ) -> Fault? {
    if isFirst, filled - start >= 2 {
      let (first, second) = (memory[start], memory[start + 1])
      if filled - start >= 3, first == 0xEF, second == 0xBB, memory[start + 2] == 0xBF {
        memory.advanced(by: start).update(
          from: memory + start + 3, count: filled - start - 3)
        filled -= 3
      } else if (first == 0xFF && second == 0xFE) || (first == 0xFE && second == 0xFF) {
        return (
          "the file begins with the byte order mark of UTF-16, and is declared `utf-8`",
          "declare `encoding: utf-16`"
        )
      }
    }
    let new = UnsafeRawBufferPointer(start: memory + start, count: filled - start)
    var end = new.count
    var fault: Fault?
    if let at = UTF8Check.firstFault(in: new) {
      end = at
      let isWhole = new.count - at >= 4 || new[at] < 0xC2 || isLast
      if isWhole {
        let byte = Self.hex(new[at])
        fault = (
          "the byte \(byte) is not UTF-8",
          "declare the file's `encoding`, e.g. `windows-1252`, or have it written in UTF-8"
        )
      }
    }
    if let zero = Self.firstZero(new, before: end) {
      end = zero
      fault = Self.nul
    }
    text = start + end
    return fault
  }

  static func hex(_ byte: UInt8) -> String {
    let digits = String(byte, radix: 16, uppercase: true)
    return "0x" + (byte < 16 ? "0" : "") + digits
  }

  private static func firstZero(_ bytes: UnsafeRawBufferPointer, before end: Int) -> Int? {
    guard end > 0, let start = bytes.baseAddress, let found = memchr(start, 0, end) else {
      return nil
    }
    return UnsafeRawPointer(found) - start
  }

  // MARK: Windows-1252

  /// Of the bytes 0x80 to 0x9F; 0 where there is none
  /// (<https://www.unicode.org/Public/MAPPINGS/VENDORS/MICSFT/WINDOWS/CP1252.TXT>).
  private static let upper: [UInt16] = [
    0x20AC, 0, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039,
    0x0152, 0, 0x017D, 0, 0, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC,
    0x2122, 0x0161, 0x203A, 0x0153, 0, 0x017E, 0x0178,
  ]

  private mutating func windows1252(
    _ memory: UnsafeMutablePointer<UInt8>, _ filled: inout Int, _ text: inout Int
  ) -> Fault? {
    var at = filled
    defer {
      (filled, text) = (at, at)
      rawCount = 0
    }
    for byte in raw[..<rawCount] {
      if byte == 0 { return Self.nul }
      guard byte >= 0x80 else {
        memory[at] = byte
        at += 1
        continue
      }
      let unit = byte < 0xA0 ? UInt32(Self.upper[Int(byte) - 0x80]) : UInt32(byte)
      guard unit != 0 else {
        return (
          "the byte \(Self.hex(byte)) is not a character of Windows-1252",
          "declare the file's `encoding`, or have it delivered again"
        )
      }
      at += Self.write(unit, to: memory + at)
    }
    return nil
  }

  // MARK: UTF-16

  private mutating func utf16(
    _ memory: UnsafeMutablePointer<UInt8>, _ filled: inout Int, _ text: inout Int, isFirst: Bool,
    isLast: Bool
  ) -> Fault? {
    var from = 0
    if isFirst, rawCount >= 2 {
      let mark = (raw[0], raw[1])
      if mark == (0xFF, 0xFE) || mark == (0xFE, 0xFF) {
        let isBig = mark == (0xFE, 0xFF)
        if let declared = isBigEndian, declared != isBig {
          return (
            "the byte order mark is that of the other byte order, and the file is declared `\(encoding.rawValue)`",
            "declare `encoding: utf-16`, which goes by the mark"
          )
        }
        isBigEndian = isBig
        from = 2
      }
    }
    guard let isBigEndian else {
      guard rawCount >= 2 || isLast else { return nil }
      return rawCount == 0
        ? nil
        : (
          "the file has no byte order mark, and is declared `utf-16`",
          "declare `utf-16le` or `utf-16be`"
        )
    }
    func unit(_ at: Int) -> UInt32 {
      isBigEndian
        ? UInt32(raw[at]) << 8 | UInt32(raw[at + 1]) : UInt32(raw[at + 1]) << 8 | UInt32(raw[at])
    }
    var at = filled
    defer { (filled, text) = (at, at) }
    while from + 2 <= rawCount {
      var scalar = unit(from)
      var length = 2
      if (0xD800..<0xDC00).contains(scalar) {
        guard from + 4 <= rawCount else { break }
        let low = unit(from + 2)
        guard (0xDC00..<0xE000).contains(low) else { return Self.half }
        scalar = 0x10000 + (scalar - 0xD800) << 10 + (low - 0xDC00)
        length = 4
      } else if (0xDC00..<0xE000).contains(scalar) {
        return Self.half
      }
      if scalar == 0 { return Self.nul }
      at += Self.write(scalar, to: memory + at)
      from += length
    }
    if isLast, from < rawCount {
      return ("the file ends within a character", "have the file delivered again")
    }
    raw.withUnsafeMutableBufferPointer { all in
      guard let start = all.baseAddress, from > 0 else { return }
      start.update(from: start + from, count: rawCount - from)
    }
    rawCount -= from
    return nil
  }

  private static let half: Fault = (
    "half a character of UTF-16",
    "declare the file's `encoding`, or have it delivered again"
  )

  /// Writes a character, and returns how many bytes it takes.
  private static func write(_ scalar: UInt32, to room: UnsafeMutablePointer<UInt8>) -> Int {
    func rest(_ shift: UInt32) -> UInt8 { UInt8(truncatingIfNeeded: 0x80 | scalar >> shift & 0x3F) }
    switch scalar {
    case ..<0x80:
      room[0] = UInt8(truncatingIfNeeded: scalar)
      return 1
    case ..<0x800:
      room[0] = UInt8(truncatingIfNeeded: 0xC0 | scalar >> 6)
      room[1] = rest(0)
      return 2
    case ..<0x10000:
      room[0] = UInt8(truncatingIfNeeded: 0xE0 | scalar >> 12)
      room[1] = rest(6)
      room[2] = rest(0)
      return 3
    default:
      room[0] = UInt8(truncatingIfNeeded: 0xF0 | scalar >> 18)
      room[1] = rest(12)
      room[2] = rest(6)
      room[3] = rest(0)
      return 4
    }
  }
}
