/// The text as exactly one segment of a URL's path: all but letters, digits, `-`, `.`, `_` and `~` percent-encoded.
///
/// Nil for the empty text, `.` and `..`: no encoding keeps servers from taking those for another resource.
public func percentEncoded(pathSegment text: String) -> String? {
  if text.isEmpty || text == "." || text == ".." { return nil }
  return percentEncoded(queryValue: text)
}

/// The text as a name or a value in a URL's query, encoded like a path segment.
public func percentEncoded(queryValue text: String) -> String {
  let digits = Array("0123456789ABCDEF".utf8)
  var bytes: [UInt8] = []
  bytes.reserveCapacity(text.utf8.count)
  for byte in text.utf8 {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
      UInt8(ascii: "_"), UInt8(ascii: "~"):
      bytes.append(byte)
    default:
      bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}
