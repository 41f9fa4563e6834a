/// PostgreSQL's binary `numeric` (digits to the base 10000) and its exact decimal text.
enum NumericText {
  /// Appends the digits of a binary numeric; `false` for NaN, infinities and broken bytes.
  static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) -> Bool {
    guard bytes.count >= 8 else { return false }
    let count = Int(bytes.int16(at: 0))
    let weight = Int(bytes.int16(at: 2))
    let sign = bytes.int16(at: 4)
    let scale = Int(bytes.int16(at: 6))
    guard sign == 0 || sign == 0x4000, count >= 0, scale >= 0, bytes.count == 8 + 2 * count else {
      return false
    }
    func group(_ index: Int) -> Int16 {
      index >= 0 && index < count ? bytes.int16(at: 8 + 2 * index) : 0
    }
    if sign == 0x4000 { text.append(UInt8(ascii: "-")) }
    if weight < 0 {
      text.append(UInt8(ascii: "0"))
    } else {
      appendFirst(group(0), to: &text)
      var index = 1
      while index <= weight {
        appendGroup(group(index), digits: 4, to: &text)
        index += 1
      }
    }
    guard scale > 0 else { return true }
    text.append(UInt8(ascii: "."))
    var left = scale
    var index = weight + 1
    while left > 0 {
      appendGroup(group(index), digits: min(4, left), to: &text)
      left -= 4
      index += 1
    }
    return true
  }

  private static func appendFirst(_ group: Int16, to text: inout [UInt8]) {
    let digits = group >= 1000 ? 4 : group >= 100 ? 3 : group >= 10 ? 2 : 1
    var scale: Int16 = digits == 4 ? 1000 : digits == 3 ? 100 : digits == 2 ? 10 : 1
    while scale > 0 {
      text.append(UInt8(truncatingIfNeeded: 48 + group / scale % 10))
      scale /= 10
    }
  }

  private static func appendGroup(_ group: Int16, digits: Int, to text: inout [UInt8]) {
    var scale: Int16 = 1000
    for _ in 0..<digits {
      text.append(UInt8(truncatingIfNeeded: 48 + group / scale % 10))
      scale /= 10
    }
  }

  /// The binary form of plain decimal text (`-12.50`), or `nil` if it is not that.
  static func encode(_ text: String) -> [UInt8]? {
    var digits = Array(text.utf8)
    let negative = digits.first == UInt8(ascii: "-")
    if negative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    let point = digits.firstIndex(of: UInt8(ascii: ".")) ?? digits.count
    var whole = digits[..<point].map { $0 &- 48 }
    var fraction = digits[min(point + 1, digits.count)...].map { $0 &- 48 }
    let scale = fraction.count
    guard !whole.isEmpty, (whole + fraction).allSatisfy({ $0 <= 9 }), scale <= 16_383,
      point == digits.count || scale > 0, whole.count <= 131_072
    else { return nil }
    whole.insert(contentsOf: repeatElement(0, count: (4 - whole.count % 4) % 4), at: 0)
    fraction += repeatElement(0, count: (4 - scale % 4) % 4)
    let all = whole + fraction
    var groups: [Int16] = stride(from: 0, to: all.count, by: 4).map { start in
      all[start..<start + 4].reduce(0) { $0 * 10 + Int16($1) }
    }
    var weight = whole.count / 4 - 1
    let zeros = groups.prefix { $0 == 0 }.count
    groups.removeFirst(zeros)
    weight -= zeros
    while groups.last == 0 { groups.removeLast() }
    if groups.isEmpty { weight = 0 }
    var bytes: [UInt8] = []
    bytes.appendBigEndian(Int16(groups.count))
    bytes.appendBigEndian(Int16(weight))
    bytes.appendBigEndian(negative && !groups.isEmpty ? 0x4000 as Int16 : 0)
    bytes.appendBigEndian(Int16(scale))
    for group in groups { bytes.appendBigEndian(group) }
    return bytes
  }
}

extension UnsafeRawBufferPointer {
  @inline(__always) func int16(at offset: Int) -> Int16 {
    Int16(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int16.self))
  }

  @inline(__always) func int32(at offset: Int) -> Int32 {
    Int32(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int32.self))
  }

  @inline(__always) func int64(at offset: Int) -> Int64 {
    Int64(bigEndian: loadUnaligned(fromByteOffset: offset, as: Int64.self))
  }
}

extension [UInt8] {
  mutating func appendBigEndian(_ value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
