import JSON
import Mappings

/// Takes the reasons out of the body of a refusal, from where the target's file says that they are.
struct RefusalReader: Sendable {
  let errorBody: ErrorBody
  /// Paths of the mapping's fields: a target may write before one where in its own request it was.
  var fields: [String] = []
  /// The member that wraps the body of a create or an update.
  var wraps: [String] = []
  var text = ForeignText()

  private static let mostReasons = 50

  func reasons(_ body: [UInt8], status: Int) -> [Failure.Reason] {
    if let json = try? JSON(parsing: body) {
      let blaming = byField(json)
      if !blaming.isEmpty { return blaming }
      // What stands at `fields` and blames none, such as a list whose entries nobody has described.
      if let path = errorBody.fields?.path, !path.isEmpty, let unread = found(json, path),
        !unread.isNothing, let message = declaredMessage(json),
        let said = text.excerpt(of: unread.compactBytes)
      {
        return [Failure.Reason(field: nil, message: "\(message): \(said)")]
      }
    }
    let nothing = AnswerReader.looksLikeHTML(body) ? "with a web page" : "without a reason"
    return [
      Failure.Reason(field: nil, message: message(body) ?? "answered \(status) \(nothing)")
    ]
  }

  /// The message, or the beginning of a body in which none is found; `nil` for a web page, and for nothing.
  func message(_ body: [UInt8]) -> String? {
    if AnswerReader.looksLikeHTML(body) { return nil }
    guard let json = try? JSON(parsing: body) else { return text.excerpt(of: body) }
    if let message = declaredMessage(json) { return message }
    return json.isNothing ? nil : text.excerpt(of: body)
  }

  /// The message at the first of the declared paths that leads to text.
  private func declaredMessage(_ json: JSON) -> String? {
    for path in errorBody.messages {
      if let message = found(json, path).flatMap(words) { return message }
    }
    return nil
  }

  // MARK: Reasons that blame a field

  private func byField(_ json: JSON) -> [Failure.Reason] {
    guard let place = errorBody.fields, let value = found(json, place.path) else { return [] }
    var reasons: [Failure.Reason] = []
    switch value {
    case .object:
      collect(value, below: [], isWhole: place.path.isEmpty, &reasons)
    case .array(let entries):
      for entry in entries { collect(entry: entry, place, &reasons) }
    default: break
    }
    return Array(reasons.prefix(Self.mostReasons))
  }

  /// Members are fields, their values messages: text, a list of texts, or an object of the same kind for a field within.
  ///
  /// - Parameter isWhole: Whether this is the whole body, in which a number is more likely a code than a message.
  private func collect(
    _ object: JSON, below path: [String], isWhole: Bool, _ reasons: inout [Failure.Reason]
  ) {
    for member in object.members ?? [] {
      let path = path + [member.name]
      switch member.value {
      case .object: collect(member.value, below: path, isWhole: isWhole, &reasons)
      case .array(let entries) where entries.contains(where: { $0.members != nil }):
        for entry in entries { collect(entry, below: path, isWhole: isWhole, &reasons) }
      case .number, .bool: if !isWhole { fallthrough }
      default:
        guard let message = words(member.value) else { continue }
        reasons.append(Failure.Reason(field: field(path), message: message))
      }
    }
  }

  /// An entry names its field, or several, and has a message.
  private func collect(
    entry: JSON, _ place: ErrorBody.Fields, _ reasons: inout [Failure.Reason]
  ) {
    guard entry.members != nil else {
      if let message = words(entry) { reasons.append(Failure.Reason(field: nil, message: message)) }
      return
    }
    let names = place.field.flatMap { entry.value(at: $0) }.map(self.names) ?? []
    let message = place.message.flatMap { entry.value(at: $0) }.flatMap(words)
    guard let message = message ?? text.excerpt(of: entry.compactBytes) else { return }
    if place.field == nil, place.message == nil { return }
    if names.isEmpty { reasons.append(Failure.Reason(field: nil, message: message)) }
    for name in names { reasons.append(Failure.Reason(field: name, message: message)) }
  }

  // MARK: Names of fields

  /// `name`, `address.city`, a JSON Pointer such as `/data/attributes/name`, or a list, of the steps to one field or of
  /// several fields.
  private func names(_ value: JSON) -> [String] {
    switch value {
    case .string(let written):
      let steps = steps(written)
      return steps.isEmpty ? [] : [field(steps)].compactMap(\.self)
    case .array(let elements):
      let steps = elements.compactMap(\.stringValue)
      let whole = known(steps)
      let each = steps.compactMap { known([$0]) }
      if whole == nil, each.count == steps.count, steps.count > 1 { return each }
      return steps.isEmpty ? [] : [field(steps)].compactMap(\.self)
    default: return []
    }
  }

  private func steps(_ written: String) -> [String] {
    let steps: [String]
    if written.hasPrefix("/") || written.hasPrefix("#/") {
      steps = written.split(separator: "/").filter { $0 != "#" }.map { step in
        String(step).replacing("~1", with: "/").replacing("~0", with: "~")
      }
    } else {
      steps = written.split { ".[]".contains($0) }.map(String.init)
    }
    // Places in lists.
    return steps.filter { !$0.utf8.allSatisfy { (48...57).contains($0) } }
  }

  /// The name of the field that these steps lead to, as the mapping writes it where it has such a field.
  private func field(_ steps: [String]) -> String? {
    known(steps) ?? text.line(withoutWrapper(steps[...]).joined(separator: "."))
  }

  private func known(_ steps: [String]) -> String? {
    var rest = steps[...]
    while true {
      let path = rest.joined(separator: ".")
      if let field = fields.first(where: { $0.hasSameBytes(as: path) }) { return field }
      let fewer = withoutWrapper(rest, onlyOne: true)
      guard fewer.count < rest.count else { return nil }
      rest = fewer
    }
  }

  /// The steps from the field's own name on.
  private func withoutWrapper(
    _ steps: ArraySlice<String>, onlyOne: Bool = false
  ) -> ArraySlice<String> {
    var rest = steps
    while rest.count > 1, let first = rest.first,
      (Self.wrappers + wraps).contains(where: { $0.hasSameBytes(as: first) })
    {
      rest = rest.dropFirst()
      if onlyOne { break }
    }
    return rest
  }

  /// What standards put before a field: JSON:API a document's `data` and `attributes`, others where in a request it is.
  private static let wrappers = ["data", "attributes", "body", "$"]

  // MARK: Texts

  private func found(_ json: JSON, _ path: String) -> JSON? {
    path.isEmpty ? json : json.value(at: path)
  }

  private func words(_ value: JSON) -> String? {
    switch value {
    case .string(let words): return text.line(words)
    case .number, .bool: return text.line(value.description)
    case .array(let elements):
      let all = elements.compactMap(words)
      return all.isEmpty ? nil : text.line(all.joined(separator: "; "))
    case .null, .object: return nil
    }
  }
}
