import ArgumentParser
import Diagnostics
import Engine
import Operations

/// Which mappings, and which of their records, a command works on.
struct SelectionOptions: ParsableArguments {
  @Argument(
    help:
      "Only these mappings: names, files without `.yaml`, or patterns of either, e.g. 'people/*'."
  )
  var mappings: [String] = []
  @Option(
    help: ArgumentHelp(
      "Leave out this mapping, or those of a pattern; may be repeated.", valueName: "mapping"))
  var except: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Only the records with these keys, written as in the reports, e.g. 1/1042 1/1043. Name mappings before it.",
      valueName: "key"))
  var only: [String] = []
  @Option(
    help: ArgumentHelp("Only the record with this key; may be repeated.", valueName: "key"))
  var key: [String] = []

  var selection: Selection {
    var keys: [String] = []
    for key in only + key where !keys.contains(where: { $0.utf8.elementsEqual(key.utf8) }) {
      keys.append(key)
    }
    return Selection(mappings, except: except, keys: keys)
  }
}

/// What a command says of keys that were chosen and that nothing has.
enum MissingKeys {
  static func complain(_ keys: [MappingReport.MissingKey]) {
    for key in keys {
      let words = VisibleText.escaped(key.key)
      let problem =
        key.isUnplanned
        ? "the plan says nothing of the key `\(words)`" : "no row has the key `\(words)`"
      Terminal.complain("error: \(problem)\n  = help: \(help(key, words))")
    }
  }

  private static func help(_ key: MappingReport.MissingKey, _ words: String) -> String {
    if key.isMapping {
      return
        "`\(words)` is a mapping, and what follows `--only` are keys: name mappings before it, "
        + "e.g. `\(words) --only KEY`"
    }
    if key.isUnplanned {
      return "make a plan that says something of it: `crosswalk plan --out FILE --only \(words)`"
    }
    return key.isLinked
      ? "its object is linked; whether the key has gone is decided when all rows are looked at"
      : "write it as the reports do, its columns joined by `/`, e.g. 1/1042"
  }

  /// What a run's last line says of them.
  ///
  /// - Parameter isAll: Whether nothing else was worked on.
  static func sentence(_ keys: [MappingReport.MissingKey], isAll: Bool) -> String {
    let unplanned = keys.filter(\.isUnplanned)
    let unknown = keys.filter { !$0.isUnplanned }
    if isAll {
      var reasons: [String] = []
      if !unknown.isEmpty {
        reasons.append(
          "no row has \(unknown.count == 1 ? "the key" : "one of the keys") \(names(unknown))")
      }
      if !unplanned.isEmpty { reasons.append("the plan says nothing of \(names(unplanned))") }
      return (unknown.isEmpty ? "Nothing was sent: " : "Nothing was done: ")
        + reasons.joined(separator: ", and ") + "."
    }
    let parts = [(unknown, "which nothing has"), (unplanned, "of which the plan says nothing")]
      .filter { !$0.0.isEmpty }.map { keys, words in
        "for \(keys.count == 1 ? "the key" : "the keys") \(names(keys)), \(words)"
      }
    return "Done, but " + parts.joined(separator: ", and ") + "."
  }

  private static func names(_ keys: [MappingReport.MissingKey]) -> String {
    keys.map { "`\(VisibleText.escaped($0.key))`" }.joined(separator: ", ")
  }

  static func complain(ofExamples keys: [String]) {
    for key in keys {
      Terminal.complain(
        "error: no example has the key `\(key)`\n  = help: an example's key is made of its row, as in a run"
      )
    }
  }
}
