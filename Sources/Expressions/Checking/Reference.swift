/// What a test settles: a part of an expression that has the same value wherever it stands in the same row, such as a
/// column, a member of it, or a function of those.
struct Reference: Hashable {
  /// The part, written so that equal parts have equal bytes. Swift takes texts for equal whose bytes differ.
  private let text: [UInt8]
  /// The loop variables that it reads.
  let locals: Set<Int>

  /// `nil` for what is not compared: literals, loops, and what has a scope of its own.
  init?(_ tree: ResolvedTree) {
    if case .constant = tree.kind { return nil }
    guard let reference = Self.part(tree) else { return nil }
    self = reference
  }

  private init(_ text: String, locals: Set<Int> = []) {
    self.init(Array(text.utf8), locals: locals)
  }

  private init(_ text: [UInt8], locals: Set<Int>) {
    self.text = text
    self.locals = locals
  }

  private static func part(_ tree: ResolvedTree) -> Reference? {
    switch tree.kind {
    case .constant(let value): Reference("\(value.typeName) \(value.text.debugDescription)")
    case .variable(let slot): Reference("variable \(slot)")
    case .local(let local): Reference("local \(local)", locals: [local])
    case .select(let operand, let field): joined("select \(field.debugDescription)", [operand])
    case .optionalSelect(let operand, let field):
      joined("optional \(field.debugDescription)", [operand])
    case .call(let function, let arguments): joined("call \(function.name)", arguments)
    case .failure, .has, .conditional, .logical, .list, .map, .loop, .bind, .optionalMap: nil
    }
  }

  private static func joined(_ head: String, _ operands: [ResolvedTree]) -> Reference? {
    var text = Array((head + "(").utf8)
    var locals: Set<Int> = []
    for operand in operands {
      guard let part = part(operand) else { return nil }
      text += part.text + [UInt8(ascii: ";")]
      locals.formUnion(part.locals)
    }
    return Reference(text + [UInt8(ascii: ")")], locals: locals)
  }
}
