/// A row of a Vista table.
protocol VistaRecord: Sendable {
  static var table: String { get }
  /// Names of the columns that identify a row.
  static var key: [String] { get }
  /// Columns and values, in the same order for every row.
  var row: KeyValuePairs<String, SQLValue> { get }
}

/// A value as a column takes it.
enum SQLValue: Sendable, Hashable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
  ExpressibleByNilLiteral
{
  case null
  case text(String)
  case integer(Int)

  init(stringLiteral text: String) { self = .text(text) }
  init(integerLiteral number: Int) { self = .integer(number) }
  init(nilLiteral: ()) { self = .null }

  init(_ text: String?) { self = text.map(SQLValue.text) ?? .null }
  init(_ number: Int?) { self = number.map(SQLValue.integer) ?? .null }
  init(_ day: CalendarDay?) { self = day.map { .text($0.description) } ?? .null }
  /// Vista's flags are `Y` and `N`.
  init(_ flag: Bool) { self = .text(flag ? "Y" : "N") }
  init(hundredths: Int) {
    let sign = hundredths < 0 ? "-" : ""
    self = .text("\(sign)\(abs(hundredths) / 100).\((abs(hundredths) % 100).padded(2))")
  }

  /// As an SQL expression; a quoted constant takes the type of its column.
  var expression: String {
    switch self {
    case .null: "NULL"
    case .text(let text): SQL.literal(text)
    case .integer(let number): String(number)
    }
  }

  /// As a column in the text form of `COPY`.
  func append(to bytes: inout [UInt8]) {
    switch self {
    case .null:
      bytes += [UInt8(ascii: "\\"), UInt8(ascii: "N")]
    case .integer(let number):
      bytes.append(contentsOf: String(number).utf8)
    case .text(let text):
      if text.utf8.contains(where: { $0 == UInt8(ascii: "\\") || $0 < 0x20 }) {
        bytes.append(contentsOf: Self.escaped(text).utf8)
      } else {
        bytes.append(contentsOf: text.utf8)
      }
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\t", with: "\\t")
      .replacing("\n", with: "\\n").replacing("\r", with: "\\r")
  }
}
