/// A file as it was read: its path as a person wrote it, its bytes, and where its lines begin.
public final class SourceFile: Sendable {
  public let path: String
  public let bytes: [UInt8]
  /// The offset of each line's first byte.
  public let lineStarts: [Int]

  public init(path: String, bytes: [UInt8]) {
    self.path = path
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    lineStarts = starts
  }

  public convenience init(path: String, text: String) {
    self.init(path: path, bytes: Array(text.utf8))
  }

  /// The line and the column of an offset, both counted from 1; the column counts Unicode scalars.
  public func position(at offset: Int) -> (line: Int, column: Int) {
    let offset = min(max(offset, 0), bytes.count)
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    let scalars = bytes[lineStarts[low]..<offset].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    return (low + 1, scalars + 1)
  }

  /// The text of a line, counted from 1, without its line break.
  public func line(_ number: Int) -> String {
    guard number >= 1, number <= lineStarts.count else { return "" }
    let start = lineStarts[number - 1]
    var end = number < lineStarts.count ? lineStarts[number] - 1 : bytes.count
    if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }
}

extension SourceFile: Hashable {
  public static func == (left: SourceFile, right: SourceFile) -> Bool { left === right }
  public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

/// A stretch of a file, as UTF-8 offsets; `end` is the first offset behind it.
public struct SourceRange: Sendable, Hashable {
  public let file: SourceFile
  public let start: Int
  public let end: Int

  public init(file: SourceFile, start: Int, end: Int) {
    self.file = file
    self.start = start
    self.end = max(start, end)
  }

  public var text: String {
    let low = min(max(start, 0), file.bytes.count)
    return String(decoding: file.bytes[low..<min(max(end, low), file.bytes.count)], as: UTF8.self)
  }
}

extension SourceRange: CustomStringConvertible {
  /// `path:line:column`, as compilers write it.
  public var description: String {
    let (line, column) = file.position(at: start)
    return "\(file.path):\(line):\(column)"
  }
}
