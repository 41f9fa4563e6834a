import SQLText

/// An expression of a plan, in the server's own spelling, which has parentheses around everything but simple things.
///
/// It is judged by its form; what is not known here may be NULL.
struct PlanExpression {
  private let text: String
  private let bytes: [UInt8]
  private let tokens: [SQLToken]
  private let facts: PlanFacts

  init(_ text: String, _ facts: PlanFacts) {
    self.text = text
    self.facts = facts
    bytes = Array(text.utf8)
    // An expression with a parameter in it, `$1`, is not read to its end, and proves nothing.
    tokens = (try? SQLScanner.scan(text)) ?? []
  }

  // MARK: The names that are trusted

  /// They give NULL for NULL only.
  private static let strict: Set<String> = [
    "lower", "upper", "btrim", "ltrim", "rtrim", "trim", "initcap", "replace", "left", "right",
    "length", "char_length", "octet_length", "substr", "lpad", "rpad", "reverse", "translate",
    "md5", "abs", "round", "ceil", "ceiling", "floor", "trunc", "split_part", "date_trunc",
  ]
  /// They never give NULL.
  private static let total: Set<String> = [
    "count", "concat", "now", "row_number", "rank", "dense_rank",
  ]
  /// They give NULL for a group only when all its values are.
  private static let aggregates: Set<String> = [
    "min", "max", "sum", "avg", "bool_and", "bool_or", "every",
  ]
  private static let arithmetic: Set<String> = ["||", "+", "-", "*", "/", "%"]
  private static let comparisons: Set<String> = ["=", "<>", "<", "<=", ">", ">=", "~~", "~~*", "~"]

  static let trusted =
    strict.union(total).union(aggregates).union(arithmetic).union(comparisons)

  private func trusts(_ name: String, among names: Set<String>) -> Bool {
    names.contains(name) && !facts.strangers.contains(name)
  }

  // MARK: Where it is computed

  /// Whether the value that a node puts out is never NULL.
  func isNeverNull(at node: PlanNode) -> Bool {
    guard !node.mixesRows, !tokens.isEmpty else { return false }
    guard let inside = unwrapped, !inside.isOperation else { return isComputedNeverNull(at: node) }
    // What was computed below stands in parentheses of its own, whatever it is.
    let sources = node.children.filter { child in
      !child.isApart
        && (child.node.output.contains(inside.text) || child.node.output.contains(text))
    }
    guard !sources.isEmpty else { return false }
    return sources.allSatisfy { child in
      guard !child.isOptional else { return false }
      let isComputedThere = child.node.output.contains(inside.text)
      return (isComputedThere ? inside : self).isNeverNull(at: child.node)
    }
  }

  /// Without the parentheses that are around all of it.
  private var unwrapped: PlanExpression? {
    guard tokens.count > 2, tokens[0].kind == .symbol(UInt8(ascii: "(")),
      tokens[tokens.count - 1].kind == .symbol(UInt8(ascii: ")")),
      tokens.dropFirst().dropLast().allSatisfy({ $0.depth > 0 }),
      closing(of: 0) == tokens.count - 1
    else { return nil }
    return slice(1..<tokens.count - 1)
  }

  /// Whether it is an operator with its operands, which brings parentheses of its own.
  private var isOperation: Bool { operation != nil || nullTest != nil }

  // MARK: What it is

  /// A column, as `alias.column`; the output of a plan over one table leaves the alias out.
  var variable: (alias: String?, column: String)? {
    if tokens.count == 1, let column = Self.name(tokens[0]), !isLiteral { return (nil, column) }
    guard tokens.count == 3, tokens[1].kind == .symbol(UInt8(ascii: ".")),
      let alias = Self.name(tokens[0]), let column = Self.name(tokens[2])
    else { return nil }
    return (alias, column)
  }

  private func isComputedNeverNull(at node: PlanNode) -> Bool {
    if let variable { return isNeverNull(variable, at: node) }
    if isLiteral { return true }
    if let inside = unwrapped {
      if inside.nullTest != nil { return true }
      if let (left, name, right) = inside.operation {
        return trusts(name, among: Self.arithmetic.union(Self.comparisons))
          && left.isNeverNull(at: node) && right.isNeverNull(at: node)
      }
      return false
    }
    if let branches { return branches.allSatisfy { $0.isNeverNull(at: node) } }
    if let (value, type) = cast {
      guard !facts.strangers.contains("cast"), value.isNeverNull(at: node) else { return false }
      return Self.textTypes.contains(type)
        || Self.scalarTypes.contains(type) && value.isPlainScalar(at: node)
    }
    guard let (name, arguments, isPlain) = call else { return false }
    switch name {
    case "coalesce", "greatest", "least":
      return isPlain && arguments.contains { $0.isNeverNull(at: node) }
    case _ where trusts(name, among: Self.total): return true
    case _ where trusts(name, among: Self.strict):
      return isPlain && arguments.allSatisfy { $0.isNeverNull(at: node) }
    case _ where trusts(name, among: Self.aggregates):
      return isPlain && node.groups && arguments.allSatisfy { $0.isNeverNull(at: node) }
    default: return false
    }
  }

