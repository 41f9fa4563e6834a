import Engine
import JSON

/// A dry run as one page that needs nothing else, to be looked at and passed on.
enum PlanPage {
  static func html(_ outcome: ProjectRun.Outcome) -> String {
    let sections = outcome.report.mappings.map { report in
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
      table { border-collapse: collapse; width: 100%; margin: .5rem 0 2rem; }
      th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #8884; }
      td.value { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
      .note { opacity: .75; }
      </style>
      </head>
      <body>
      <h1>Plan</h1>
      <p class="note">What a run would change. Nothing was sent.</p>
      \(sections.joined(separator: "\n"))
      </body>
      </html>
      """
  }

  private static func section(_ report: MappingReport, _ items: [PlanItem]) -> String {
    let changes = report.created + report.updated + report.deactivated
    var lines = [
      "<h2>\(escaped(report.mapping))</h2>",
      """
      <p>\(report.rows.counted("row")), \(report.unchanged.grouped) unchanged: \(report.created.grouped) to create, \
      \(report.updated.grouped) to update, \(report.deactivated.grouped) to deactivate; \
      \(report.rejected.grouped) rejected, \(report.deferred.grouped) waiting.
      \((changes + report.calls).counted("call")), about \(report.forecast.words)\
      \(report.pace.map { " at " + escaped($0) } ?? "").</p>
      """,
    ]
    if let message = report.message {
      lines.append(
        "<p><strong>\(escaped(report.status.rawValue)): \(escaped(message))</strong></p>")
    }
    for reason in report.reasons {
      let field = reason.field.map { $0 + ": " } ?? ""
      lines.append(
        "<p>\(reason.count.grouped) × \(escaped(field + reason.message)) <span class=\"note\">(\(escaped(reason.examples.joined(separator: ", "))))</span></p>"
      )
    }
    if !items.isEmpty {
      lines.append(
        "<table><thead><tr><th>change</th><th>key</th><th>field</th><th>before</th><th>after</th></tr></thead><tbody>"
      )
      lines += items.map(rows)
      lines.append("</tbody></table>")
    }
    return lines.joined(separator: "\n")
  }

  private static func rows(_ item: PlanItem) -> String {
    let key = escaped(item.key.description)
    guard !item.fields.isEmpty else {
      return "<tr><td>\(item.kind)</td><td>\(key)</td><td></td><td></td><td></td></tr>"
    }
    return item.fields.map { field in
      """
      <tr><td>\(item.kind)</td><td>\(key)</td><td>\(escaped(field.path))</td>\
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
