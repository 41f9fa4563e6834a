/// Turns an expression's text into a syntax tree.
struct Parser {
  private let tokens: [Token]
  private var position = 0
  private var nesting = 0

  /// Levels of nesting, which also bounds the stack that later stages use.
  static let maximumDepth = 160
  static let maximumLength = 65_536

  static func parse(_ text: String) throws(Issue) -> SyntaxTree {
    let bytes = Array(text.utf8)
    guard bytes.count <= maximumLength else {
      throw Issue(
        range: 0..<bytes.count, kind: .tooDeep,
        message: "the expression is longer than \(maximumLength) bytes")
    }
    var parser = Parser(tokens: try Lexer.tokens(of: bytes))
    let tree = try parser.expression()
    guard parser.current == .end else { throw parser.unexpected("the end of the expression") }
    return tree
  }

  private init(tokens: [Token]) {
    self.tokens = tokens
  }

  // MARK: Tokens

  private var token: Token { tokens[position] }
  private var current: Token.Kind { tokens[position].kind }
  private var previousEnd: Int { tokens[max(position - 1, 0)].range.upperBound }

  private func isMark(_ mark: String) -> Bool {
    if case .mark(let found) = current { found == mark } else { false }
  }

  private mutating func take(_ mark: String) -> Bool {
    guard isMark(mark) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ mark: String) throws(Issue) {
    guard take(mark) else { throw unexpected("`\(mark)`") }
  }

  private func unexpected(_ wanted: String) -> Issue {
    switch current {
    case .end:
      return Issue(
        range: token.range, kind: .syntax,
        message: tokens.count == 1
          ? "the expression is empty" : "the expression ends where \(wanted) was expected")
    case .mark(let mark):
      return Issue(
        range: token.range, kind: .syntax, message: "found `\(mark)` where \(wanted) was expected",
        help: ForeignNames.help(of: tokens[max(position - 1, 0)], token))
    case .identifier(let name):
      let help: String? =
        switch name {
        case "and": "“and” is `&&`"
        case "or": "“or” is `||`"
        case "not": "“not” is `!`"
        default: nil
        }
      return Issue(
        range: token.range, kind: .syntax, message: "found `\(name)` where \(wanted) was expected",
        help: help)
    default:
      return Issue(
        range: token.range, kind: .syntax, message: "found a literal where \(wanted) was expected")
    }
  }

  // MARK: Operators

  private func tree(
    _ kind: SyntaxTree.Kind, from start: Int
  ) throws(Issue) -> SyntaxTree {
    let tree = SyntaxTree(kind, start..<previousEnd)
    guard tree.depth <= Self.maximumDepth else { throw tooDeep(tree.range) }
    return tree
  }

  private func tooDeep(_ range: Range<Int>) -> Issue {
    Issue(
      range: range, kind: .tooDeep,
      message: "the expression is nested deeper than \(Self.maximumDepth) levels")
  }

  private mutating func expression() throws(Issue) -> SyntaxTree {
    nesting += 1
    defer { nesting -= 1 }
    guard nesting <= Self.maximumDepth else { throw tooDeep(token.range) }
    let start = token.range.lowerBound
    let condition = try logical(isAnd: false)
    guard take("?") else { return condition }
    // A name with a dot before it can begin an expression, but `?.` is another language's.
    if isMark("."), previousEnd == token.range.lowerBound { throw unexpected("an expression") }
    let yes = try logical(isAnd: false)
    try expect(":")
    let no = try expression()
    return try tree(.conditional(condition, yes, no), from: start)
  }

  private mutating func logical(isAnd: Bool) throws(Issue) -> SyntaxTree {
    let start = token.range.lowerBound
    let mark = isAnd ? "&&" : "||"
    let first = isAnd ? try binary(minimum: 1) : try logical(isAnd: true)
    guard isMark(mark) else { return first }
    var terms = [first]
    while take(mark) {
      terms.append(isAnd ? try binary(minimum: 1) : try logical(isAnd: true))
    }
    return try tree(.logical(isAnd: isAnd, terms), from: start)
  }

