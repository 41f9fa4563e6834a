import Engine
import JSON

/// A dry run as one page that needs nothing else, to be looked at and passed on.
struct PlanPage {
  let project: String
  /// When the plan was made, e.g. `2026-11-28 06:45 UTC`.
  let date: String
  let outcome: ProjectRun.Outcome

  private var reports: [MappingReport] { outcome.report.mappings }

  var html: String {
    let sections = reports.compactMap { report in
      section(report, outcome.items.filter { $0.mapping == report.mapping })
    }
    let title = escaped("Plan for \(project)")
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(title)</title>
      <style>
      :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
      body { max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }
      h1 { margin-bottom: 0; }
      h2 { margin: 2.5rem 0 .25rem; }
      .wide { overflow-x: auto; }
      table { border-collapse: collapse; width: 100%; margin: .75rem 0; }
      th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #8884; }
      th { font-weight: 600; white-space: nowrap; }
      .number { text-align: right; font-variant-numeric: tabular-nums; }
      .value { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
      .note, .none { opacity: .7; }
      .create { color: light-dark(#17692f, #7ddb95); }
      .update { color: light-dark(#7a4d00, #f0c36d); }
      .deactivate, .delete { color: light-dark(#a3221c, #ff9a91); }
      .delete { font-weight: 600; }
      .held { border-left: 4px solid light-dark(#a3221c, #ff9a91); padding-left: .75rem; }
      details { margin: .5rem 0; }
      summary { cursor: pointer; }
      @media print { details > * { display: block; } }
      </style>
      </head>
      <body>
      <h1>\(title)</h1>
      <p class="note">\(escaped(date)) · a dry run: nothing was sent</p>
      <p>\(escaped(sentence))</p>
      <div class="wide">
      \(summary)
      </div>
      \(sections.joined(separator: "\n"))
      </body>
      </html>
      """
  }

  /// What a run would do, for somebody who reads one sentence.
  private var sentence: String {
    func sum(_ count: (MappingReport) -> Int) -> Int { reports.reduce(0) { $0 + count($1) } }
    let parts = [
      (sum(\.created), "created"), (sum(\.updated), "updated"),
      (sum { $0.deletes ? 0 : $0.deactivated }, "deactivated"),
      (sum { $0.deletes ? $0.deactivated : 0 }, "deleted"),
    ].filter { $0.0 > 0 }
    let changes =
      parts.isEmpty
      ? "A run would change nothing"
      : "A run would leave "
        + parts.map { "\($0.0.counted("object")) \($0.1)" }.joined(separator: ", ")
    let rejected = sum(\.rejected)
    let refusals =
      rejected == 0
      ? ""
      : "; \(rejected.counted("row")) cannot be sent until \(rejected == 1 ? "it is" : "they are") corrected"
    let held = reports.filter { $0.message != nil }.count
    return changes + refusals + (held == 0 ? "" : "; \(held.counted("mapping")) held back") + "."
  }

  private func figures(_ report: MappingReport) -> [(name: String, count: Int)] {
    [
      ("rows", report.rows), ("unchanged", report.unchanged), ("create", report.created),
      ("update", report.updated), ("deactivate", report.deletes ? 0 : report.deactivated),
      ("delete", report.deletes ? report.deactivated : 0), ("rejected", report.rejected),
      ("waiting", report.deferred), ("calls", calls(report)),
    ]
  }

  private var summary: String {
    let head = figures(MappingReport(mapping: "", target: "")).map {
      "<th class=\"number\">\($0.name)</th>"
    }.joined()
    let rows = reports.map { report in
      let cells = figures(report).map { name, count in
        "<td class=\"number \(count == 0 ? "none" : name)\">\(count.grouped)</td>"
      }
      let name = escaped(report.mapping)
      let linked = hasDetails(report) ? "<a href=\"#\(name)\">\(name)</a>" : name
      return "<tr><td>\(linked)</td>\(cells.joined())<td>\(escaped(duration(report)))</td></tr>"
    }
    return """
      <table><thead><tr><th>mapping</th>\(head)<th>at least</th></tr></thead>
      <tbody>
      \(rows.joined(separator: "\n"))
      </tbody></table>
      """
  }

  private func changes(_ report: MappingReport) -> Int {
    report.created + report.updated + report.deactivated + report.completed
  }

  /// The writes, of which one may carry many objects, and the reads that a run needs as the plan did.
  private func calls(_ report: MappingReport) -> Int {
    changes(report) + report.adopted == 0 ? 0 : report.forecastCalls
  }

  private func duration(_ report: MappingReport) -> String {
    guard calls(report) > 0 else { return "" }
    return report.forecast.words + (report.pace.map { " at " + $0 } ?? "")
  }

  private func hasDetails(_ report: MappingReport) -> Bool {
    changes(report) > 0 || report.message != nil || !report.reasons.isEmpty
      || !report.problems.isEmpty
  }

  private func section(_ report: MappingReport, _ items: [PlanItem]) -> String? {
    guard hasDetails(report) else { return nil }
    let name = escaped(report.mapping)
    var lines = ["<h2 id=\"\(name)\">\(name)</h2>"]
    if let message = report.message {
      let help = report.remedy.map { "<br>\(escaped($0))" } ?? ""
      lines.append(
        "<p class=\"held\"><strong>\(report.status.rawValue): \(escaped(message))</strong>\(help)</p>"
      )
    }
    if !report.problems.isEmpty {
      lines.append("<pre>\(escaped(report.problems.joined(separator: "\n")))</pre>")
    }
    lines += report.reasons.map { reason($0, report.titles) }
    if !items.isEmpty {
      lines.append(
        "<div class=\"wide\"><table><thead><tr><th>change</th><th>key</th><th>name</th><th>field</th><th>before</th><th>after</th></tr></thead><tbody>"
      )
      lines += items.map(rows)
      lines.append("</tbody></table></div>")
    }
    if items.count < changes(report) {
      lines.append(
        "<p class=\"note\">… \((changes(report) - items.count).counted("more change")); <code>--limit</code> shows more.</p>"
      )
    }
    return lines.joined(separator: "\n")
  }

  /// A reason with all keys that it is about, a long list folded.
  private func reason(
    _ reason: MappingReport.ReasonCount, _ titles: [String: String]
  ) -> String {
    let field = reason.field.map { $0 + ": " } ?? ""
    let words = "\(reason.count.grouped) × \(escaped(field + reason.message))"
    let rest = reason.count - reason.examples.count
    let named = reason.examples.map { key in key + (titles[key].map { " " + $0 } ?? "") }
    let keys = escaped(
      named.joined(separator: ", ") + (rest > 0 ? " and \(rest.grouped) more" : ""))
    guard reason.examples.count > 10 else {
      return "<p>\(words) <span class=\"note\">(\(keys))</span></p>"
    }
    return "<details><summary>\(words)</summary><p class=\"note\">\(keys)</p></details>"
  }

  private func rows(_ item: PlanItem) -> String {
    let head =
      "<td class=\"\(item.word)\">\(item.word)</td><td>\(escaped(item.key.description))</td><td>\(escaped(item.title ?? ""))</td>"
    guard !item.fields.isEmpty else { return "<tr>\(head)<td></td><td></td><td></td></tr>" }
    return item.fields.enumerated().map { index, field in
      let values = FieldValues(field, of: item)
      let (before, after) =
        values.listDifference.map { (Optional("a list"), $0) } ?? (values.before, values.after)
      return """
        <tr>\(index == 0 ? head : "<td></td><td></td><td></td>")<td>\(escaped(field.path))</td>\
        <td class="value">\(escaped(before ?? ""))</td>\
        <td class="value">\(escaped(after))</td></tr>
        """
    }.joined(separator: "\n")
  }

  /// Names come from a database: they are text here, whatever they look like.
  private func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
