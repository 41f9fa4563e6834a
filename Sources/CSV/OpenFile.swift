import Rows

/// A file while it is read: its rows, one at a time, each with as many values as the header has.
final class OpenFile {
  let text: FileText
  private var scanner: RecordScanner
  private let limits: CSVLimits
  private let needsFinalLineBreak: Bool
  /// Where the values of the columns stand in a row.
  private(set) var places: [Int] = []
  /// Values in a row.
  private var width = 0
  /// Where the row that was read last begins.
  private(set) var line: Int64 = 1
  private var nextLine: Int64 = 1
  private var nextStart = 0

  var fields: UnsafeBufferPointer<FieldSpan> { scanner.fields }

  /// Opens a file and looks at its header. Columns that are not declared are put into the format.
  init(
    _ file: ChosenFile, _ format: inout CSVFormat, _ limits: CSVLimits
  ) throws(CSVError) {
    text = try FileText(file, format.encoding, longest: limits.rowBytes)
    scanner = RecordScanner(format)
    self.limits = limits
    needsFinalLineBreak = format.needsFinalLineBreak
    guard format.hasHeader else {
      let columns = format.columns ?? []
      guard !columns.isEmpty else {
        throw CSVError(
          .header, "`\(file.name)` has no header, and its columns are not declared",
          remedy: "declare `columns` in the mapping, in the order of the file")
      }
      places = Array(columns.indices)
      width = columns.count
      // Looked into all the same, so that an empty file is noticed before its rows are asked for.
      if try fillFirst() == false { throw Self.empty(file) }
      return
    }
    guard try nextRecord(isHeader: true) else {
      throw text.hasText ? Self.noHeader(file) : Self.empty(file)
    }
    let names = scanner.fields.map { field in
      let bytes = UnsafeRawBufferPointer(
        start: UnsafeRawPointer(text.base) + field.start, count: field.length)
      let name = String(decoding: bytes, as: UTF8.self)
      guard field.hasEscapes, let quote = format.quote else { return name }
      let sign = String(UnicodeScalar(quote))
      return name.replacing(sign + sign, with: sign)
    }
    width = names.count
    let header = Header(names, of: file.name)
    if format.columns == nil { format.columns = try header.columns(empty: format.empty) }
    places = try header.places(of: format)
  }

  private func fillFirst() throws(CSVError) -> Bool {
    switch try text.fill() {
    case .more, .full: return true
    case .end: return false
    case .fault(let message, let remedy):
      throw error(.encoding, message, at: text.end, remedy: remedy)
    }
  }

  /// Goes on to the next row; no when there is none.
  func nextRecord() throws(CSVError) -> Bool {
    while true {
      guard try nextRecord(isHeader: false) else { return false }
      if scanner.count == width { return true }
      // A line with nothing in it is no row, unless a row may be just that.
      if isBlank { continue }
      let count = scanner.count
      throw error(
        .malformed,
        "the row has \(count) value\(count == 1 ? "" : "s") instead of \(width)",
        at: text.start,
        remedy: count < width
          ? "have the file delivered again, or declare its `delimiter`"
          : "have values with the delimiter in them quoted")
    }
  }

  private var isBlank: Bool {
    scanner.count == 1 && scanner.fields[0].length == 0 && !scanner.fields[0].isQuoted
  }

  @inline(__always)
  private func nextRecord(isHeader: Bool) throws(CSVError) -> Bool {
    text.start = nextStart
    line = nextLine
    var isAll = false
    while true {
      switch scanner.scan(text.base, from: text.start, to: text.end, isAll: isAll) {
      case .record(let next, let breaks, let endsWithBreak):
        if !endsWithBreak, needsFinalLineBreak {
          throw error(
            .truncated, "the file ends within this line", at: next,
            remedy:
              "have the file delivered again; write `final_newline: optional` if its writer never ends the last line"
          )
        }
        guard next - text.start <= limits.rowBytes else { throw tooLong }
        nextStart = next
        nextLine = line + Int64(breaks)
        if isHeader, isBlank {
          text.start = nextStart
          line = nextLine
          continue
        }
        return true
      case .end:
        return false
      case .needsMore:
        guard text.end - text.start <= limits.rowBytes else { throw tooLong }
        switch try text.fill() {
        case .more: break
        case .end: isAll = true
        case .full: throw tooLong
        case .fault(let message, let remedy):
          throw error(.encoding, message, at: text.end, remedy: remedy)
        }
        nextStart = text.start
      case .fault(let at, let message, let remedy):
        throw error(.malformed, message, at: at, remedy: remedy)
      case .unclosed(let at):
        throw error(
          .truncated, "the file ends within a quoted value that begins here", at: at,
          remedy: "have the file delivered again")
      }
    }
  }

  /// Throws when the file is not as it was when it was chosen.
  func check() throws(CSVError) { try text.file.check() }

  // MARK: Errors

  /// `people.csv, line 12, column 7`, of an offset within the row that was read last.
  func place(of offset: Int) -> String {
    let (lines, column) = RecordScanner.position(of: offset, in: text.base, from: text.start)
    return "\(text.file.name), line \(line + Int64(lines)), column \(column)"
  }

  private func error(
    _ code: CSVError.Code, _ message: String, at offset: Int, remedy: String
  ) -> CSVError {
    CSVError(code, "\(place(of: offset)): \(message)", remedy: remedy)
  }

  private var tooLong: CSVError {
    error(
      .malformed, "a row of more than \(limits.rowBytes) bytes begins here (`max_row`)",
      at: text.start, remedy: "see whether a quote is opened and never closed")
  }

  private static func empty(_ file: ChosenFile) -> CSVError {
    CSVError(
      .empty, "`\(file.name)` is empty: it has not even a header",
      remedy: "have the file delivered again")
  }

  private static func noHeader(_ file: ChosenFile) -> CSVError {
    CSVError(
      .header, "`\(file.name)` has no header row", remedy: "have the file delivered again")
  }
}