  private static func precedence(_ mark: String) -> Int {
    switch mark {
    case "==", "!=", "<", "<=", ">", ">=", "in": 1
    case "+", "-": 2
    case "*", "/", "%": 3
    default: 0
    }
  }

  private var binaryOperator: String? {
    switch current {
    case .mark(let mark) where Self.precedence(mark) > 0: mark
    case .identifier("in"): "in"
    default: nil
    }
  }

  private mutating func binary(minimum: Int) throws(Issue) -> SyntaxTree {
    let start = token.range.lowerBound
    var left = try unary()
    while let mark = binaryOperator, Self.precedence(mark) >= minimum {
      position += 1
      let right = try binary(minimum: Self.precedence(mark) + 1)
      left = try tree(
        .call(Operators.binary(mark), target: nil, arguments: [left, right]), from: start)
    }
    return left
  }

  private mutating func unary() throws(Issue) -> SyntaxTree {
    var signs: [(mark: String, start: Int)] = []
    while isMark("!") || isMark("-") {
      guard case .mark(let mark) = current else { break }
      if let first = signs.first, first.mark != mark { throw unexpected("an operand") }
      signs.append((mark, token.range.lowerBound))
      position += 1
    }
    var isNegative = false
    if signs.last?.mark == "-" {
      switch current {
      case .int, .double:
        isNegative = true
        signs.removeLast()
      default: break
      }
    }
    var operand = try member(isNegative: isNegative)
    // An even number of signs is not the same as none: `!!1` has to fail.
    for sign in signs.reversed() {
      operand = try tree(
        .call(Operators.unary(sign.mark), target: nil, arguments: [operand]), from: sign.start)
    }
    return operand
  }

  // MARK: Members

  private mutating func member(isNegative: Bool) throws(Issue) -> SyntaxTree {
    let start = isNegative ? tokens[position - 1].range.lowerBound : token.range.lowerBound
    var operand = try primary(isNegative: isNegative)
    while true {
      if take(".") {
        let isOptional = take("?")
        let nameRange = token.range
        let (name, isQuoted) = try fieldName()
        if !isOptional, !isQuoted, take("(") {
          let arguments = try self.arguments()
          operand = try call(
            name, nameRange, target: operand, arguments: arguments, from: start)
        } else {
          operand = try tree(
            .select(operand, field: name, isOptional: isOptional), from: start)
        }
      } else if take("[") {
        let isOptional = take("?")
        let index = try expression()
        try expect("]")
        let name = isOptional ? Operators.optionalIndex : Operators.index
        operand = try tree(.call(name, target: nil, arguments: [operand, index]), from: start)
      } else if isMark("{"), let name = operand.qualifiedName {
        operand = try message(name, from: start)
      } else {
        return operand
      }
    }
  }

  private mutating func fieldName() throws(Issue) -> (name: String, isQuoted: Bool) {
    switch current {
    case .identifier(let name) where !["in", "true", "false", "null"].contains(name):
      position += 1
      return (name, false)
    case .quoted(let name):
      position += 1
      return (name, true)
    default:
      throw unexpected("a field name")
    }
  }

  private mutating func arguments() throws(Issue) -> [SyntaxTree] {
    var arguments: [SyntaxTree] = []
    if take(")") { return arguments }
    repeat {
      arguments.append(try expression())
    } while take(",")
    try expect(")")
    return arguments
  }

  private mutating func primary(isNegative: Bool) throws(Issue) -> SyntaxTree {
    let start = isNegative ? tokens[position - 1].range.lowerBound : token.range.lowerBound
    switch current {
    case .int(let magnitude):
      position += 1
      return try tree(.literal(try integer(magnitude, isNegative, start)), from: start)
    case .uint(let value):
      position += 1
      return try tree(.literal(.uint(value)), from: start)
    case .double(let value):
      position += 1
      return try tree(.literal(.double(isNegative ? -value : value)), from: start)
    case .string(let value):
      position += 1
      return try tree(.literal(.string(value)), from: start)
    case .bytes(let value):
      position += 1
      return try tree(.literal(.bytes(value)), from: start)
    case .identifier(let name):
      return try identifier(name, isRoot: false, from: start)
    case .mark("."):
      position += 1
      guard case .identifier(let name) = current else { throw unexpected("a name") }
      return try identifier(name, isRoot: true, from: start)
    case .mark("("):
      position += 1
      let inner = try expression()
      try expect(")")
      return SyntaxTree(parenthesized: inner, start..<previousEnd)
    case .mark("["): return try list(from: start)
    case .mark("{"): return try map(from: start)
    default: throw unexpected("an expression")
    }
  }

