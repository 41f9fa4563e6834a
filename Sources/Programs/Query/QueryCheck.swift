import Diagnostics
import Mappings
import SQLText

/// What is wrong with a query by its text alone, whatever the source has.
struct QueryCheck {
  let mapping: MappingDefinition
  /// What keeps the text from being read; one finding at most, as one slip often looks like several.
  let fault: Diagnostic?
  private(set) var diagnostics: [Diagnostic] = []

  init(_ mapping: MappingDefinition) {
    self.mapping = mapping
    let sql = mapping.query.sql
    fault = Self.fault(in: mapping.query)
    guard fault == nil else { return }
    if mapping.whenAbsent != nil,
      let limit = SQLToken.limit(in: SQLScanner.tokens(of: sql.text))
    {
      diagnostics.append(.queryLimited(sql.range(of: limit)))
    }
    var seen: [SelectList.Item] = []
    for item in SelectList(of: sql.text)?.items ?? [] {
      if let first = seen.first(where: { $0.name == item.name }) {
        diagnostics.append(
          .columnTwice(item.name, sql.range(of: item.range), sql.range(of: first.range)))
      }
      seen.append(item)
    }
  }

  private static func fault(in query: QueryDefinition) -> Diagnostic? {
    let sql = query.sql
    let names = Set(query.parameters.map(\.name.value) + query.misreadParameters)
    if let comment = swallowingComment(sql) { return .sqlSwallowed(comment) }
    do throws(SQLProblem) {
      return SQLFault.first(in: try SQLScanner.scan(sql.text), parameters: names).map {
        .sql($0, sql)
      }
    } catch {
      return .sql(error, sql)
    }
  }

  /// A comment to the end of the line in a folded text (`>`), which is one line: whatever follows belongs to it.
  private static func swallowingComment(_ sql: SourceText) -> SourceRange? {
    guard sql.range.text.hasPrefix(">") else { return nil }
    let bytes = Array(sql.text.utf8)
    let tokens = SQLScanner.tokens(of: sql.text)
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
