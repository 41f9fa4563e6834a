import Diagnostics
import Documents

/// A kind of value: what it looks like, and how it is read.
struct Kind<Value>: Sendable {
  let shape: Shape
  /// Nil when the node is not of this kind, with the reasons in the reading's diagnostics.
  let read: @Sendable (Node, inout Reading) -> Value?
}

/// A key of a mapping, specified once: reader, JSON Schema and reference page all come from here.
struct FieldSpec<Value: Sendable>: Sendable {
  let key: KeyShape
  let kind: Kind<Value>

  static func required(
    _ key: String, _ kind: Kind<Value>, _ summary: String, example: String? = nil
  ) -> FieldSpec {
    FieldSpec(key, kind, .required, summary, example)
  }

  static func optional(
    _ key: String, _ kind: Kind<Value>, _ summary: String, example: String? = nil
  ) -> FieldSpec {
    FieldSpec(key, kind, .optional, summary, example)
  }

  /// `written` is the default as a person would write it.
  static func defaulted(
    _ key: String, _ kind: Kind<Value>, _ value: Value, written: String, _ summary: String,
    example: String? = nil
  ) -> DefaultedFieldSpec<Value> {
    DefaultedFieldSpec(
      spec: FieldSpec(key, kind, .defaulted(written), summary, example), value: value)
  }

  private init(
    _ key: String, _ kind: Kind<Value>, _ presence: KeyShape.Presence,
    _ summary: String, _ example: String?
  ) {
    self.key = KeyShape(
      key: key, shape: kind.shape, presence: presence, summary: summary, example: example)
    self.kind = kind
  }
}

/// A key that has a value when it is not written: the one place that says which.
struct DefaultedFieldSpec<Value: Sendable>: Sendable {
  let spec: FieldSpec<Value>
  let value: Value

  var key: KeyShape { spec.key }
}

/// A mapping with fixed keys, and what is made of their values.
struct ObjectSpec<Model>: Sendable {
  let shape: ObjectShape
  let build: @Sendable (inout Fields) -> Model?

  /// `otherwise`: what to write for what none of the keys says.
  init(
    _ name: String, _ summary: String, exactlyOne: [[String]] = [], otherwise: String? = nil,
    keys: [KeyShape], build: @escaping @Sendable (inout Fields) -> Model?
  ) {
    shape = ObjectShape(
      name: name, summary: summary, keys: keys, exactlyOne: exactlyOne, otherwise: otherwise)
    self.build = build
  }

  var kind: Kind<Model> {
    Kind(shape: .object(shape)) { node, reading in
      guard node.entries != nil else {
        reading.reportWrongType(node, .object(self.shape))
        return nil
      }
      var fields = Fields(node, shape: self.shape, reading: reading)
      let model = self.build(&fields)
      reading = fields.reading
      return model
    }
  }
}

/// The keys of one mapping while they are read.
struct Fields {
  let node: Node
  var reading: Reading
  private let shape: ObjectShape
  /// What the object is a value of, to be blamed for keys that are missing.
  private let owner: SourceRange

  init(_ node: Node, shape: ObjectShape, reading: Reading) {
    self.node = node
    self.shape = shape
    self.reading = reading
    owner = reading.subjectRange ?? node.entries?.first?.key.range ?? node.range
    checkKeys()
  }

  var file: SourceFile { node.range.file }

  func has(_ key: String) -> Bool { node.entry(key) != nil }

  func keyRange(_ key: String) -> SourceRange { node.entry(key)?.key.range ?? owner }

  /// The value of a key, or its default, also where what is written is wrong and has been reported.
  mutating func read<Value>(_ defaulted: DefaultedFieldSpec<Value>) -> Value {
    read(defaulted.spec) ?? defaulted.value
  }

