/// The first line of a range as it can be shown: tabs expanded, a long line cut to the part around the range.
struct Excerpt {
  /// Columns that are shown of a line at most.
  static let widest = 100

  let line: String
  /// The blanks before the carets.
  let blank: String
  let carets: String

  /// `secrets`: stretches of files in whose place three stars are shown, so that not even their length is told.
  init(_ range: SourceRange, hiding secrets: [SourceRange] = []) {
    let file = range.file
    let (lineNumber, column) = file.position(at: range.start)
    let end = file.position(at: range.end)
    let scalars = Array(file.line(lineNumber).unicodeScalars)
    let from = min(column - 1, scalars.count)
    let to = end.line == lineNumber ? min(end.column - 1, scalars.count) : scalars.count

    var cells: [(text: String, width: Int)] = []
    cells.reserveCapacity(scalars.count)
    var at = 0
    for scalar in scalars {
      let cell = VisibleText.cell(of: scalar, at: at)
      cells.append(cell)
      at += cell.width
    }
    for secret in secrets where secret.file.path == file.path {
      Self.hide(file, secret, in: &cells, ofLine: lineNumber)
    }
    let window = Self.window(around: from, to, of: cells.map(\.width))
    let hiddenBefore = window.lowerBound > 0
    let hiddenAfter = window.upperBound < cells.count
    let shownEnd = min(to, window.upperBound)
    line =
      (hiddenBefore ? "…" : "") + cells[window].map(\.text).joined() + (hiddenAfter ? "…" : "")
    let before = cells[window.lowerBound..<max(from, window.lowerBound)]
    blank = String(
      repeating: " ", count: before.reduce(hiddenBefore ? 1 : 0) { $0 + $1.width })
    let width = from < shownEnd ? cells[from..<shownEnd].reduce(0) { $0 + $1.width } : 0
    carets = String(repeating: "^", count: max(1, width))
  }

  private static func hide(
    _ file: SourceFile, _ secret: SourceRange, in cells: inout [(text: String, width: Int)],
    ofLine line: Int
  ) {
    let first = file.position(at: secret.start)
    let last = file.position(at: secret.end)
    guard first.line <= line, line <= last.line else { return }
    let from = min(first.line == line ? first.column - 1 : 0, cells.count)
    let to = min(last.line == line ? last.column - 1 : cells.count, cells.count)
    guard from < to else { return }
    for place in from..<to { cells[place] = place < from + 3 ? ("*", 1) : ("", 0) }
  }

  /// The stretch of a line that is shown, so that the marked part is in sight.
  private static func window(around from: Int, _ to: Int, of widths: [Int]) -> Range<Int> {
    guard widths.reduce(0, +) > widest else { return 0..<widths.count }
    let marked = widths[from..<max(from, to)].reduce(0, +)
    var lead = max(8, (widest - marked) / 2)
    var low = from
    while low > 0, lead >= widths[low - 1] {
      low -= 1
      lead -= widths[low]
    }
    var room = widest
    var high = low
    while high < widths.count, room >= widths[high] {
      room -= widths[high]
      high += 1
    }
    return low..<high
  }
}
