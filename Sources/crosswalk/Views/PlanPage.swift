import Engine
import JSON

/// A dry run as one page that needs nothing else, to be looked at and passed on.
enum PlanPage {
  static func html(_ outcome: ProjectRun.Outcome) -> String {
    let reports = outcome.report.mappings
    let sections = reports.compactMap { report in
      section(report, outcome.items.filter { $0.mapping == report.mapping })
    }
    return """
      <!doctype html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>Plan</title>
      <style>
      :root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }
      body { max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
      h2 { margin: 2.5rem 0 .25rem; }
      table { border-collapse: collapse; width: 100%; margin: .75rem 0; }
      th, td { text-align: left; vertical-align: top; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid #8884; }
      th { font-weight: 600; white-space: nowrap; }
      .number { text-align: right; font-variant-numeric: tabular-nums; }
      .value { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
      .note, .none { opacity: .7; }
      .create { color: light-dark(#17692f, #7ddb95); }
      .update { color: light-dark(#7a4d00, #f0c36d); }
      .deactivate { color: light-dark(#a3221c, #ff9a91); }
      .held { border-left: 4px solid light-dark(#a3221c, #ff9a91); padding-left: .75rem; }
      </style>
      </head>
      <body>
      <h1>Plan</h1>
      <p class="note">What a run would change. Nothing was sent.</p>
      \(summary(reports))
      \(sections.joined(separator: "\n"))
      </body>
      </html>
      """
  }

  private static let columns = [
    "rows", "unchanged", "create", "update", "deactivate", "rejected", "waiting", "calls",
  ]

  private static func summary(_ reports: [MappingReport]) -> String {
    let head = columns.map { "<th class=\"number\">\($0)</th>" }.joined()
    let rows = reports.map { report in
      let figures = [
        report.rows, report.unchanged, report.created, report.updated, report.deactivated,
        report.rejected, report.deferred, calls(report),
      ]
      let cells = zip(columns, figures).map { column, figure in
        "<td class=\"number \(figure == 0 ? "none" : column)\">\(figure.grouped)</td>"
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

  private static func changes(_ report: MappingReport) -> Int {
    report.created + report.updated + report.deactivated
  }

  /// The writes, of which one may carry many objects, and the reads that a run needs as the plan did.
  private static func calls(_ report: MappingReport) -> Int {
    changes(report) == 0 ? 0 : report.forecastCalls
  }

  private static func duration(_ report: MappingReport) -> String {
    guard calls(report) > 0 else { return "" }
    return report.forecast.words + (report.pace.map { " at " + $0 } ?? "")
  }

  private static func hasDetails(_ report: MappingReport) -> Bool {
    changes(report) > 0 || report.message != nil || !report.reasons.isEmpty
  }

  private static func section(_ report: MappingReport, _ items: [PlanItem]) -> String? {
    guard hasDetails(report) else { return nil }
    let name = escaped(report.mapping)
    var lines = ["<h2 id=\"\(name)\">\(name)</h2>"]
    if let message = report.message {
      let mend = report.mend.map { "<br>\(escaped($0))" } ?? ""
      lines.append(
        "<p class=\"held\"><strong>\(report.status.rawValue): \(escaped(message))</strong>\(mend)</p>"
      )
    }
    for reason in report.reasons {
      let field = reason.field.map { $0 + ": " } ?? ""
      lines.append(
        "<p>\(reason.count.grouped) × \(escaped(field + reason.message)) <span class=\"note\">(\(escaped(reason.exampleList)))</span></p>"
      )
    }
    if !items.isEmpty {
      lines.append(
        "<table><thead><tr><th>change</th><th>key</th><th>field</th><th>before</th><th>after</th></tr></thead><tbody>"
      )
      lines += items.map(rows)
      lines.append("</tbody></table>")
    }
    if items.count < changes(report) {
      lines.append(
        "<p class=\"note\">… \((changes(report) - items.count).counted("more change")); <code>--limit</code> shows more.</p>"
      )
    }
    return lines.joined(separator: "\n")
  }

  private static func rows(_ item: PlanItem) -> String {
    let head =
      "<td class=\"\(item.kind)\">\(item.word)</td><td>\(escaped(item.key.description))</td>"
    guard !item.fields.isEmpty else { return "<tr>\(head)<td></td><td></td><td></td></tr>" }
    return item.fields.enumerated().map { index, field in
      """
      <tr>\(index == 0 ? head : "<td></td><td></td>")<td>\(escaped(field.path))</td>\
      <td class="value">\(field.before.map { escaped(PlanView.shown($0)) } ?? "")</td>\
      <td class="value">\(escaped(PlanView.shown(field.after)))</td></tr>
      """
    }.joined(separator: "\n")
  }

  /// Names come from a database: they are text here, whatever they look like.
  private static func escaped(_ text: String) -> String {
    text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
      .replacing("\"", with: "&quot;")
  }
}
