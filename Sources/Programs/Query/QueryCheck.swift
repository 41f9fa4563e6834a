import Diagnostics
import Mappings
import Rows
import SQLText

/// What is wrong with a query by its text alone, whatever the source has.
struct QueryCheck {
  let mapping: MappingDefinition
  /// What keeps the text from being read; one finding at most, as one slip often looks like several.
  let fault: Diagnostic?
  private(set) var diagnostics: [Diagnostic] = []

  init(_ mapping: MappingDefinition) {
    self.mapping = mapping
    guard let query = mapping.query else {
      fault = nil
      return
    }
    let sql = query.sql
    let tokens: [SQLToken]
    var problem: SQLProblem?
    do throws(SQLProblem) {
      tokens = try SQLScanner.scan(sql.text)
    } catch {
      problem = error
      tokens = SQLScanner.tokens(of: sql.text)
    }
    fault = Self.fault(in: query, tokens, problem)
    guard fault == nil else { return }
    if mapping.whenAbsent != nil, let limit = SQLToken.limit(in: tokens) {
      diagnostics.append(.queryLimited(sql.range(of: limit)))
    }
    var seen: [SelectList.Item] = []
    for item in SelectList.namedItems(of: tokens) {
      if let first = seen.first(where: { $0.name == item.name }) {
        diagnostics.append(
          .columnTwice(item.name, sql.range(of: item.range), sql.range(of: first.range)))
      }
      seen.append(item)
    }
  }

  /// Columns of one name that only the source can tell, as those behind a `*`. `used`: the names that the mapping reads.
  func twins(among columns: [Column], used: Set<String>) -> [Diagnostic] {
    // By their bytes: to a database names differ that Swift takes for equal.
    var counts: [[UInt8]: Int] = [:]
    for column in columns { counts[Array(column.name.utf8), default: 0] += 1 }
    let names = counts.filter { $0.value > 1 }.keys.map { String(decoding: $0, as: UTF8.self) }
    let known = Set(diagnostics.filter { $0.code == ProgramCodes.columnTwice }.map(\.message))
    return names.sorted().compactMap { name in
      let finding = Diagnostic.columnTwice(name, mapping.extract, isUsed: used.contains(name))
      return known.contains(finding.message) ? nil : finding
    }
  }

  private static func fault(
    in query: QueryDefinition, _ tokens: [SQLToken], _ problem: SQLProblem?
  ) -> Diagnostic? {
    let sql = query.sql
    if let comment = swallowingComment(sql, tokens) { return .sqlSwallowed(comment) }
    if let problem { return .sql(problem, sql) }
    let names = Set(query.parameters.map(\.name.value) + query.misreadParameters)
    return SQLFault.first(in: tokens, parameters: names).map { .sql($0, sql) }
  }

  /// A comment to the end of the line in a folded text (`>`), which is one line: whatever follows belongs to it.
  private static func swallowingComment(_ sql: SourceText, _ tokens: [SQLToken]) -> SourceRange? {
    guard sql.range.start < sql.range.end,
      sql.range.file.bytes[sql.range.start] == UInt8(ascii: ">")
    else { return nil }
    let bytes = Array(sql.text.utf8)
    let gaps = zip(
      [0] + tokens.map(\.range.upperBound), tokens.map(\.range.lowerBound) + [bytes.count])
    for (low, high) in gaps where low < high {
      let gap = bytes[low..<high]
      guard let start = gap.indices.first(where: { gap[$0...].starts(with: "--".utf8) }) else {
        continue
      }
      let end = gap[start...].firstIndex(of: UInt8(ascii: "\n")) ?? high
      let place = sql.range(of: start..<max(end, start + 1))
      let line = place.file.position(at: place.start).line
      if place.file.position(at: place.end - 1).line > line {
        return SourceRange(file: place.file, start: place.start, end: place.start + 2)
      }
    }
    return nil
  }
}
