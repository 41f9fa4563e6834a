// How the extent of an expression follows from those of its parts.

struct ExtentAnalysis {
  private let variables: [Variable]
  private let identities: [String: CELType]
  private var locals: [Int: ValueExtent] = [:]
  /// What tests around the expression at hand prove.
  private var proven: [Place: ValueExtent] = [:]

  private enum Place: Hashable {
    case variable(Int)
    case local(Int)
  }

  init(_ environment: Environment) {
    variables = environment.variables
    identities = environment.identities
  }

  mutating func extent(of tree: ResolvedTree) -> ValueExtent {
    var extent = ownExtent(of: tree)
    if extent.type == nil { extent.type = Self.known(tree.type) }
    if tree.isTested || !Self.mayLackValue(tree.type) { extent.isNeverNull = true }
    return extent
  }

  /// Whether a type leaves open that there is no value.
  private static func mayLackValue(_ type: CELType) -> Bool {
    switch type {
    case .null, .nullable, .optional, .dyn, .param, .error: true
    default: false
    }
  }

  /// A type that says everything.
  private static func known(_ type: CELType) -> CELType? {
    switch type.base {
    case .bool, .int, .uint, .double, .string, .timestamp: type.base
    default: nil
    }
  }

  private mutating func ownExtent(of tree: ResolvedTree) -> ValueExtent {
    switch tree.kind {
    case .constant(let value): return ValueExtent(value)
    case .variable(let slot):
      return variables[slot].extent.narrowed(by: proven[.variable(slot)] ?? .unknown)
    case .local(let local):
      return (locals[local] ?? .unknown).narrowed(by: proven[.local(local)] ?? .unknown)
    case .conditional(let condition, let yes, let no):
      let first = given(facts(in: condition, when: true)) { $0.extent(of: yes) }
      let second = given(facts(in: condition, when: false)) { $0.extent(of: no) }
      return first.joined(second)
    case .bind(let local, let value, let body):
      locals[local] = extent(of: value)
      proven[.local(local)] = nil
      return extent(of: body)
    case .optionalMap(let target, let local, let body, _):
      locals[local] = extent(of: target)
      proven[.local(local)] = nil
      var result = extent(of: body)
      result.isNeverNull = false
      return result
    case .list(let elements):
      return listExtent(elements)
    case .call(let function, let arguments): return callExtent(function, arguments, tree.type)
    default: return .unknown
    }
  }

  private mutating func listExtent(_ elements: [ResolvedTree.Element]) -> ValueExtent {
    var type: CELType? = .error
    for (index, element) in elements.enumerated() {
      let own = extent(of: element.value).type
      type = index == 0 || type == own ? own : nil
    }
    return ValueExtent(isNeverNull: true, type: type.map { .list($0) })
  }

  private mutating func given<Result>(
    _ facts: [Place: ValueExtent], _ body: (inout ExtentAnalysis) -> Result
  ) -> Result {
    let outer = proven
    for (place, fact) in facts { proven[place] = (proven[place] ?? .unknown).narrowed(by: fact) }
    defer { proven = outer }
    return body(&self)
  }

  // MARK: Calls

  private mutating func callExtent(
    _ function: Function, _ arguments: [ResolvedTree], _ type: CELType
  ) -> ValueExtent {
    if case .host = function.body {
      guard case .constant(.string(let name))? = arguments.first?.kind else { return .unknown }
      // A link that leads nowhere yet makes the record wait; one with a null in its key leads nowhere ever.
      let hasKey = arguments.dropFirst().allSatisfy { argument in
        extent(of: argument).isNeverNull || !argument.provenType.mayBeNull
          || argument.provenType == .dyn
      }
      return ValueExtent(isNeverNull: hasKey, type: identities[name])
    }
    let given = arguments.map { extent(of: $0) }
    guard let first = given.first else { return .unknown }
    switch function.name {
    case "trim", "lowerAscii", "upperAscii", "reverse":
      return ValueExtent(maxLength: first.maxLength, isNeverNull: first.isNeverNull)
    case "text.clean", "text.digits": return ValueExtent(maxLength: first.maxLength)
    case "email.clean": return ValueExtent(maxLength: first.maxLength, format: "email")
    case "phone.e164": return ValueExtent(maxLength: 16, format: "e164")
    case "vin.valid": return ValueExtent(maxLength: 17)
    case "date.valid": return ValueExtent(maxLength: 10, format: "date")
    case "text.truncate", "text.limit":
      let limit = given.count > 1 ? given[1].highest.flatMap { Int(exactly: $0) } : nil
      return ValueExtent(maxLength: [first.maxLength, limit].compactMap(\.self).min())
    case "charAt": return ValueExtent(maxLength: 1)
    case "substring": return ValueExtent(maxLength: substringLength(given))
    case "replace": return ValueExtent(maxLength: replacedLength(given))
    case "text.join", "join": return joinedExtent(function.name, arguments, given)
    case "external_id": return ValueExtent(isNeverNull: arguments.first.map(hasOnlyValues) ?? false)
    case "coalesce":
      let last = given[given.count - 1]
      var all = given.dropFirst().reduce(first) { $0.joined($1) }
      all.isNeverNull = last.isNeverNull || given.contains(where: \.isNeverNull)
      return all
    case "orValue", "or":
      guard given.count == 2 else { return .unknown }
      var either = first.joined(given[1])
      // Behind `orValue` a link that leads nowhere yet does not wait.
      let isThere = first.isNeverNull && (function.name == "or" || !arguments[0].hasLink)
      either.isNeverNull = isThere || given[1].isNeverNull
      return either
    case "optional.ofNonZeroValue", Try.name:
      var perhaps = first
      perhaps.isNeverNull = false
      return perhaps
    case "required":
      var value = first
      value.isNeverNull = true
      return value
    case "dyn", "optional.of", "value": return first
    case "optional.none": return .nothing
    case "string": return ValueExtent(maxLength: textLength(of: first, arguments[0].type))
    case "size", "indexOf", "lastIndexOf":
      return ValueExtent(
        lowest: function.name == "size" ? 0 : -1,
        highest: first.maxLength.map { Double($0) }, isNeverNull: true)
    case "math.least", "math.greatest":
      guard given.count == 2 else { return .unknown }
      return extreme(given[0], given[1], isLeast: function.name == "math.least")
    default: return operatorExtent(function.name, given, type)
    }
  }

