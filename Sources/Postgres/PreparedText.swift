import SQLText

/// One SQL statement whose `:name` parameters have become `$1`, `$2`, ….
///
/// Names inside strings, quoted identifiers, dollar quotes, comments and casts (`::`) are left alone, and so is the
/// colon of an array slice: directly inside `x[…]` a colon always separates bounds, so a parameter there is written
/// `x[(:name)]`. The statement ends before its semicolon; text after it other than comments is refused.
public struct PreparedText: Sendable, Hashable {
  /// The statement as the server gets it.
  public let sql: String
  /// The parameters' names: the first is `$1`. A name that occurs twice is one parameter.
  public let names: [String]

  private let edits: [Edit]

  private struct Edit: Sendable, Hashable {
    var rewritten: Range<Int>
    var original: Range<Int>
  }

  /// Rewrites `original`, or throws an error of code `statement` with the offset of the trouble.
  public init(_ original: String) throws(PostgresError) {
    let scan = try Scan(original)
    let bytes = Array(original.utf8)
    var output: [UInt8] = []
    output.reserveCapacity(scan.statement.count)
    var names: [String] = []
    var edits: [Edit] = []
    var copied = scan.statement.lowerBound
    if copied > 0 { edits.append(Edit(rewritten: 0..<0, original: 0..<copied)) }
    for (name, range) in scan.parameters {
      output += bytes[copied..<range.lowerBound]
      let number: Int
      if let known = names.firstIndex(of: name) {
        number = known + 1
      } else {
        names.append(name)
        number = names.count
      }
      let start = output.count
      output += Array("$\(number)".utf8)
      edits.append(Edit(rewritten: start..<output.count, original: range))
      copied = range.upperBound
    }
    output += bytes[copied..<scan.statement.upperBound]
    self.sql = String(decoding: output, as: UTF8.self)
    self.names = names
    self.edits = edits
  }

  /// Maps a UTF-8 offset in `sql` to the UTF-8 offset in the text it was made from.
  ///
  /// An offset inside `$1` maps to the colon of `:name`.
  public func originalOffset(of offset: Int) -> Int {
    guard let edit = edits.last(where: { $0.rewritten.lowerBound <= offset }) else { return offset }
    if edit.rewritten.contains(offset) { return edit.original.lowerBound }
    return offset - edit.rewritten.upperBound + edit.original.upperBound
  }
}

/// The one statement of a text, and where its parameters stand.
private struct Scan {
  var statement: Range<Int>
  var parameters: [(name: String, range: Range<Int>)]

  init(_ text: String) throws(PostgresError) {
    let tokens: [SQLToken]
    do throws(SQLProblem) {
      tokens = try SQLScanner.scan(text)
    } catch {
      throw error.statementError
    }
    let semicolon = SQLToken.Kind.symbol(UInt8(ascii: ";"))
    let words = tokens.drop { $0.kind == semicolon }
    guard let first = words.first else {
      throw .statement("The SQL text holds no statement.", at: 0)
    }
    let end = words.first { $0.kind == semicolon }?.range.lowerBound
    if let end,
      let second = words.first(where: { $0.range.lowerBound > end && $0.kind != semicolon })
    {
      throw .statement(
        "The SQL text holds a second statement; a query is one statement.",
        at: second.range.lowerBound,
        remedy: "Keep one statement and remove what follows its semicolon.")
    }
    statement = first.range.lowerBound..<(end ?? text.utf8.count)
    parameters = words.compactMap { token in
      if case .parameter(let name) = token.kind { (name, token.range) } else { nil }
    }
  }
}

extension SQLProblem {
  fileprivate var statementError: PostgresError {
    switch self {
    case .nul(let at): .statement("The SQL text contains a NUL character.", at: at)
    case .endlessComment(let at): .statement("A comment that begins here never ends.", at: at)
    case .endlessQuotation(let at): .statement("A quotation that begins here never ends.", at: at)
    case .numberedParameter(let at):
      .statement(
        "Parameters are named, not numbered.", at: at,
        remedy: "Write :name and give the parameter under that name.")
    }
  }
}