  /// The value of a key; nil when it is missing or wrong.
  ///
  /// Every key of an object is read before anything is made of it, so that all its mistakes are reported at once.
  mutating func read<Value>(_ spec: FieldSpec<Value>) -> Value? {
    guard let entry = node.entry(spec.key.key) else {
      if case .required = spec.key.presence { reportMissing(spec.key) }
      return nil
    }
    let subject = (reading.subject, reading.subjectRange)
    defer { (reading.subject, reading.subjectRange) = subject }
    reading.subject = spec.key.key
    reading.subjectRange = entry.key.range
    if entry.value.isNull, !spec.kind.shape.takesNull || entry.value.scalar?.text.isEmpty == true {
      reading.report(
        Codes.missingKey, "`\(spec.key.key)` has no value", at: entry.key.range,
        help: ["write \(spec.kind.shape.phrase)" + Self.example(of: spec.key)])
      return nil
    }
    return spec.kind.read(entry.value, &reading)
  }

  private mutating func reportMissing(_ key: KeyShape) {
    // What stands there instead has been reported, with what to write.
    let isInstead = node.entries?.contains { entry in
      !shape.keys.contains { $0.key.utf8.elementsEqual(entry.name.utf8) }
    }
    if shape.otherwise != nil, isInstead == true { return }
    reading.report(
      Codes.missingKey, "the key `\(key.key)` is missing", at: owner,
      label: "in this \(shape.name.replacingDashes)",
      help: ["add `\(key.key)`, \(key.shape.phrase)" + Self.example(of: key)])
  }

  private static func example(of key: KeyShape) -> String {
    key.example.map { ": `\(key.key): \($0)`" } ?? ""
  }

  /// What stands behind a comma in unquoted text: several words without a value, taken for a key.
  private var leftOver: Node.Entry? {
    guard node.range.start < file.bytes.count, file.bytes[node.range.start] == UInt8(ascii: "{")
    else { return nil }
    return node.entries?.first { entry in
      entry.value.range.start == entry.value.range.end && entry.key.scalar?.style == .plain
        && entry.name.utf8.contains(UInt8(ascii: " "))
        && !shape.keys.contains { $0.key.utf8.elementsEqual(entry.name.utf8) }
    }
  }

  private mutating func checkKeys() {
    if let rest = leftOver {
      reading.report(
        Codes.flowText, "unquoted text ends at `,` inside `{ … }`", at: rest.key.range,
        label: "this is taken for a key",
        help: ["quote the whole text, or write it on its own line"])
      return
    }
    let unknown = (node.entries ?? []).filter { entry in
      !shape.keys.contains { $0.key.utf8.elementsEqual(entry.name.utf8) }
    }
    // Two that look like the same key cannot both become it.
    let others = unknown.isEmpty ? [] : shape.keys.map(\.key).filter { !has($0) }
    let wanted = unknown.map { onlyClosest(to: $0.name, in: others) }
    for (entry, meant) in zip(unknown, wanted) {
      let near = closest(to: entry.name, in: others)
      reading.report(
        Codes.unknownKey, "`\(entry.name)` is not a key of a \(shape.name.replacingDashes)",
        at: entry.key.range,
        help: [
          near.map { "did you mean `\($0)`?" }
            ?? "the \(shape.keys.count == 1 ? "only key is" : "keys are") "
            + shape.keys.map { "`\($0.key)`" }.joined(separator: ", ")
            + (shape.otherwise.map { "; \($0)" } ?? "")
        ],
        fix: meant.flatMap { meant in
          wanted.count { $0 == meant } == 1
            ? Diagnostic.Fix(entry.key.range, replacement: meant) : nil
        })
    }
    for group in shape.exactlyOne {
      let present = group.filter(has)
      let names = group.map { "`\($0)`" }
      if present.count > 1 {
        reading.report(
          Codes.exclusiveKeys, "\(names.joined(separator: " and ")) exclude each other",
          at: keyRange(present[1]), notes: [Diagnostic.Note("also here", at: keyRange(present[0]))],
          help: ["keep one of them"])
      } else if present.isEmpty {
        reading.report(
          Codes.exclusiveKeys, "one of \(names.joined(separator: ", ")) is needed", at: owner,
          label: "in this \(shape.name.replacingDashes)")
      }
    }
  }
}

extension String {
  /// The name of a shape, in words.
  var replacingDashes: String { split(separator: "-").joined(separator: " ") }
}

extension Shape {
  /// Whether null is a value of the key and not a lack of one.
  fileprivate var takesNull: Bool {
    switch self {
    case .json: true
    case .choice(let choices): choices.contains { $0.word == "null" }
    default: false
    }
  }
}
