import JSON

/// The breaches of one write, in the order in which they were found.
struct SafetyAmpErrors: Sendable {
  private var errors: [(field: String, messages: [String])] = []

  var isEmpty: Bool { errors.isEmpty }

  mutating func add(_ field: String, _ message: String) {
    if let index = errors.firstIndex(where: { $0.field == field }) {
      errors[index].messages.append(message)
    } else {
      errors.append((field, [message]))
    }
  }

  func blames(_ field: String) -> Bool {
    errors.contains { $0.field == field }
  }

  /// One 422 with every breach; its first message stands on top, with the count of the rest.
  var answer: Answer {
    let count = errors.reduce(0) { $0 + $1.messages.count }
    var message = errors.first?.messages.first ?? ""
    if count == 2 { message += " (and 1 more error)" }
    if count > 2 { message += " (and \(count - 1) more errors)" }
    let members = errors.map {
      JSON.Member(name: $0.field, value: .array($0.messages.map(JSON.string)))
    }
    return Answer(422, ["message": .string(message), "errors": .object(members)])
  }
}

extension SafetyAmpField.Form {
  /// The value as it is stored, or the message that refuses it.
  ///
  /// - Parameter exists: Whether an object is there to be referred to.
  func check(
    _ value: JSON, of name: String, exists: (SafetyAmpResource, String) -> Bool
  ) -> Result<JSON, SafetyAmpBreach> {
    let spoken = SafetyAmpField.spoken(name)
    switch self {
    case .any:
      return .success(value)
    case .text(let max):
      guard let text = value.stringValue else { return .breach("The \(spoken) must be a string.") }
      guard text.unicodeScalars.count <= max else {
        return .breach("The \(spoken) must not be greater than \(max) characters.")
      }
      return .success(value)
    case .integer:
      guard let number = Self.integer(value) else {
        return .breach("The \(spoken) must be an integer.")
      }
      return .success(.integer(number))
    case .flag:
      guard let flag = Self.flag(value) else {
        return .breach("The \(spoken) field must be true or false.")
      }
      return .success(.bool(flag))
    case .bit:
      guard let flag = Self.flag(value) else {
        return .breach("The selected \(spoken) is invalid.")
      }
      return .success(flag ? 1 : 0)
    case .email:
      guard let text = value.stringValue, Self.isEmail(text) else {
        return .breach("The \(spoken) must be a valid email address.")
      }
      return .success(value)
    case .phone:
      guard let text = value.stringValue, Self.isPhone(text) else {
        return .breach("validation.phone")
      }
      return .success(value)
    case .date:
      guard let text = value.stringValue, Self.isDate(text) else {
        return .breach("The \(spoken) does not match the format Y-m-d.")
      }
      return .success(value)
    case .decimal:
      if case .number(let digits) = value { return .success(.string(digits)) }
      guard let text = value.stringValue, Double(text)?.isFinite == true else {
        return .breach("The \(spoken) must be a number.")
      }
      return .success(value)
    case .reference(let resource):
      guard let id = Self.identity(value, of: resource), exists(resource, id) else {
        return .breach("The selected \(spoken) is invalid.")
      }
      return .success(resource.json(id: id))
    case .references(let resource):
      guard let items = value.arrayValue else { return .breach("The \(spoken) must be an array.") }
      var ids: [JSON] = []
      for (index, item) in items.enumerated() {
        guard let id = Self.identity(item["id"] ?? item, of: resource), exists(resource, id) else {
          return .failure(
            SafetyAmpBreach(
              field: "\(name).\(index).id", "The selected \(name).\(index).id is invalid."))
        }
        ids.append(resource.json(id: id))
      }
      return .success(.array(ids))
    }
  }

  /// The id that a value refers to, in the form in which tables are keyed.
  private static func identity(_ value: JSON, of resource: SafetyAmpResource) -> String? {
    resource == .users ? value.stringValue : integer(value).map(String.init)
  }

  private static func integer(_ value: JSON) -> Int64? {
    value.intValue ?? value.stringValue.flatMap { Int64($0) }
  }

  private static func flag(_ value: JSON) -> Bool? {
    if let flag = value.boolValue { return flag }
    switch integer(value) {
    case 1: return true
    case 0: return false
    default: return nil
    }
  }

  private static func isEmail(_ text: String) -> Bool {
    let halves = text.utf8.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
    guard halves.count == 2, !halves[0].isEmpty, halves[1].contains(UInt8(ascii: ".")) else {
      return false
    }
    guard halves[1].first != UInt8(ascii: "."), halves[1].last != UInt8(ascii: ".") else {
      return false
    }
    return text.utf8.allSatisfy { $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 < 0x7F }
  }

  /// E.164: a plus sign and up to 15 digits of which the first is not 0.
  private static func isPhone(_ text: String) -> Bool {
    let digits = text.utf8.dropFirst()
    return text.utf8.first == UInt8(ascii: "+") && (2...15).contains(digits.count)
      && digits.first != UInt8(ascii: "0") && digits.allSatisfy { 0x30...0x39 ~= $0 }
  }

  private static func isDate(_ text: String) -> Bool {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.map(\.utf8.count) == [4, 2, 2],
      parts.allSatisfy({ $0.utf8.allSatisfy { 0x30...0x39 ~= $0 } }),
      let year = Int(parts[0]), let month = Int(parts[1]), let day = Int(parts[2]),
      (1...12).contains(month)
    else { return false }
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return (1...lengths[month - 1]).contains(day)
  }
}

/// Why a value is refused; the field only where it is not the member itself.
struct SafetyAmpBreach: Error {
  let field: String?
  let message: String

  init(field: String? = nil, _ message: String) {
    self.field = field
    self.message = message
  }
}

extension Result where Success == JSON, Failure == SafetyAmpBreach {
  fileprivate static func breach(_ message: String) -> Self { .failure(SafetyAmpBreach(message)) }
}

extension SafetyAmpResource {
  /// An id as answers write it: users have texts, the rest integers.
  func json(id: String) -> JSON {
    self == .users ? .string(id) : JSON(number: id) ?? .string(id)
  }
}
