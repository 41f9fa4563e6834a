import JSON

/// What the values of a field mean: which of them are one value in two spellings.
///
/// Made of the field's schema. Everything that asks whether a target holds what is wanted asks here: adoption, recovery,
/// reconciling, undo, and the comparison of a record with what was last sent.
public final class Meaning: Sendable {
  /// How far text counts as a number.
  private enum Numbers {
    /// Not: the field takes text and no numbers.
    case never
    /// The field takes either, so a text is a number only beside one.
    case besideNumbers
    /// The field takes numbers alone.
    case always
  }

  private let numbers: Numbers
  private let isFlag: Bool
  private let isMoment: Bool
  private let words: Set<SchemaNode.TextComparison>
  private let isSet: Bool
  private let absent: JSON?
  private let first: [Meaning]
  private let items: Meaning?
  private let properties: [String: Meaning]
  private let additional: Meaning?
  private let keepsOthers: Bool

  /// Nothing is known of the field.
  public static let unknown = Meaning([])

  /// Of the schemas of one field, such as those of create and update.
  public init(_ schemas: [SchemaNode]) {
    let nodes = schemas.flatMap(\.parts)
    let kinds = nodes.reduce(into: Set<SchemaNode.Kind>()) { $0.formUnion($1.kinds) }
    let takesNumbers = kinds.contains(.number) || kinds.contains(.integer)
    numbers =
      kinds.isEmpty || (takesNumbers && kinds.contains(.string))
      ? .besideNumbers : takesNumbers ? .always : .never
    isFlag = kinds.contains(.boolean)
    isMoment = nodes.contains { $0.format == "date-time" }
    words = nodes.reduce(into: []) { $0.formUnion($1.marks.compare) }
    isSet = nodes.contains(where: \.marks.isSet)
    absent = nodes.lazy.compactMap(\.marks.absent).first
    func all(_ find: (SchemaNode) -> [SchemaNode]) -> Meaning? {
      let found = nodes.flatMap(find)
      return found.isEmpty ? nil : Meaning(found)
    }
    first = (0..<(nodes.map(\.prefixItems.count).max() ?? 0)).map { place in
      Meaning(nodes.compactMap { place < $0.prefixItems.count ? $0.prefixItems[place] : nil })
    }
    items = all(\.items)
    additional = all { if case .schema(let nodes) = $0.additional { nodes } else { [] } }
    let members = nodes.flatMap { node in node.properties.map { (name: $0.key, schema: $0.value) } }
    properties = Dictionary(grouping: members) { $0.name }.mapValues { Meaning($0.map(\.schema)) }
    keepsOthers = properties.isEmpty || additional != nil
  }

  private func element(_ place: Int) -> Meaning {
    place < first.count ? first[place] : items ?? .unknown
  }

  private func member(_ name: String) -> Meaning { properties[name] ?? additional ?? .unknown }

  /// Whether a target that leaves the field out of an answer says by that what it holds.
  public var saysByAbsence: Bool { absent != nil }

  /// What an answer that leaves the field out says.
  public var whenAbsent: JSON { absent ?? .null }

  // MARK: What a target holds

  /// Whether a target that holds `held` holds what is wanted. `held` is `nil` where the answer leaves the field out. Members
  /// that the target adds to an object do not count.
  public func equal(_ wanted: JSON, held: JSON?) -> Bool {
    guard let held else {
      return wanted.isNothing || absent.map { equal(wanted, held: $0) } ?? false
    }
    if wanted == held || wanted.isNothing && held.isNothing { return true }
    switch (wanted, held) {
    case (.object(let members), .object(let others)):
      guard !members.isEmpty else { return others.isEmpty }
      return members.allSatisfy { member($0.name).equal($0.value, held: held[$0.name]) }
    case (.array(let elements), .array(let others)):
      guard elements.count == others.count else { return false }
      if isSet { return equal(elements, inAnyOrder: others) }
      return zip(elements, others).enumerated().allSatisfy { place, pair in
        element(place).equal(pair.0, held: pair.1)
      }
    case (.object, _), (_, .object), (.array, _), (_, .array): return false
    default: return equal(scalar: wanted, held)
    }
  }

  /// Pairs the elements of two sets: each wanted one with one that the target holds.
  private func equal(_ wanted: [JSON], inAnyOrder held: [JSON]) -> Bool {
    let meaning = element(first.count)
    // Those that are written alike first: to pair them is never wrong.
    var open = Dictionary(grouping: held.indices) { meaning.canonical(held[$0]).canonicalBytes }
    let left = wanted.filter { element in
      open[meaning.canonical(element).canonicalBytes]?.popLast() == nil
    }
    guard left.count <= Self.mostPaired else { return false }
    let rest = open.values.joined().sorted()
    var owner = [Int?](repeating: nil, count: rest.count)
    func pair(_ element: Int, _ seen: inout Set<Int>) -> Bool {
      for place in rest.indices
      where !seen.contains(place) && meaning.equal(left[element], held: held[rest[place]]) {
        seen.insert(place)
        if let other = owner[place], !pair(other, &seen) { continue }
        owner[place] = element
        return true
      }
      return false
    }
    return left.indices.allSatisfy { element in
      var seen: Set<Int> = []
      return pair(element, &seen)
    }
  }

  /// Of elements that are not written alike, each may have to be held against each.
  private static let mostPaired = 1_000