  private func integer(
    _ magnitude: UInt64, _ isNegative: Bool, _ start: Int
  ) throws(Issue) -> Value {
    if isNegative, magnitude == Int64.min.magnitude { return .int(.min) }
    guard let value = Int64(exactly: magnitude) else {
      throw Issue(
        range: start..<previousEnd, kind: .syntax,
        message: "`\(isNegative ? "-" : "")\(magnitude)` does not fit an int of 64 bits",
        help: isNegative ? nil : "an unsigned number ends in `u`")
    }
    return .int(isNegative ? -value : value)
  }

  private mutating func identifier(
    _ name: String, isRoot: Bool, from start: Int
  ) throws(Issue) -> SyntaxTree {
    let nameRange = token.range
    if !isRoot {
      let literal: Value? =
        switch name {
        case "true": .bool(true)
        case "false": .bool(false)
        case "null": .null
        default: nil
        }
      if let literal {
        position += 1
        return try tree(.literal(literal), from: start)
      }
    }
    guard !Self.reserved.contains(name) else {
      throw Issue(
        range: nameRange, kind: .syntax, message: "`\(name)` is a reserved word, not a name")
    }
    position += 1
    guard take("(") else { return try tree(.name(name, isRoot: isRoot), from: start) }
    let arguments = try self.arguments()
    return try call(
      isRoot ? "." + name : name, nameRange, target: nil, arguments: arguments, from: start)
  }

  private static let reserved: Set<String> = [
    "as", "break", "const", "continue", "else", "false", "for", "function", "if", "import", "in",
    "let", "loop", "null", "package", "namespace", "return", "true", "var", "void", "while",
  ]

  private mutating func call(
    _ name: String, _ nameRange: Range<Int>, target: SyntaxTree?, arguments: [SyntaxTree],
    from start: Int
  ) throws(Issue) -> SyntaxTree {
    let macro = Macro(name: name, range: nameRange, target: target, arguments: arguments)
    let kind = try macro.expanded() ?? .call(name, target: target, arguments: arguments)
    return try tree(kind, from: start)
  }

  // MARK: Collections

  private mutating func list(from start: Int) throws(Issue) -> SyntaxTree {
    position += 1
    var elements: [SyntaxTree.Element] = []
    while !isMark("]") {
      let isOptional = take("?")
      elements.append(.init(value: try expression(), isOptional: isOptional))
      if !take(",") { break }
    }
    try expect("]")
    return try tree(.list(elements), from: start)
  }

  private mutating func map(from start: Int) throws(Issue) -> SyntaxTree {
    position += 1
    var entries: [SyntaxTree.Entry] = []
    while !isMark("}") {
      let isOptional = take("?")
      let key = try expression()
      try expect(":")
      entries.append(.init(key: key, value: try expression(), isOptional: isOptional))
      if !take(",") { break }
    }
    try expect("}")
    return try tree(.map(entries), from: start)
  }

  private mutating func message(_ name: String, from start: Int) throws(Issue) -> SyntaxTree {
    position += 1
    while !isMark("}") {
      _ = take("?")
      _ = try fieldName()
      try expect(":")
      _ = try expression()
      if !take(",") { break }
    }
    try expect("}")
    return try tree(.message(name), from: start)
  }
}

extension SyntaxTree {
  /// The same expression with the range of its parentheses.
  fileprivate init(parenthesized inner: SyntaxTree, _ range: Range<Int>) {
    kind = inner.kind
    depth = inner.depth
    self.range = range
  }

  /// `a.b.c` as one name, when the expression is nothing but names and dots.
  var qualifiedName: String? {
    switch kind {
    case .name(let name, let isRoot): isRoot ? "." + name : name
    case .select(let operand, let field, false):
      operand.qualifiedName.map { "\($0).\(field)" }
    default: nil
    }
  }
}
