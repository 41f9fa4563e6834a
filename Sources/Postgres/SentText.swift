/// A statement as it was sent, and where its parts come from.
struct SentText {
  var text: String
  /// The number of UTF-8 bytes that were put before the caller's statement.
  var prefix = 0
  var prepared: PreparedText?

  /// Maps the position in a server's error to a UTF-8 offset in the caller's text.
  ///
  /// The server counts from 1, in characters, or in bytes where it does not know the encoding.
  func originalOffset(ofPosition position: Int, inBytes: Bool) -> Int? {
    guard let prepared, position > 0 else { return nil }
    var offset = position - 1
    if !inBytes {
      let scalars = text.unicodeScalars
      guard
        let index = scalars.index(scalars.startIndex, offsetBy: offset, limitedBy: scalars.endIndex)
      else { return nil }
      offset = text.utf8.distance(from: text.startIndex, to: index)
    }
    let inside = offset - prefix
    guard inside >= 0, inside <= prepared.sql.utf8.count else { return nil }
    return prepared.originalOffset(of: inside)
  }
}

/// Calls `body` with a list of C strings that ends in a null pointer.
func withCStrings<R>(
  _ strings: [String], _ body: ([UnsafePointer<CChar>?]) throws(PostgresError) -> R
) throws(PostgresError) -> R {
  let characters = strings.flatMap { Array($0.utf8CString) }
  let pinned = UnsafeMutableBufferPointer<CChar>.allocate(capacity: characters.count)
  defer { pinned.deallocate() }
  _ = pinned.initialize(from: characters)
  var pointers: [UnsafePointer<CChar>?] = []
  var start = 0
  for string in strings {
    pointers.append(pinned.baseAddress.map { UnsafePointer($0 + start) })
    start += string.utf8.count + 1
  }
  pointers.append(nil)
  return try body(pointers)
}
