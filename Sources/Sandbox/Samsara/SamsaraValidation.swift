import FoundationEssentials
import JSON

/// Why a body is refused.
struct SamsaraBreach: Error {
  let message: String

  init(_ name: String, _ why: String) {
    message = "Invalid value for parameter '\(name)': \(why)."
  }
}

extension SamsaraField.Form {
  /// The value as it is stored.
  ///
  /// - Parameter exists: Whether an object is there to be referred to.
  func check(
    _ value: JSON, of name: String, exists: (SamsaraClass, String) -> Bool
  ) throws(SamsaraBreach) -> JSON {
    switch self {
    case .any:
      return value
    case .text(let min, let max):
      let text = try Self.text(value, of: name)
      let length = text.unicodeScalars.count
      guard length >= min else { throw SamsaraBreach(name, "at least \(min) characters") }
      guard length <= max else { throw SamsaraBreach(name, "at most \(max) characters") }
    case .username:
      let text = try Self.text(value, of: name)
      guard (1...189).contains(text.unicodeScalars.count) else {
        throw SamsaraBreach(name, "1 to 189 characters")
      }
      guard !text.unicodeScalars.contains(where: { $0 == "@" || $0.properties.isWhitespace }) else {
        throw SamsaraBreach(name, "must not contain spaces or the '@' symbol")
      }
    case .integer:
      guard value.intValue != nil else { throw SamsaraBreach(name, "must be an integer") }
    case .number:
      guard case .number = value else { throw SamsaraBreach(name, "must be a number") }
    case .flag:
      guard value.boolValue != nil else { throw SamsaraBreach(name, "must be a boolean") }
    case .choice(let choices):
      guard choices.contains(try Self.text(value, of: name)) else {
        throw SamsaraBreach(name, "must be one of \(choices.joined(separator: ", "))")
      }
    case .numberChoice(let choices):
      guard let number = value.intValue, choices.contains(number) else {
        throw SamsaraBreach(name, "must be one of \(choices.map(String.init))")
      }
    case .date:
      guard Self.instant(try Self.text(value, of: name) + "T00:00:00Z") != nil else {
        throw SamsaraBreach(name, "must be a date")
      }
    case .instant:
      guard Self.instant(try Self.text(value, of: name)) != nil else {
        throw SamsaraBreach(name, "must be an RFC 3339 time")
      }
    case .externalIDs:
      return try Self.externalIDs(value, of: name)
    case .reference(let kind):
      let id = try Self.text(value, of: name)
      if id.isEmpty || id == "0" { return .null }
      guard exists(kind, id) else { throw SamsaraBreach(name, "no such object: \(id)") }
    case .references(let kind):
      for item in try Self.items(value, of: name) {
        let id = try Self.text(item, of: name)
        guard exists(kind, id) else { throw SamsaraBreach(name, "no such object: \(id)") }
      }
    case .list(let form):
      for item in try Self.items(value, of: name) {
        _ = try form.check(item, of: name, exists: exists)
      }
    case .object(let fields):
      guard value.members != nil else { throw SamsaraBreach(name, "must be an object") }
      for field in fields {
        guard let inner = value[field.name] else {
          guard !field.isRequired else { throw SamsaraBreach("\(name).\(field.name)", "missing") }
          continue
        }
        _ = try field.form.check(inner, of: "\(name).\(field.name)", exists: exists)
      }
    case .geofence:
      try Self.checkGeofence(value, of: name, exists: exists)
    }
    return value
  }

  /// A point in time in RFC 3339, with any zone and any number of decimals.
  static func instant(_ text: String) -> Date? {
    if let date = try? Date(text, strategy: .iso8601) { return date }
    return try? Date(
      text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }

  private static func text(_ value: JSON, of name: String) throws(SamsaraBreach) -> String {
    guard let text = value.stringValue else { throw SamsaraBreach(name, "must be a string") }
    return text
  }

  private static func items(_ value: JSON, of name: String) throws(SamsaraBreach) -> [JSON] {
    guard let items = value.arrayValue else { throw SamsaraBreach(name, "must be an array") }
    return items
  }

  /// Keys of letters and digits, values of letters, digits and `@ . _ % + -`; values become texts.
  private static func externalIDs(_ value: JSON, of name: String) throws(SamsaraBreach) -> JSON {
    guard let members = value.members else { throw SamsaraBreach(name, "must be an object") }
    var checked: [JSON.Member] = []
    for member in members {
      let key = member.name
      guard (1...32).contains(key.utf8.count), key.utf8.allSatisfy(isLetterOrDigit) else {
        throw SamsaraBreach("\(name).\(key)", "the key must be 1 to 32 letters or digits")
      }
      let text = member.value.stringValue ?? member.value.description
      let signs = Set("@._%+-".utf8)
      guard text.utf8.allSatisfy({ isLetterOrDigit($0) || signs.contains($0) }) else {
        throw SamsaraBreach("\(name).\(key)", "only letters, digits and @ . _ % + - are allowed")
      }
      checked.append(.init(name: key, value: .string(text)))
    }
    return .object(checked)
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: false
    }
  }

  private static func checkGeofence(
    _ value: JSON, of name: String, exists: (SamsaraClass, String) -> Bool
  ) throws(SamsaraBreach) {
    let point: [SamsaraField] = [
      .init("latitude", .number, required: true), .init("longitude", .number, required: true),
    ]
    switch (value["circle"], value["polygon"]) {
    case (let circle?, nil):
      let form = Self.object([
        .init("radiusMeters", .integer, required: true), .init("latitude", .number),
        .init("longitude", .number),
      ])
      _ = try form.check(circle, of: "\(name).circle", exists: exists)
    case (nil, let polygon?):
      let vertices = try items(polygon["vertices"] ?? .null, of: "\(name).polygon.vertices")
      guard (3...40).contains(vertices.count) else {
        throw SamsaraBreach("\(name).polygon.vertices", "3 to 40 vertices")
      }
      for vertex in vertices {
        _ = try Self.object(point).check(vertex, of: "\(name).polygon.vertices", exists: exists)
      }
    default:
      throw SamsaraBreach(name, "exactly one of circle and polygon")
    }
  }
}
