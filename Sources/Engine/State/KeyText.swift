import JSON

extension Key: CustomStringConvertible {
  /// `1/4410.`: the key as people write it, its columns joined by `/`.
  ///
  /// Two keys of the same columns never read alike: in text a `/` and a `\` have a `\` before them, and characters that
  /// cannot be seen stand as `\u{…}`. A `-` or `[` at the beginning has a `\` too, so that no command takes the key for an
  /// option or for JSON.
  public var description: String {
    guard let parts else { return "?" }
    var written = ""
    for (index, part) in parts.enumerated() {
      if index > 0 { written += "/" }
      guard case .text(let text) = part else {
        written += part.plain
        continue
      }
      if index == 0, let first = text.unicodeScalars.first, first == "-" || first == "[" {
        written += "\\"
      }
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\\", "/":
          written += "\\"
          written.unicodeScalars.append(scalar)
        case _ where scalar.isHidden:
          written += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default: written.unicodeScalars.append(scalar)
        }
      }
    }
    return written
  }

  /// `["x","y/z"]`: the key as JSON, in which a number and a text of the same digits differ too.
  public var exact: String {
    guard let parts else { return "?" }
    let values = parts.map { part -> JSON in
      switch part {
      case .int(let value): .integer(value)
      case .bool(let value): .bool(value)
      case .text(let value): .string(value)
      }
    }
    // In JSON, too, what cannot be seen is written by its number.
    return JSON.array(values).description.unicodeScalars.reduce(into: "") { written, scalar in
      if scalar.isHidden {
        for unit in String(scalar).utf16 {
          let digits = String(unit, radix: 16)
          written += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }
      } else {
        written.unicodeScalars.append(scalar)
      }
    }
  }

  /// The description as one word of a shell's command line.
  public var argument: String { description.shellWord }
}

extension Key.Part {
  /// The value without any escapes.
  fileprivate var plain: String {
    switch self {
    case .int(let value): String(value)
    case .bool(let value): String(value)
    case .text(let value): value
    }
  }
}

extension Unicode.Scalar {
  /// Whether a terminal shows nothing for it, or does something else than show it.
  fileprivate var isHidden: Bool {
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}

extension String {
  /// The text as a shell reads it as one word.
  public var shellWord: String {
    let plain = utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: "_./:@%+=,-".utf8.contains(byte)
      }
    }
    return plain && !isEmpty ? self : "'" + replacing("'", with: #"'\''"#) + "'"
  }
}

/// Finds the key that a person means by a text, among keys that are shown to it one after another.
///
/// A key that is written exactly so is meant before one that only reads so when nothing in it is escaped. Where several
/// are meant alike, none is taken.
public struct KeySearch: Sendable {
  public let written: String
  /// The columns of a text in the form of ``Key/description``, unescaped; `nil` where an escape has no meaning.
  private let columns: [String]?
  /// The key of a text in the form of ``Key/exact``.
  private let exact: Key?
  private var exactly: Set<Key> = []
  private var loosely: Set<Key> = []

  public init(_ written: String) {
    self.written = written
    columns = Self.columns(written)
    exact = Self.exactKey(written)
  }

  /// Looks at one of the keys.
  public mutating func look(at key: Key) {
    guard let parts = key.parts else { return }
    let texts = parts.map(\.plain)
    let isMeant =
      columns.map { $0.elementsEqual(texts) { $0.utf8.elementsEqual($1.utf8) } } ?? false
    if isMeant || key == exact {
      exactly.insert(key)
    } else if texts.joined(separator: "/").utf8.elementsEqual(written.utf8) {
      loosely.insert(key)
    }
  }

  /// The keys that may be meant, in their order.
  public var keys: [Key] { (exactly.isEmpty ? loosely : exactly).sorted() }

  /// The key that is meant; `nil` when it is none of those that were looked at.
  public func key(of mapping: String) throws(AmbiguousKey) -> Key? {
    let keys = keys
    guard keys.count < 2 else {
      throw AmbiguousKey(mapping: mapping, written: written, keys: keys)
    }
    return keys.first
  }

  static func columns(_ written: String) -> [String]? {
    var columns = [""]
    var rest = written.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      switch scalar {
      case "/": columns.append("")
      case "\\":
        guard let escaped = rest.popFirst() else { return nil }
        if escaped == "u", rest.first == "{" {
          guard let end = rest.firstIndex(of: "}"),
            let value = UInt32(String(rest[rest.startIndex..<end].dropFirst()), radix: 16),
            let scalar = Unicode.Scalar(value)
          else { return nil }
          columns[columns.count - 1].unicodeScalars.append(scalar)
          rest = rest[rest.index(after: end)...]
        } else {
          columns[columns.count - 1].unicodeScalars.append(escaped)
        }
      default: columns[columns.count - 1].unicodeScalars.append(scalar)
      }
    }
    return columns
  }

  static func exactKey(_ written: String) -> Key? {
    guard written.hasPrefix("["), let values = JSON(ifParsing: written)?.arrayValue else {
      return nil
    }
    var parts: [Key.Part] = []
    for value in values {
      switch value {
      case .string(let text): parts.append(.text(text))
      case .bool(let bool): parts.append(.bool(bool))
      case .number(let digits):
        guard let int = Int64(digits) else { return nil }
        parts.append(.int(int))
      case .null, .array, .object: return nil
      }
    }
    return parts.isEmpty ? nil : Key(parts)
  }
}

extension JSON {
  /// What a text says as JSON; `nil` when it is not JSON.
  fileprivate init?(ifParsing text: String) {
    do throws(JSONError) {
      try self.init(parsing: Array(text.utf8))
    } catch {
      return nil
    }
  }
}

/// A text that may mean several keys.
public struct AmbiguousKey: Error, Sendable, Hashable, CustomStringConvertible {
  public var mapping: String
  public var written: String
  public var keys: [Key]

  public var description: String {
    "`\(written)` may mean \(keys.count) keys of \(mapping): "
      + keys.map(\.exact).joined(separator: ", ")
  }

  /// What to do about it.
  public var remedy: String {
    "write the one that you mean as JSON, e.g. \(keys.first?.exact.shellWord ?? "")"
  }
}
