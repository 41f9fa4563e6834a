import Diagnostics
import Documents

extension Diagnostic {
  static func notASchema(_ node: Node) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaUnusable, "this is not a schema", at: node.range.beginning,
      label: "an object is expected", help: ["write `{ \"type\": \"object\", … }`"])
  }

  static func keywordUnsupported(_ entry: Node.Entry, known: [String]) -> Diagnostic {
    let name = entry.name
    let instead: String? =
      switch name {
      case "definitions": "$defs"
      case "id": "$id"
      case "dependencies": "dependentRequired"
      case "additionalItems": "items"
      default: closest(to: name, in: known)
      }
    var help = ["leave it out, or begin its name with `x-` if it is a remark"]
    if let instead { help.insert("did you mean `\(instead)`?", at: 0) }
    if name == "nullable" { help = ["write `\"type\": [\"string\", \"null\"]`"] }
    return Diagnostic(
      ProgramCodes.schemaKeyword, "the keyword `\(name)` is not supported", at: entry.key.range,
      label: "what it says would not be checked", help: help)
  }

  static func keywordMalformed(_ entry: Node.Entry, _ wanted: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaValue, "`\(entry.name)` takes \(wanted)", at: entry.value.range.firstLine,
      help: ["write \(wanted)"])
  }

  static func typeUnknown(_ node: Node) -> Diagnostic {
    let types = SchemaNode.Kind.allCases.map(\.rawValue)
    let near = node.scalar.flatMap { closest(to: $0.text, in: types) }
    return Diagnostic(
      ProgramCodes.schemaValue, "\(node.range.firstLine.text) is not a type",
      at: node.range.firstLine,
      help: [
        near.map { "did you mean `\($0)`?" } ?? "the types are \(types.joined(separator: ", "))"
      ]
    )
  }

  static func branchWithoutIf(_ entry: Node.Entry) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaValue, "`\(entry.name)` means nothing without `if`", at: entry.key.range,
      help: ["put `if` next to it, or leave it out"])
  }

  static func patternUnusable(_ entry: Node.Entry, _ reason: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaPattern, reason, at: entry.value.range,
      help: ["write it in RE2's syntax, which has no look-around and no back references"])
  }

  static func referenceUnknown(_ entry: Node.Entry, _ place: String, _ root: Node) -> Diagnostic {
    let names = root["$defs"]?.entries?.map { "#/$defs/\($0.name)" } ?? []
    let isLocal = place.hasPrefix("#")
    return Diagnostic(
      ProgramCodes.schemaReference,
      isLocal
        ? "`\(place)` leads to nothing in this file" : "`\(place)` leads out of this file",
      at: entry.value.range,
      help: [
        isLocal
          ? closest(to: place, in: names).map { "did you mean `\($0)`?" }
            ?? "write `#/$defs/name` and declare it under `$defs`"
          : "copy what it leads to under `$defs`, and write `#/$defs/name`"
      ])
  }

  static func referenceCircular(_ entry: Node.Entry, _ place: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaReference, "`\(place)` leads back to itself", at: entry.value.range,
      help: ["write out as many levels as the target's bodies have"])
  }

  static func schemaTooLarge(_ node: Node) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaReference, "the references of this file come to more than 20,000 schemas",
      at: node.range.beginning, help: ["repeat less by references that hold references"])
  }

  static func comparisonUnknown(
    _ entry: Node.Entry, _ node: Node, known: [String], _ use: String
  ) -> Diagnostic {
    let near = node.scalar.flatMap { closest(to: $0.text, in: known) }
    let words = known.map { "`\($0)`" }.joined(separator: ", ")
    return Diagnostic(
      ProgramCodes.schemaComparison, "`\(entry.name)` does not know \(node.range.firstLine.text)",
      at: node.range.firstLine, label: "values would be compared without it",
      help: [near.map { "did you mean `\($0)`?" } ?? "write \(words), \(use)"])
  }

  static func comparisonUseless(_ entry: Node.Entry, _ reason: String) -> Diagnostic {
    Diagnostic(
      ProgramCodes.schemaComparison, "`\(entry.name)` says nothing here: \(reason)",
      at: entry.value.range.firstLine, help: ["correct it, or leave `\(entry.name)` out"])
  }

  static func formatUnknown(_ entry: Node.Entry, _ name: String) -> Diagnostic {
    let near = closest(to: name, in: FieldFormat.words.keys.sorted())
    return Diagnostic(
      ProgramCodes.schemaFormat, severity: .warning, "the format `\(name)` is not checked",
      at: entry.value.range,
      help: [
        near.map { "did you mean `\($0)`?" }
          ?? "add a `pattern`, or name it `x-format` as a remark"
      ])
  }
}

extension SourceRange {
  /// The first byte, for things too long to underline.
  fileprivate var beginning: SourceRange {
    SourceRange(file: file, start: start, end: Swift.min(end, start + 1))
  }

  /// What stands on the first line.
  fileprivate var firstLine: SourceRange {
    let stop = file.bytes[start..<end].firstIndex(of: UInt8(ascii: "\n")) ?? end
    return SourceRange(file: file, start: start, end: stop)
  }
}