  private func operatorExtent(_ name: String, _ given: [ValueExtent], _ type: CELType)
    -> ValueExtent
  {
    guard given.count == 2 else {
      guard name == Operators.negate, let only = given.first else { return .unknown }
      return ValueExtent(lowest: only.highest.map { -$0 }, highest: only.lowest.map { -$0 })
    }
    let (left, right) = (given[0], given[1])
    switch name {
    case Operators.add:
      return ValueExtent(
        maxLength: both(left.maxLength, right.maxLength) { $0 + $1 },
        lowest: both(left.lowest, right.lowest) { $0 + $1 },
        highest: both(left.highest, right.highest) { $0 + $1 })
    case "_-_":
      return ValueExtent(
        lowest: both(left.lowest, right.highest) { $0 - $1 },
        highest: both(left.highest, right.lowest) { $0 - $1 })
    case "_*_":
      guard let a = left.lowest, let b = left.highest, let c = right.lowest, let d = right.highest
      else { return .unknown }
      let products = [a * c, a * d, b * c, b * d]
      return ValueExtent(lowest: products.min(), highest: products.max())
    default: return .unknown
    }
  }

  private func both<Part>(_ left: Part?, _ right: Part?, _ join: (Part, Part) -> Part) -> Part? {
    guard let left, let right else { return nil }
    return join(left, right)
  }

  private func extreme(_ left: ValueExtent, _ right: ValueExtent, isLeast: Bool) -> ValueExtent {
    let low = [left.lowest, right.lowest]
    let high = [left.highest, right.highest]
    return isLeast
      ? ValueExtent(
        lowest: low.contains(nil) ? nil : low.compactMap(\.self).min(),
        highest: high.compactMap(\.self).min())
      : ValueExtent(
        lowest: low.compactMap(\.self).max(),
        highest: high.contains(nil) ? nil : high.compactMap(\.self).max())
  }

  private func substringLength(_ given: [ValueExtent]) -> Int? {
    guard let start = given[1].highest, given[1].lowest == start else { return given[0].maxLength }
    let end = given.count > 2 ? given[2].highest : given[0].maxLength.map { Double($0) }
    guard let end else { return given[0].maxLength }
    let length = max(0, end - start)
    return min(Int(exactly: length) ?? .max, given[0].maxLength ?? .max)
  }

  /// Replacing by what is not longer makes no text longer.
  private func replacedLength(_ given: [ValueExtent]) -> Int? {
    guard case .string(let old)? = given[1].values?.first, given[1].values?.count == 1,
      !old.isEmpty, let new = given[2].maxLength, new <= old.unicodeScalars.count
    else { return nil }
    return given[0].maxLength
  }

  private mutating func joinedExtent(
    _ name: String, _ arguments: [ResolvedTree], _ given: [ValueExtent]
  ) -> ValueExtent {
    guard case .list(let elements) = arguments[0].kind else { return .unknown }
    let separator = given.count > 1 ? given[1].maxLength : 0
    var length: Int? = 0
    var isNeverNull = name == "join"
    for (index, element) in elements.enumerated() {
      let part = extent(of: element.value)
      if part.isNeverNull || !element.value.provenType.mayBeNull { isNeverNull = true }
      length = both(length, part.maxLength) { $0 + $1 }
      if index > 0 { length = both(length, separator) { $0 + $1 } }
    }
    return ValueExtent(maxLength: length, isNeverNull: isNeverNull)
  }

