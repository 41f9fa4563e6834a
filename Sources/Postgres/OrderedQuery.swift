import Rows

/// A caller's statement inside a query that casts and orders its columns.
///
/// The statement stands on lines of its own, so that a comment at its end ends there, and its columns get names of
/// ours, so that names that are equal or strange need no care.
struct OrderedQuery {
  let text: SentText

  init(_ prepared: PreparedText, columns: [CataloguedColumn], key: [String]) throws(PostgresError) {
    let references = columns.indices.map { "q.c\($0)" }
    let selected = zip(columns, references).map { $0.selected($1) }
    var order: [String] = []
    for name in key {
      let matches = columns.indices.filter {
        columns[$0].column.name.unicodeScalars.elementsEqual(name.unicodeScalars)
      }
      guard matches.count == 1, let match = matches.first else {
        let count = matches.isEmpty ? "no column" : "\(matches.count) columns"
        throw .statement(
          "The query has \(count) named \"\(name)\", which is part of the key.", at: nil,
          remedy: "Name exactly one column of the query \"\(name)\".")
      }
      order.append(columns[match].ordered(references[match]))
    }
    let head = "select \(selected.joined(separator: ", ")) from (\n"
    let names = columns.indices.map { "c\($0)" }.joined(separator: ", ")
    let tail = order.isEmpty ? "" : " order by \(order.joined(separator: ", "))"
    text = SentText(
      text: "\(head)\(prepared.sql)\n) as q (\(names))\(tail)", prefix: head.utf8.count,
      prepared: prepared)
  }
}
