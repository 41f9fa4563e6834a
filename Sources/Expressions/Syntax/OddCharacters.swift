/// Characters that cannot be seen, or look like others: they come from copying out of documents and chats.
enum OddCharacters {
  static func issue(_ scalar: Unicode.Scalar) -> (message: String, help: String)? {
    let hex = String(scalar.value, radix: 16, uppercase: true)
    let name = "U+" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
    if let latin = lookAlikes[scalar] {
      return ("`\(scalar)` is \(name), which only looks like `\(latin)`", "type the letter again")
    }
    switch scalar.properties.generalCategory {
    case .format, .control, .surrogate, .privateUse, .unassigned, .nonspacingMark:
      return ("the invisible character \(name) has no meaning here", "delete it")
    default: return nil
    }
  }

  /// Letters of the Cyrillic and the Greek alphabet.
  private static let lookAlikes: [Unicode.Scalar: String] = [
    "а": "a", "с": "c", "е": "e", "о": "o", "р": "p", "х": "x", "у": "y", "і": "i", "ј": "j",
    "ѕ": "s",
    "А": "A", "В": "B", "С": "C", "Е": "E", "Н": "H", "К": "K", "М": "M", "О": "O", "Р": "P",
    "Т": "T",
    "Х": "X", "ο": "o", "Α": "A", "Β": "B", "Ε": "E", "Ζ": "Z", "Η": "H", "Ι": "I", "Κ": "K",
    "Μ": "M",
    "Ν": "N", "Ο": "O", "Ρ": "P", "Τ": "T", "Υ": "Y", "Χ": "X", "ν": "v",
  ]
}
