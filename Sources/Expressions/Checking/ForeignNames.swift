/// What functions and operators of SQL, JavaScript, Python and spreadsheets are called here.
enum ForeignNames {
  /// By their names in small letters.
  static let help: [String: String] = [
    "upper": "write `x.upperAscii()`", "toupper": "write `x.upperAscii()`",
    "touppercase": "write `x.upperAscii()`", "ucase": "write `x.upperAscii()`",
    "lower": "write `x.lowerAscii()`", "tolower": "write `x.lowerAscii()`",
    "tolowercase": "write `x.lowerAscii()`", "lcase": "write `x.lowerAscii()`",
    "trim": trim, "strip": trim, "ltrim": trim, "rtrim": trim, "btrim": trim, "trimstart": trim,
    "trimend": trim,
    "concat": joined, "concat_ws": joined, "string_agg": joined,
    "now": clock, "today": clock, "current_date": clock, "getdate": clock,
    "current_timestamp": clock,
    "nvl": null, "ifnull": null, "isnull": null, "nullif": "write `x == y ? null : dyn(x)`",
    "length": "write `x.size()`", "len": "write `x.size()`", "char_length": "write `x.size()`",
    "count": "write `x.size()`", "substr": "write `x.substring(from, to)`",
    "mid": "write `x.substring(from, to)`", "left": "write `text.truncate(x, n)`",
    "iif": "write `a ? b : c`", "decode": table, "switch": table,
    "to_char": "write `date.format(x, …)` for a date, `string(x)` for a number",
    "strftime": "write `date.format(x, …)`", "tostring": "write `string(x)`",
    "str": "write `string(x)`", "cast": "write `string(x)`, `int(x)` or `double(x)`",
    "number": "write `int(x)` or `double(x)`", "parseint": "write `int(x)`",
    "float": "write `double(x)`", "parsefloat": "write `double(x)`",
    "includes": "write `x.contains(…)`", "regexp_replace": "write `x.replace(…, …)`",
  ]

  private static let trim = "write `text.clean(x)`, or `x.trim()` where it is never null"
  private static let joined = "write `text.join([x, y], \" \")`, or `x + y` where neither is null"
  private static let clock = "expressions have no clock: take the day from a column"
  private static let null = "write `coalesce(x, …)`"
  private static let table = "write a table: `{ from: x, values: { … }, otherwise: … }`"

  /// What is written here for an operator of other languages, of which the second mark is the end.
  static func help(of first: Token, _ second: Token) -> String? {
    guard case .mark(let before) = first.kind, case .mark(let mark) = second.kind,
      first.range.upperBound == second.range.lowerBound
    else { return nil }
    return switch before + mark {
    case "<>": "“not equal” is `!=`"
    case "??": "for null write `coalesce(a, b)`"
    case "?.": "for null write `x == null ? … : …`, or a function that passes null on"
    case "++", "--", "**": "this operator does not exist here"
    default: nil
    }
  }
}
