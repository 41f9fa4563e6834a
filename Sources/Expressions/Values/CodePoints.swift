/// A string's code points, by number.
struct CodePoints {
  private let text: String
  /// Where each code point starts in the UTF-8; nil when every one is a byte.
  private let starts: [Int]?
  let count: Int

  init(_ text: String) {
    self.text = text
    if text.isASCII {
      starts = nil
      count = text.utf8.count
    } else {
      var starts: [Int] = []
      for (offset, byte) in text.utf8.enumerated() where byte & 0xC0 != 0x80 {
        starts.append(offset)
      }
      self.starts = starts
      count = starts.count
    }
  }

  /// A position between code points; fails outside the string.
  func index(_ index: Int64) throws(EvaluationError) -> Int {
    guard index >= 0, index <= count else {
      throw EvaluationError(.range, "index out of range: \(index)")
    }
    return Int(index)
  }

  private func offset(_ index: Int) -> Int {
    guard let starts else { return index }
    return index < count ? starts[index] : text.utf8.count
  }

  func slice(_ start: Int, _ end: Int) -> String {
    let bytes = text.utf8
    let first = bytes.index(bytes.startIndex, offsetBy: offset(start))
    let last = bytes.index(bytes.startIndex, offsetBy: offset(end))
    return String(text[first..<last])
  }

  func firstIndex(of part: String, from start: Int) -> Int? {
    let found = text.withBytes { text in
      part.withBytes { text.firstOffset(of: $0, from: offset(start)) }
    }
    return found.map(number)
  }

  /// The last occurrence that starts at or before an index.
  func lastIndex(of part: String, upTo last: Int) -> Int? {
    let found: Int? = text.withBytes { text in
      part.withBytes { part in
        var start = min(offset(last), text.count - part.count)
        while start >= 0 {
          if UnsafeBufferPointer(rebasing: text[start...]).hasPrefix(part) { return start }
          start -= 1
        }
        return nil
      }
    }
    return found.map(number)
  }

  /// The number of the code point at a byte offset.
  private func number(_ offset: Int) -> Int {
    guard let starts else { return offset }
    var (low, high) = (0, starts.count)
    while low < high {
      let middle = (low + high) / 2
      if starts[middle] < offset { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
