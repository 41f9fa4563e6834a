import Engine
import JSON

/// The values of a changed field, in the words of a plan.
struct FieldValues {
  let before: String?
  let after: String
  /// What a list loses and gains, e.g. `+[7] −[3]`; `nil` where one of the two is no list.
  let listDifference: String?

  init(_ change: FieldChange, of item: PlanItem) {
    func words(_ value: JSON) -> String { Self.words(value, item.linked) }
    before = change.before.map(words)
    after = words(change.after)
    guard case .array(let old)? = change.before, case .array(let new) = change.after else {
      listDifference = nil
      return
    }
    let lost = Self.without(old, new)
    let gained = Self.without(new, old)
    let parts = [("+", gained), ("−", lost)].filter { !$0.1.isEmpty }.map { sign, values in
      sign + values.map(words).joined(separator: " " + sign)
    }
    listDifference =
      parts.isEmpty ? "the same values in another order" : parts.joined(separator: " ")
  }

  /// `masked 1a2b3c`, `nothing`, or the value; with the name of the object that it leads to.
  static func words(_ value: JSON, _ linked: [String: PlanItem.Linked] = [:]) -> String {
    switch value {
    case .null: return "nothing"
    case .string(let text) where text.hasPrefix("masked:"):
      return "masked \(text.dropFirst(7).prefix(6))"
    case .string(let id), .number(let id):
      guard let object = linked[id] else { return value.description }
      return "\(value.description) (\(object.words))"
    case .bool, .array, .object: return value.description
    }
  }

  /// The values of one list that the other does not have, each as often as it has more of it.
  private static func without(_ values: [JSON], _ others: [JSON]) -> [JSON] {
    var others = others
    return values.filter { value in
      guard let place = others.firstIndex(of: value) else { return true }
      others.remove(at: place)
      return false
    }
  }
}

extension PlanItem.Linked {
  /// `1/4410. North Bridge`
  var words: String { "\(key)" + (title.map { " " + $0 } ?? "") }
}