  private func equal(scalar wanted: JSON, _ held: JSON) -> Bool {
    if isFlag || wanted.boolValue != nil || held.boolValue != nil,
      let left = wanted.flag, let right = held.flag
    {
      return left == right
    }
    switch (wanted, held) {
    case (.number(let left), .number(let right)): return Self.sameNumber(left, right)
    case (.number(let number), .string(let text)), (.string(let text), .number(let number)):
      if numbers != .never { return Self.sameNumber(number, text) }
      return text.utf8.elementsEqual(number.utf8)
        || DecimalText.canonical(number).map { text.utf8.elementsEqual($0.utf8) } ?? false
    case (.string(let left), .string(let right)):
      return numbers == .always && Self.sameNumber(left, right) || equal(text: left, right)
    default: return false
    }
  }

  private static func sameNumber(_ left: String, _ right: String) -> Bool {
    guard let left = DecimalText.canonical(left), let right = DecimalText.canonical(right) else {
      return left.utf8.elementsEqual(right.utf8)
    }
    return left.utf8.elementsEqual(right.utf8)
  }

  private func equal(text wanted: String, _ held: String) -> Bool {
    if isMoment, let left = MomentText(wanted), let right = MomentText(held) {
      return left == right || words.contains(.truncate) && left.isCut(to: right)
    }
    let (wanted, held) = (normalized(wanted), normalized(held))
    if wanted.utf8.elementsEqual(held.utf8) { return true }
    return words.contains(.truncate) && !held.isEmpty && wanted.utf8.starts(with: held.utf8)
  }

  private func normalized(_ text: String) -> String {
    guard !words.isEmpty else { return text }
    if words.contains(.day), let day = MomentText.day(text) { return day }
    var text = text
    if words.contains(.lines) {
      text = text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    }
    if words.contains(.trim) { text = text.trimmedOrNil ?? "" }
    return words.contains(.fold) ? text.lowercased() : text
  }

  // MARK: What is ours

  /// Whether two values of ours mean the same. What the target cuts off counts here: the rest may come to be cut elsewhere.
  public func same(_ left: JSON, _ right: JSON) -> Bool {
    left == right || canonical(left).canonicalBytes == canonical(right).canonicalBytes
  }

  /// One value for all spellings that mean the same by themselves: the members of objects and the elements of sets in an
  /// order of their own, numbers and moments in one form.
  public func canonical(_ value: JSON) -> JSON {
    switch value {
    case .null: return .null
    case .bool(let value):
      return isFlag || numbers != .always ? .bool(value) : .integer(value ? 1 : 0)
    case .number(let digits):
      if isFlag, let flag = value.flag { return .bool(flag) }
      return DecimalText.canonical(digits).map { .number($0) } ?? value
    case .string(let text):
      if isFlag, let flag = value.flag { return .bool(flag) }
      if numbers == .always, let digits = DecimalText.canonical(text) { return .number(digits) }
      if isMoment, let moment = MomentText(text) { return .string(moment.text) }
      return .string(normalized(text))
    case .array(let elements):
      let canonical = elements.enumerated().map { element($0.offset).canonical($0.element) }
      guard isSet else { return .array(canonical) }
      return .array(
        canonical.sorted { $0.canonicalBytes.lexicographicallyPrecedes($1.canonicalBytes) })
    case .object(let members):
      return .object(
        members.map { JSON.Member(name: $0.name, value: member($0.name).canonical($0.value)) })
    }
  }

  /// What the target holds, without the members that it adds by itself: those that a schema which lists its members does
  /// not list.
  public func projected(_ held: JSON) -> JSON {
    switch held {
    case .array(let elements):
      return .array(elements.enumerated().map { element($0.offset).projected($0.element) })
    case .object(let members):
      return .object(
        members.filter { keepsOthers || properties[$0.name] != nil }.map {
          JSON.Member(name: $0.name, value: member($0.name).projected($0.value))
        })
    default: return held
    }
  }

  /// The forms that a value held by the target may have had when it was sent, where only a hash of that is known.
  public func spellings(of held: JSON?) -> [JSON] {
    let held = held ?? whenAbsent
    if held.isNothing { return [held, .null, .string(""), .array([]), .object([])] }
    var forms = [held, projected(held)]
    if let flag = held.flag { forms += [.bool(flag), .integer(flag ? 1 : 0)] }
    switch held {
    case .number(let digits): forms.append(.string(digits))
    case .string(let text): if let number = JSON(number: text) { forms.append(number) }
    default: break
    }
    return forms + forms.map(canonical)
  }
}

extension SchemaNode {
  /// The schema and those that are joined to it.
  fileprivate var parts: [SchemaNode] {
    [self] + (allOf + anyOf + oneOf).flatMap(\.parts)
  }
}

extension JSON {
  /// Null, or text, a list or an object without anything in it.
  public var isNothing: Bool {
    switch self {
    case .null: true
    case .string(let text): text.isEmpty
    case .array(let elements): elements.isEmpty
    case .object(let members): members.isEmpty
    case .bool, .number: false
    }
  }

  /// No, or zero.
  public var isZero: Bool { flag == false && stringValue == nil }

  /// Yes or no, in whichever of the usual forms.
  fileprivate var flag: Bool? {
    switch self {
    case .bool(let value): return value
    case .number(let digits):
      switch DecimalText.canonical(digits) {
      case "1": return true
      case "0": return false
      default: return nil
      }
    case .string(let text):
      switch text.lowercased() {
      case "true", "1": return true
      case "false", "0": return false
      default: return nil
      }
    case .null, .array, .object: return nil
    }
  }
}
