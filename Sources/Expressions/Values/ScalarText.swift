// Strings are compared by code point. Swift's own `==` takes canonically equivalent strings for equal,
// and its order, `hasPrefix` and `contains` follow; on UTF-8 bytes all of them are right and fast.

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A string that is equal to another when their code points are.
struct ScalarText: Sendable, Hashable {
  let text: String

  init(_ text: String) {
    self.text = text
  }

  static func == (left: ScalarText, right: ScalarText) -> Bool {
    sameText(left.text, right.text)
  }

  func hash(into hasher: inout Hasher) {
    text.withBytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// Whether two strings have the same code points.
func sameText(_ left: String, _ right: String) -> Bool {
  left.utf8.count == right.utf8.count
    && left.withBytes { left in
      right.withBytes { right in
        guard let first = left.baseAddress, let second = right.baseAddress else { return true }
        return memcmp(first, second, left.count) == 0
      }
    }
}

/// Negative, zero or positive, by code point.
func orderOfText(_ left: String, _ right: String) -> Int {
  left.withBytes { left in
    right.withBytes { right in
      let common = min(left.count, right.count)
      if common > 0, let first = left.baseAddress, let second = right.baseAddress {
        let order = memcmp(first, second, common)
        if order != 0 { return Int(order) }
      }
      return left.count - right.count
    }
  }
}

extension String {
  /// The string's UTF-8, without a copy for the strings that Swift itself makes.
  func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
    if let result = utf8.withContiguousStorageIfAvailable(body) { return result }
    return Array(utf8).withUnsafeBufferPointer(body)
  }

  /// Made from bytes that are known to be UTF-8, such as a slice of a string between code points.
  init(bytes: some Collection<UInt8>) {
    self.init(decoding: bytes, as: UTF8.self)
  }

  var isASCII: Bool {
    withBytes { $0.allSatisfy { $0 < 0x80 } }
  }
}

extension UnsafeBufferPointer<UInt8> {
  /// The offset of the first occurrence at or after an offset, in bytes.
  func firstOffset(of needle: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
    if needle.isEmpty { return start <= count ? start : nil }
    guard let base = baseAddress, let wanted = needle.baseAddress, count - start >= needle.count
    else { return nil }
    let last = count - needle.count
    var offset = start
    while offset <= last,
      let found = memchr(base + offset, Int32(wanted[0]), last - offset + 1)
    {
      offset = UnsafeRawPointer(found) - UnsafeRawPointer(base)
      if memcmp(found, wanted, needle.count) == 0 { return offset }
      offset += 1
    }
    return nil
  }

  func hasPrefix(_ prefix: UnsafeBufferPointer<UInt8>) -> Bool {
    guard count >= prefix.count else { return false }
    guard let base = baseAddress, let wanted = prefix.baseAddress else { return true }
    return memcmp(base, wanted, prefix.count) == 0
  }

  func hasSuffix(_ suffix: UnsafeBufferPointer<UInt8>) -> Bool {
    guard count >= suffix.count else { return false }
    guard let base = baseAddress, let wanted = suffix.baseAddress else { return true }
    return memcmp(base + (count - suffix.count), wanted, suffix.count) == 0
  }
}
