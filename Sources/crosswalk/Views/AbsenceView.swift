import Engine

/// Whose rows are missing, and what becomes of their objects.
enum AbsenceView {
  static func lines(_ report: MappingReport) -> [String] {
    var lines: [String] = []
    if report.moved > 0 {
      lines += [
        "",
        "\(report.mapping): \(report.moved.counted("link")) moved to the keys that the rows have now",
      ]
    }
    guard let absence = report.absence else { return lines }
    lines += ["", "\(report.mapping): no longer there"]
    for (text, keys) in absence.sentences {
      lines.append("  " + text + (keys.isEmpty ? "" : "  (\(examples(keys)))"))
    }
    return lines
  }

  static func examples(_ keys: [String]) -> String {
    keys.prefix(5).joined(separator: ", ") + (keys.count > 5 ? " …" : "")
  }

  /// Whether something is still to come of it.
  static func isOpen(_ report: RunReport) -> Bool {
    report.mappings.contains { mapping in
      mapping.absence.map { !$0.waiting.isEmpty || $0.claimed.count > 0 || $0.strangers > 0 }
        ?? false
    }
  }
}
