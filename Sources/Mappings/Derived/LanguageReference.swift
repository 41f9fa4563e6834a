/// The reference page of the language in Markdown: every kind of file, every key.
public func languageReference() -> String {
  var page = ReferencePage()
  return page.write()
}

private struct ReferencePage {
  private var text = ""
  private var written: Set<String> = []
  private var waiting: [ObjectShape] = []

  mutating func write() -> String {
    text = """
      # The language of the files

      This page is made from the code that reads the files; `crosswalk schema export` writes the same as JSON Schema.
      Files are YAML 1.2. Unknown keys, duplicate keys, tags and merge keys are errors; a file has at most 1 MiB.

      A duration is a number and a unit: `500ms`, `10s`, `2m`, `1h`. So is a size: `500KiB`, `10MiB`, `1GiB`. A setting is text in which `${NAME}` stands for an
      environment variable, `${NAME:-default}` for one with a default, and `${secret:NAME}` for a secret, which comes from
      the environment or from a file of that name in the folder of secrets; `$${` stands for the text `${`.

      """
    for kind in FileKind.allCases {
      text += "\n## \(Self.title(of: kind))\n\n"
      write(kind.shape)
      while !waiting.isEmpty {
        let shape = waiting.removeFirst()
        text += "\n### \(shape.name)\n\n"
        write(shape)
      }
    }
    return text
  }

  private static func title(of kind: FileKind) -> String {
    switch kind {
    case .project: "The project: `crosswalk.yaml`"
    case .source: "A source: `sources/*.yaml`"
    case .target: "A target: `targets/*.yaml`"
    case .mapping: "A mapping: every other `*.yaml`"
    case .table: "A source's snapshot, of a table: `tables/*.yaml`"
    case .query: "A source's snapshot, of a mapping's query: `queries/*.yaml`"
    }
  }

  private mutating func write(_ shape: ObjectShape) {
    text += shape.summary + "\n\n"
    for group in shape.exactlyOne {
      text += "Exactly one of \(group.map { "`\($0)`" }.joined(separator: ", ")) is there.\n\n"
    }
    text += "| key | takes | default | |\n|---|---|---|---|\n"
    for key in shape.keys { write(key) }
    for key in shape.keys {
      guard case .choice(let choices) = key.shape, choices.contains(where: { !$0.summary.isEmpty })
      else { continue }
      text += "\n`\(key.key)`:\n\n"
      for choice in choices { text += "- `\(choice.word)`: \(choice.summary)\n" }
    }
  }

  private mutating func write(_ key: KeyShape) {
    let presence =
      switch key.presence {
      case .required: "**required**"
      case .optional: ""
      case .defaulted(let value): "`\(Self.cell(value))`"
      }
    var summary = key.summary
    if let example = key.example { summary += " Example: `\(example)`" }
    text += "| `\(key.key)` | \(Self.cell(words(for: key.shape))) | \(presence) | "
    text += "\(Self.cell(summary)) |\n"
  }

  /// What a value is, with links to the objects inside, which are written out later.
  private mutating func words(for shape: Shape) -> String {
    switch shape {
    case .object(let object):
      if written.insert(object.name).inserted { waiting.append(object) }
      return "[\(object.name)](#\(object.name))"
    case .list(let element, _, _): return "list of: " + words(for: element)
    case .oneOrMany(let element, _): return words(for: element) + ", or a list of it"
    case .map(let key, let value): return "\(key) → \(words(for: value))"
    case .oneOf(let shapes):
      var parts: [String] = []
      for shape in shapes { parts.append(words(for: shape)) }
      return parts.joined(separator: ", or ")
    default: return shape.phrase
    }
  }

  private static func cell(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if scalar == "|" { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result
  }
}
