import Diagnostics
import Documents

/// Unquoted text that YAML cuts at ` #`, where a comment begins: `value: PO #5` is the text `PO`.
enum CutText {
  /// Warns where what follows does not look like a comment, which has a blank behind its `#`.
  static func check(_ node: Node, _ reading: inout Reading) {
    switch node.content {
    case .scalar(let scalar): if scalar.style == .plain { checkText(node, &reading) }
    case .sequence(let elements): for element in elements { check(element, &reading) }
    case .mapping(let entries): for entry in entries { check(entry.value, &reading) }
    }
  }

  private static func checkText(_ node: Node, _ reading: inout Reading) {
    let bytes = node.range.file.bytes
    var start = node.range.end
    while start < bytes.count, bytes[start] == 0x20 || bytes[start] == 0x09 { start += 1 }
    guard start > node.range.end, start + 1 < bytes.count, bytes[start] == UInt8(ascii: "#") else {
      return
    }
    var end = start
    while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
    guard end > start + 1, ![0x20, 0x09, UInt8(ascii: "#")].contains(bytes[start + 1]) else {
      return
    }
    let comment = SourceRange(file: node.range.file, start: start, end: end)
    let whole = SourceRange(file: node.range.file, start: node.range.start, end: end).text
    reading.report(
      Codes.cutText, severity: .warning, "\(reading.quotedSubject) ends before `\(comment.text)`",
      at: comment, label: "a comment begins at ` #`",
      help: [
        "quote the whole text: `'\(whole.replacing("'", with: "''"))'`",
        "or put a blank behind the `#` of a comment",
      ])
  }
}