  private func isNeverNull(_ variable: (alias: String?, column: String), at node: PlanNode) -> Bool
  {
    let found = scans(of: variable.alias, below: node, isOptional: node.mixesRows)
    // Beside a table that was proved empty, and so stands nowhere, its columns have no alias either.
    guard variable.alias != nil || found.count == 1 && !node.joins else { return false }
    return !found.isEmpty
      && found.allSatisfy { scan, isOptional in
        guard !isOptional, let relation = scan.relation else { return false }
        return facts.notNull.contains("\(relation).\(variable.column)")
          || scan.conditions.contains { condition in
            PlanExpression(condition, facts).refusesNull(of: variable.column, scan.alias)
          }
      }
  }

  private func scans(of alias: String?, below node: PlanNode, isOptional: Bool)
    -> [(PlanNode, Bool)]
  {
    var found: [(PlanNode, Bool)] =
      node.alias != nil && (alias == nil || node.alias == alias) ? [(node, isOptional)] : []
    for child in node.children {
      found += scans(
        of: alias, below: child.node,
        isOptional: isOptional || child.isOptional || child.isApart || child.node.mixesRows)
    }
    return found
  }

  /// Whether the condition does not hold where a column of the scanned table is NULL.
  private func refusesNull(of column: String, _ alias: String?) -> Bool {
    guard let inside = unwrapped else { return false }
    let parts = inside.split { $0 == .word("and") }
    if parts.count > 1 { return parts.contains { $0.refusesNull(of: column, alias) } }
    if let (operand, isNot) = inside.nullTest { return isNot && operand.isColumn(column, alias) }
    guard let (left, name, _) = inside.operation, trusts(name, among: Self.comparisons) else {
      return false
    }
    if left.isColumn(column, alias) { return true }
    guard let (value, type) = left.cast, !facts.strangers.contains("cast") else { return false }
    return Self.textTypes.contains(type) && value.isColumn(column, alias)
  }

  private func isColumn(_ column: String, _ alias: String?) -> Bool {
    guard let variable else { return false }
    return variable.column == column && (variable.alias == nil || variable.alias == alias)
  }

  // MARK: Forms

  private var isLiteral: Bool {
    switch tokens[0].kind {
    case .string, .number:
      return tokens.count == 1
        || tokens[1].kind == .symbol(UInt8(ascii: ":")) && isTypeName(from: 2)
    case .word("true"), .word("false"), .word("current_date"), .word("current_timestamp"):
      return tokens.count == 1
    default: return false
    }
  }

  /// `value::type`, where the type's name stands without its bounds.
  private var cast: (value: PlanExpression, type: String)? {
    guard tokens[0].kind == .symbol(UInt8(ascii: "(")), let close = closing(of: 0),
      close + 2 < tokens.count, tokens[close + 1].kind == .symbol(UInt8(ascii: ":")),
      isTypeName(from: close + 2)
    else { return nil }
    let words = tokens[(close + 2)...].prefix { Self.name($0) != nil }
    return (slice(1..<close), words.compactMap(Self.name).joined(separator: " "))
  }

  /// Whether everything from a token on is one type's name.
  private func isTypeName(from start: Int) -> Bool {
    tokens[start...].allSatisfy { token in
      switch token.kind {
      case .word, .quoted, .number: true
      case .symbol(let byte): "().,[]".utf8.contains(byte)
      case .string, .parameter: false
      }
    }
  }

  /// The operand of `IS NULL` or `IS NOT NULL`.
  private var nullTest: (operand: PlanExpression, isNot: Bool)? {
    guard tokens.last?.kind == .word("null"), tokens.count > 2 else { return nil }
    let isNot = tokens[tokens.count - 2].kind == .word("not")
    let place = tokens.count - (isNot ? 3 : 2)
    guard place > 0, tokens[place].kind == .word("is"),
      !tokens[..<place].contains(where: {
        $0.depth == 0 && [.word("and"), .word("or"), .word("not")].contains($0.kind)
      })
    else { return nil }
    return (slice(0..<place), isNot)
  }