  private func hasOnlyValues(_ list: ResolvedTree) -> Bool {
    guard case .list(let elements) = list.kind else { return false }
    return elements.allSatisfy { !$0.value.provenType.mayBeNull }
  }

  private func textLength(of extent: ValueExtent, _ type: CELType) -> Int? {
    switch type.base {
    case .string: return extent.maxLength
    case .bool: return 5
    // Nobody chooses how many digits a type can have.
    default: return nil
    }
  }

  // MARK: What tests prove

  private mutating func facts(in condition: ResolvedTree, when outcome: Bool) -> [Place:
    ValueExtent]
  {
    switch condition.kind {
    case .logical(let isAnd, let terms):
      // All terms hold, or none does; one of several proves nothing.
      guard isAnd == outcome else { return [:] }
      var all: [Place: ValueExtent] = [:]
      for term in terms {
        all.merge(facts(in: term, when: outcome)) { $0.narrowed(by: $1) }
      }
      return all
    case .call(let function, let arguments) where function.name == Operators.not:
      return facts(in: arguments[0], when: !outcome)
    case .call(let function, let arguments) where function.name == "matches" && outcome:
      guard let place = place(arguments[0]),
        case .constant(.string(let pattern))? = arguments.last?.kind,
        let length = PatternLength.longest(of: pattern)
      else { return [:] }
      return [place: ValueExtent(maxLength: length)]
    case .call(let function, let arguments) where function.name == Operators.in && outcome:
      guard let place = place(arguments[0]), case .list(let elements) = arguments[1].kind else {
        return [:]
      }
      let all = elements.map { extent(of: $0.value) }
      return [place: all.dropFirst().reduce(all.first ?? .unknown) { $0.joined($1) }]
    case .call(let function, let arguments) where arguments.count == 2:
      return comparison(function.name, arguments[0], arguments[1], outcome)
        ?? Self.mirrored[function.name].flatMap {
          comparison($0, arguments[1], arguments[0], outcome)
        } ?? [:]
    default: return [:]
    }
  }

  private static let mirrored = [
    "_<_": "_>_", "_<=_": "_>=_", "_>_": "_<_", "_>=_": "_<=_", "_==_": "_==_", "_!=_": "_!=_",
  ]
  private static let opposite = [
    "_<_": "_>=_", "_<=_": "_>_", "_>_": "_<=_", "_>=_": "_<_", "_==_": "_!=_", "_!=_": "_==_",
  ]

  /// What `value operator constant` says of the value, or of its length.
  private mutating func comparison(
    _ name: String, _ value: ResolvedTree, _ constant: ResolvedTree, _ outcome: Bool
  ) -> [Place: ValueExtent]? {
    guard let name = outcome ? name : Self.opposite[name], Self.opposite[name] != nil,
      case .constant = constant.kind
    else { return nil }
    let bound = extent(of: constant)
    if let place = place(value) {
      switch name {
      case "_==_": return [place: bound]
      // A bound that is not reached is taken as reached, which claims less.
      case "_<_", "_<=_": return [place: ValueExtent(highest: bound.highest)]
      case "_>_", "_>=_": return [place: ValueExtent(lowest: bound.lowest)]
      default: return [:]
      }
    }
    guard case .call(let function, let arguments) = value.kind, function.name == "size",
      let place = place(arguments[0]), let number = bound.highest.flatMap({ Int(exactly: $0) })
    else { return nil }
    switch name {
    case "_==_", "_<=_": return [place: ValueExtent(maxLength: number)]
    case "_<_": return [place: ValueExtent(maxLength: number - 1)]
    default: return [:]
    }
  }

  private func place(_ tree: ResolvedTree) -> Place? {
    switch tree.kind {
    case .variable(let slot): .variable(slot)
    case .local(let local): .local(local)
    default: nil
    }
  }
}

extension ResolvedTree {
  /// Whether a function of the host is called in it.
  var hasLink: Bool {
    switch kind {
    case .constant, .variable, .local, .failure: false
    case .select(let operand, _), .optionalSelect(let operand, _), .has(let operand, _):
      operand.hasLink
    case .call(let function, let arguments):
      if case .host = function.body { true } else { arguments.contains(where: \.hasLink) }
    case .conditional(let condition, let yes, let no):
      condition.hasLink || yes.hasLink || no.hasLink
    case .logical(_, let terms): terms.contains(where: \.hasLink)
    case .list(let elements): elements.contains(where: \.value.hasLink)
    case .map(let entries): entries.contains { $0.key.hasLink || $0.value.hasLink }
    case .loop(let loop):
      loop.source.hasLink || loop.filter?.hasLink == true || loop.body.hasLink
    case .bind(_, let value, let body): value.hasLink || body.hasLink
    case .optionalMap(let target, _, let body, _): target.hasLink || body.hasLink
    }
  }
}
