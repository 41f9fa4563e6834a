import Diagnostics

extension Node {
  /// The way back from offsets in a scalar's decoded text to the file, ascending; empty where both run in parallel from
  /// `range.start`, and for anything but scalars.
  public var origins: [Scalar.Origin] {
    guard let scalar else { return [] }
    let text = Array(scalar.text.utf8)
    switch scalar.style {
    case .plain:
      if range.end - range.start == text.count { return [] }
      return Alignment(text, range, from: range.start, style: .plain).origins()
    case .single, .double:
      return Alignment(text, range, from: range.start + 1, style: scalar.style).origins()
    case .literal, .folded:
      return Alignment(text, range, from: range.start, style: scalar.style).blockOrigins()
    }
  }
}

/// A decoded text and the bytes that it was decoded from, walked side by side.
private struct Alignment {
  private let text: [UInt8]
  private let file: SourceFile
  private let end: Int
  private let style: Scalar.Style
  private var here: Int
  private var at = 0
  private var found: [Scalar.Origin] = []

  private var bytes: [UInt8] { file.bytes }

  init(_ text: [UInt8], _ range: SourceRange, from start: Int, style: Scalar.Style) {
    self.text = text
    file = range.file
    end = min(range.end, range.file.bytes.count)
    self.style = style
    here = start
  }

  /// Quoted texts and plain ones over several lines. Stops where the two no longer agree.
  consuming func origins() -> [Scalar.Origin] {
    mark()
    while at < text.count, here < end {
      let byte = bytes[here]
      if style == .double, byte == UInt8(ascii: "\\") {
        escape()
      } else if style == .single, byte == UInt8(ascii: "'") {
        mark()
        at += 1
        here += 2
        mark()
      } else if let next = endOfFold() {
        fold(to: next)
      } else if byte == text[at] {
        at += 1
        here += 1
      } else {
        break
      }
    }
    return found
  }

  /// A block scalar: its lines follow the line of the indicator, all indented alike.
  consuming func blockOrigins() -> [Scalar.Origin] {
    here = endOfLine(here)
    var indentation: Int?
    var probe = here
    while probe < end, indentation == nil {
      let first = bytes[probe...].firstIndex { $0 != UInt8(ascii: " ") } ?? end
      if first < end, !isBreak(bytes[first]) { indentation = first - probe }
      probe = endOfLine(probe)
    }
    // An indentation indicator (`|2`) says that leading blanks belong to the text.
    let leading = text.drop { $0 == UInt8(ascii: "\n") }.prefix { $0 == UInt8(ascii: " ") }.count
    let indent = max(0, (indentation ?? 0) - leading)
    skip(indent)
    mark()
    while at < text.count, here < end {
      let byte = bytes[here]
      if isBreak(byte) {
        mark()
        if style == .literal {
          at += 1
          here = endOfLine(here)
          skip(indent)
        } else {
          foldLines(indent)
        }
        mark()
      } else if byte == text[at] {
        at += 1
        here += 1
      } else {
        break
      }
    }
    return found
  }

  private mutating func foldLines(_ indent: Int) {
    while here < end, isBreak(bytes[here]) {
      here = endOfLine(here)
      skip(indent)
    }
    if at < text.count, text[at] == UInt8(ascii: " ") {
      at += 1
    } else {
      while at < text.count, text[at] == UInt8(ascii: "\n") { at += 1 }
    }
  }

  private mutating func mark() {
    let origin = Scalar.Origin(text: at, file: here)
    if let last = found.last {
      if last.text == at {
        found.removeLast()
      } else if at - last.text == here - last.file {
        return
      }
    }
    found.append(origin)
  }

  /// Behind the line breaks and blanks that begin here, if there is a line break among them.
  private func endOfFold() -> Int? {
    var next = here
    var broken = false
    while next < end {
      let byte = bytes[next]
      if isBreak(byte) { broken = true } else if byte != UInt8(ascii: " "), byte != 0x09 { break }
      next += 1
    }
    return broken ? next : nil
  }

  private mutating func fold(to next: Int) {
    mark()
    here = next
    if text[at] == UInt8(ascii: " ") {
      at += 1
    } else {
      while at < text.count, text[at] == UInt8(ascii: "\n") { at += 1 }
    }
    mark()
  }

  private mutating func escape() {
    guard here + 1 < end else {
      here = end
      return
    }
    let letter = bytes[here + 1]
    if isBreak(letter) {
      // The line goes on: nothing of the break or the next line's indentation is text.
      here += 1
      if let next = endOfFold() { here = next }
      mark()
      return
    }
    mark()
    switch letter {
    case UInt8(ascii: "x"): here += 4
    case UInt8(ascii: "u"): here += 6
    case UInt8(ascii: "U"): here += 10
    default: here += 2
    }
    at += 1
    while at < text.count, text[at] & 0xC0 == 0x80 { at += 1 }
    mark()
  }

  private mutating func skip(_ indent: Int) {
    let limit = min(end, here + indent)
    while here < limit, bytes[here] == UInt8(ascii: " ") { here += 1 }
  }

  private func endOfLine(_ offset: Int) -> Int {
    var next = offset
    while next < end, bytes[next] != UInt8(ascii: "\n") { next += 1 }
    return min(next + 1, end)
  }

  private func isBreak(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
  }
}