  /// One operator between two operands.
  private var operation: (left: PlanExpression, name: String, right: PlanExpression)? {
    let isOperator = { (token: SQLToken) -> Bool in
      guard token.depth == 0, case .symbol(let byte) = token.kind else { return false }
      return "+-*/<>=~!@#%^&|`?".utf8.contains(byte)
    }
    guard let first = tokens.firstIndex(where: isOperator), first > 0 else { return nil }
    let rest = tokens[first...]
    let end = rest.firstIndex { !isOperator($0) } ?? tokens.endIndex
    guard end < tokens.count, !tokens[end...].contains(where: isOperator),
      tokens[end - 1].range.upperBound - tokens[first].range.lowerBound == end - first
    else { return nil }
    return (slice(0..<first), string(first..<end), slice(end..<tokens.count))
  }

  /// A function, its arguments, and whether nothing follows them, such as `OVER` or `FILTER`.
  private var call: (name: String, arguments: [PlanExpression], isPlain: Bool)? {
    guard tokens.count > 2, let name = Self.name(tokens[0]),
      tokens[1].kind == .symbol(UInt8(ascii: "(")), let close = closing(of: 1)
    else { return nil }
    let isPlain = close == tokens.count - 1
    if !isPlain {
      guard case .word(let next) = tokens[close + 1].kind, ["over", "filter"].contains(next) else {
        return nil
      }
    }
    var start = 2
    // TRIM(BOTH FROM x)
    if name == "trim", close > 4, tokens[3].kind == .word("from") { start = 4 }
    guard start < close else { return (name, [], isPlain) }
    let arguments = slice(start..<close).split { $0 == .symbol(UInt8(ascii: ",")) }
    return (name, arguments, isPlain)
  }

  /// What `CASE … END` can come to; `nil` where it has no `ELSE`.
  private var branches: [PlanExpression]? {
    guard tokens.count > 2, tokens[0].kind == .word("case"), tokens.last?.kind == .word("end")
    else { return nil }
    var found: [PlanExpression] = []
    var start: Int?
    var level = 0
    var hasElse = false
    for (index, token) in tokens.enumerated() {
      switch token.kind {
      case .word("case"): level += 1
      case .word("end"):
        level -= 1
        if level == 0 {
          guard index == tokens.count - 1 else { return nil }
          if let start { found.append(slice(start..<index)) }
        }
      case .word("when") where level == 1:
        if let open = start { found.append(slice(open..<index)) }
        start = nil
      case .word("then") where level == 1: start = index + 1
      case .word("else") where level == 1:
        if let open = start { found.append(slice(open..<index)) }
        start = index + 1
        hasElse = true
      default: break
      }
    }
    return hasElse ? found : nil
  }

  private static let textTypes: Set<String> = ["text", "character varying", "character", "bpchar"]
  private static let scalarTypes: Set<String> = [
    "smallint", "integer", "bigint", "numeric", "real", "double precision", "boolean", "date",
    "timestamp without time zone", "timestamp with time zone", "time without time zone", "uuid",
  ]

  /// Whether it is a column of a type whose casts give NULL for NULL only; those of `jsonb` do not.
  private func isPlainScalar(at node: PlanNode) -> Bool {
    guard let variable else { return isLiteral }
    let types: Set<UInt32> = [
      16, 20, 21, 23, 25, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1700, 2950,
    ]
    return scans(of: variable.alias, below: node, isOptional: false).allSatisfy { scan, _ in
      scan.relation.flatMap { facts.types["\($0).\(variable.column)"] }.map(types.contains) == true
    }
  }

  // MARK: Pieces

  private static func name(_ token: SQLToken) -> String? {
    switch token.kind {
    case .word(let name), .quoted(let name): name
    default: nil
    }
  }

  private func closing(of open: Int) -> Int? {
    let depth = tokens[open].depth
    return tokens[(open + 1)...].firstIndex { $0.depth == depth }
      .flatMap { tokens[$0].kind == .symbol(UInt8(ascii: ")")) ? $0 : nil }
  }

  private func string(_ range: Range<Int>) -> String {
    guard let first = tokens[range].first, let last = tokens[range].last else { return "" }
    return String(decoding: bytes[first.range.lowerBound..<last.range.upperBound], as: UTF8.self)
  }

  private func slice(_ range: Range<Int>) -> PlanExpression {
    PlanExpression(string(range), facts)
  }

  /// The parts between tokens of a kind that stand outside parentheses.
  private func split(_ isSeparator: (SQLToken.Kind) -> Bool) -> [PlanExpression] {
    var parts: [PlanExpression] = []
    var start = 0
    for (index, token) in tokens.enumerated() where token.depth == 0 && isSeparator(token.kind) {
      parts.append(slice(start..<index))
      start = index + 1
    }
    parts.append(slice(start..<tokens.count))
    return parts
  }
}
