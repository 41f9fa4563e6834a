/// JSON as text in the order in which it is built, for the forms that machines read.
struct JSONText {
  private(set) var text = ""

  private init(_ text: String) { self.text = text }

  static let null = JSONText("null")

  static func number(_ value: Int) -> JSONText { JSONText(String(value)) }

  static func string(_ value: String) -> JSONText {
    var text = "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<"\u{20}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return JSONText(VisibleText.escaped(json: text) + "\"")
  }

  static func array(_ values: [JSONText], lines: Bool = false) -> JSONText {
    guard lines, !values.isEmpty else {
      return JSONText("[" + values.map(\.text).joined(separator: ",") + "]")
    }
    return JSONText("[\n" + values.map(\.text).joined(separator: ",\n") + "\n]")
  }

  /// An object; members without a value are left out.
  static func object(_ members: KeyValuePairs<String, JSONText?>) -> JSONText {
    let written = members.compactMap { name, value in
      value.map { string(name).text + ":" + $0.text }
    }
    return JSONText("{" + written.joined(separator: ",") + "}")
  }
}
