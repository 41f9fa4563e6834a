/// Functions on bytes in place. Each agrees with the function of the slow path, or gives ``FlatValue/unusual`` where that would
/// take more than a look at the bytes. Those of one function of the language are in its file.
enum FlatText {
  @inline(__always)
  static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte &- 0x09 < 5 }

  /// The first bytes of what is trimmed beyond ASCII: white space, and characters that show nothing.
  @inline(__always)
  private static func mayBeginWhiteSpace(_ byte: UInt8) -> Bool {
    byte == 0xC2 || byte &- 0xE1 < 3 || byte == 0xD8 || byte == 0xEF || byte == 0xCD
  }

  // MARK: Trimming

  static func trimmed(_ value: FlatValue) -> FlatValue {
    guard value.kind == .text else { return .unusual }
    let bytes = value.utf8
    var first = 0
    var last = bytes.count
    while first < last, isBlank(bytes[first]) { first += 1 }
    while last > first, isBlank(bytes[last - 1]) { last -= 1 }
    if first < last {
      if mayBeginWhiteSpace(bytes[first]) { return .unusual }
      if bytes[last - 1] >= 0x80 {
        var lead = last - 1
        while lead > first, bytes[lead] & 0xC0 == 0x80 { lead -= 1 }
        if mayBeginWhiteSpace(bytes[lead]) { return .unusual }
      }
    }
    return FlatValue(value.start.map { $0 + first }, last - first)
  }

  // MARK: Joining

  static func concatenate(
    _ parts: UnsafeBufferPointer<FlatValue>, _ scratch: FlatScratch
  ) -> FlatValue {
    var size = 0
    for part in parts {
      guard part.kind == .text else { return .unusual }
      size += Int(part.count)
    }
    guard let start = scratch.room(size) else { return .unusual }
    var count = 0
    for part in parts { copy(part, start, &count) }
    return scratch.keep(start, count)
  }

  @inline(__always)
  static func copy(
    _ text: FlatValue, _ start: UnsafeMutablePointer<UInt8>, _ count: inout Int
  ) {
    guard let source = text.start else { return }
    (start + count).update(from: source, count: Int(text.count))
    count += Int(text.count)
  }

  // MARK: Changing

  static func string(_ value: FlatValue, _ scratch: FlatScratch) -> FlatValue {
    switch value.kind {
    case .text: value
    case .int: scratch.digits(value.number)
    default: .unusual
    }
  }

  /// In the other case, the letters of ASCII alone; `first` is `A` or `a`.
  static func changed(
    _ value: FlatValue, from first: UInt8, _ scratch: FlatScratch
  ) -> FlatValue {
    guard value.kind == .text, let start = scratch.room(Int(value.count)) else { return .unusual }
    let bytes = value.utf8
    for index in bytes.indices {
      let byte = bytes[index]
      start[index] = byte &- first < 26 ? byte ^ 0x20 : byte
    }
    return scratch.keep(start, bytes.count)
  }

  // MARK: Comparing

  /// `nil` where it takes more than bytes to tell.
  static func equal(_ left: FlatValue, _ right: FlatValue) -> Bool? {
    if left.kind == .null || right.kind == .null {
      if left.kind == .none || right.kind == .none { return nil }
      return left.kind == right.kind
    }
    guard left.kind == right.kind else { return nil }
    switch left.kind {
    case .bool, .int: return left.number == right.number
    case .text:
      guard left.count == right.count else { return false }
      return left.utf8.elementsEqual(right.utf8)
    default: return nil
    }
  }
}
