/// `date.format(v, pattern)`.
enum DateFormat {
  static let format = Function(
    "date.format",
    [
      .function(.nullable(.string), .string, returns: .nullable(.string)),
      .function(.nullable(.timestamp), .string, returns: .nullable(.string)),
    ],
    documentation: """
      A date, a date and time, or a timestamp (in UTC) in another form. The pattern's yyyy, MM, \
      dd, HH, mm and ss are filled in, other letters must stand between single quotes, anything \
      else stays. Null for null and for blank text; text that is not a date is refused.
      """,
    examples: [
      Function.Example("date.format(\"2024-02-29\", \"MM/dd/yyyy\")", gives: "\"02/29/2024\""),
      Function.Example(
        "date.format(\"2024-02-29T13:45:10\", \"yyyyMMdd'T'HHmmss\")",
        gives: "\"20240229T134510\""),
      Function.Example("date.format(null, \"yyyy\")", gives: "null"),
    ],
    .two { value, pattern, _ throws(EvaluationError) in
      guard case .string(let pattern) = pattern else { throw .noOverload }
      let parts = try parts(of: pattern)
      guard let time = try CivilTime(value) else { return .null }
      return .string(parts.map { $0.text(time) }.joined())
    })

  private enum Part {
    case literal(String)
    case field(KeyPath<CivilTime, Int64> & Sendable, width: Int)

    func text(_ time: CivilTime) -> String {
      switch self {
      case .literal(let text): text
      case .field(let field, let width): digits(time[keyPath: field], width)
      }
    }
  }

  private static let fields: [(String, KeyPath<CivilTime, Int64> & Sendable)] = [
    ("yyyy", \.year), ("MM", \.month), ("dd", \.day), ("HH", \.hour), ("mm", \.minute),
    ("ss", \.second),
  ]

  private static func parts(of pattern: String) throws(EvaluationError) -> [Part] {
    var parts: [Part] = []
    var rest = pattern[...]
    while let first = rest.first {
      if first == "'" {
        let body = rest.dropFirst().prefix { $0 != "'" }
        guard body.endIndex < rest.endIndex else {
          throw .invalid("a quote in the date pattern `\(pattern)` does not end")
        }
        parts.append(.literal(body.isEmpty ? "'" : String(body)))
        rest = rest[rest.index(after: body.endIndex)...]
      } else if let (name, field) = fields.first(where: { rest.hasPrefix($0.0) }) {
        parts.append(.field(field, width: name.utf8.count))
        rest = rest.dropFirst(name.count)
      } else if first.isASCII, first.isLetter {
        throw .invalid(
          "`\(first)` in the date pattern `\(pattern)` is not one of yyyy MM dd HH mm ss")
      } else {
        parts.append(.literal(String(first)))
        rest = rest.dropFirst()
      }
    }
    return parts
  }
}
