/// The server's settings that decide what a value becomes as text, and what a text becomes as a value.
///
/// They are set in every transaction, so that neither `alter database … set`, nor `alter role … set`, nor a pooler that
/// hands out used sessions moves a result. What a database keeps money and looks names up by (`lc_monetary`,
/// `search_path`) stays its own: another value there would be another amount, or another table.
enum SessionPins {
  /// By name. A server that does not know one of them has never heard of what it changes.
  static func values(timeZone: String) -> [(name: String, value: String)] {
    [
      ("TimeZone", timeZone),
      ("DateStyle", "ISO, MDY"),
      ("IntervalStyle", "postgres"),
      // The fewest digits that name a double, whichever server it is.
      ("extra_float_digits", "3"),
      ("bytea_output", "hex"),
      ("xmlbinary", "base64"),
      ("xmloption", "content"),
      // SQLScanner reads plain strings by the standard's rules, and so must the server.
      ("standard_conforming_strings", "on"),
      ("transform_null_equals", "off"),
      ("array_nulls", "on"),
      ("gin_fuzzy_search_limit", "0"),
    ]
  }

  /// Whether the server took a value; it may repeat it in the letters of its own list.
  static func isSame(_ asked: String, _ answered: String) -> Bool {
    asked.lowercased().utf8.elementsEqual(answered.lowercased().utf8)
  }
}
