/// A pattern like `^\+[1-9][0-9]{1,14}$`: from end to end a sequence of ASCII characters, each out of a class and so many
/// times, in which every byte can belong to one step only. It is matched in one walk, without the state machine that
/// regular expressions need.
struct ByteSequence: Sendable {
  private struct Step: Sendable {
    var low: UInt64 = 0
    var high: UInt64 = 0
    var atLeast = 1
    var atMost = 1

    mutating func add(_ byte: UInt8) {
      if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte - 64) }
    }

    @inline(__always)
    func holds(_ byte: UInt8) -> Bool {
      byte < 64 ? low >> UInt64(byte) & 1 == 1 : byte < 128 && high >> UInt64(byte - 64) & 1 == 1
    }

    func meets(_ other: Step) -> Bool { low & other.low != 0 || high & other.high != 0 }
  }

  private let steps: [Step]

  /// `nil` when the pattern is anything else, or cannot be read.
  init?(_ pattern: String) {
    var rest = Array(pattern.utf8)[...]
    guard rest.popFirst() == UInt8(ascii: "^"), rest.popLast() == UInt8(ascii: "$"),
      rest.last != UInt8(ascii: "\\")
    else { return nil }
    var steps: [Step] = []
    while !rest.isEmpty {
      guard var step = Self.readClass(&rest), Self.readCount(&rest, into: &step) else { return nil }
      // One that may end early must not be able to take what belongs to a later one.
      for earlier in steps.reversed() {
        if earlier.atLeast != earlier.atMost, earlier.meets(step) { return nil }
        if earlier.atLeast > 0, earlier.atLeast == earlier.atMost { break }
      }
      steps.append(step)
    }
    self.steps = steps
  }

  private static func readClass(_ rest: inout ArraySlice<UInt8>) -> Step? {
    var step = Step()
    switch rest.popFirst() {
    case UInt8(ascii: "\\"):
      guard let byte = rest.popFirst(), isMark(byte) else { return nil }
      step.add(byte)
    case UInt8(ascii: "["):
      var isClosed = false
      while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "]") {
          isClosed = true
          break
        }
        // Only letters, digits and blanks stand for themselves beyond doubt; a `-` between two of them is a range.
        guard isPlain(byte) else { return nil }
        var end = byte
        if rest.first == UInt8(ascii: "-") {
          guard let last = rest.dropFirst().first, isPlain(last), last >= byte else { return nil }
          rest = rest.dropFirst(2)
          end = last
        }
        for byte in byte...end { step.add(byte) }
      }
      guard isClosed, step.low | step.high != 0 else { return nil }
    case let byte? where isPlain(byte) || byte == UInt8(ascii: "-"): step.add(byte)
    default: return nil
    }
    return step
  }

  private static func readCount(_ rest: inout ArraySlice<UInt8>, into step: inout Step) -> Bool {
    switch rest.first {
    case UInt8(ascii: "?"): (step.atLeast, step.atMost) = (0, 1)
    case UInt8(ascii: "+"): (step.atLeast, step.atMost) = (1, .max)
    case UInt8(ascii: "*"): (step.atLeast, step.atMost) = (0, .max)
    case UInt8(ascii: "{"):
      guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else { return false }
      let parts = rest[(rest.startIndex + 1)..<end].split(
        separator: UInt8(ascii: ","), omittingEmptySubsequences: false
      ).map { Int(String(decoding: $0, as: UTF8.self)) }
      guard (1...2).contains(parts.count), let atLeast = parts[0],
        let atMost = parts[parts.count - 1],
        (0...1000).contains(atLeast), atMost >= atLeast, atMost <= 1000
      else { return false }
      (step.atLeast, step.atMost) = (atLeast, atMost)
      rest = rest[(end + 1)...]
      return !isCount(rest.first)
    default: return true
    }
    rest = rest.dropFirst()
    return !isCount(rest.first)
  }

  private static func isCount(_ byte: UInt8?) -> Bool {
    guard let byte else { return false }
    return "?+*{".utf8.contains(byte)
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20) &- 0x61 < 26 || byte == 0x20 || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: "@")
  }

  private static func isMark(_ byte: UInt8) -> Bool { ".+-*?()[]{}|^$/".utf8.contains(byte) }

  func matches(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var at = 0
    for step in steps {
      var count = 0
      while count < step.atMost, at < bytes.count, step.holds(bytes[at]) {
        at += 1
        count += 1
      }
      if count < step.atLeast { return false }
    }
    return at == bytes.count
  }
}
