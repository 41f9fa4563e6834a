import Rows

extension SourceSnapshot {
  /// The first line of every file, by which a file of the snapshot is known.
  public static let heading = "# Written by `crosswalk schema pull`; do not edit."

  /// The snapshot's files: their paths below its folder, and their texts, the same for the same snapshot.
  public var files: [(path: String, text: String)] {
    queries.map { ("queries/\($0.mapping.value).yaml", $0.text) }
      + tables.map { ("tables/\($0.name.value.asFileName).yaml", $0.text) }
  }
}

extension QuerySnapshot {
  var text: String {
    """
    \(SourceSnapshot.heading)
    query: \(mapping.value)
    fingerprint: \(quoted(fingerprint.value))
    columns:

    """ + lines(of: columns)
  }
}

extension TableSnapshot {
  var text: String {
    """
    \(SourceSnapshot.heading)
    table: \(quoted(name.value))
    columns:

    """ + lines(of: columns)
  }
}

private func lines(of columns: [Column]) -> String {
  columns.map { column in
    var parts = [
      "name: \(quoted(column.name))", "type: \(column.type)",
      "declared: \(quoted(column.declared))",
    ]
    if let nullable = column.nullable { parts.append("nullable: \(nullable)") }
    if let values = column.values {
      parts.append("values: [\(values.map(quoted).joined(separator: ", "))]")
    }
    if let origin = column.origin { parts.append("from: \(quoted(origin))") }
    return "  - { \(parts.joined(separator: ", ")) }\n"
  }.joined()
}

/// Text as a YAML scalar that stands in a flow collection: plain where nothing else could be meant, else in double quotes.
private func quoted(_ text: String) -> String {
  let isLetter = { (byte: UInt8) in (0x61...0x7A).contains(byte | 0x20) || byte == 0x5F }
  let isPlain =
    text.utf8.first.map(isLetter) == true
    && text.utf8.allSatisfy {
      isLetter($0) || (0x30...0x39).contains($0) || " .()".utf8.contains($0)
    }
    && text.utf8.last != 0x20
    && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(text.lowercased())
  if isPlain { return text }
  var escaped = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"", "\\": escaped += "\\\(scalar)"
    case _
    where scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) || scalar == "\u{FEFF}"
      || scalar == "\u{2028}" || scalar == "\u{2029}":
      let hex = String(scalar.value, radix: 16)
      escaped += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
    default: escaped.unicodeScalars.append(scalar)
    }
  }
  return escaped + "\""
}

extension String {
  /// The name without what file systems take amiss.
  fileprivate var asFileName: String {
    var name = ""
    for byte in utf8 {
      let isPlain =
        (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte)
        || "._-".utf8.contains(byte)
      name += isPlain ? String(UnicodeScalar(byte)) : "%" + String(byte, radix: 16, uppercase: true)
    }
    return name
  }
}
