import ArgumentParser
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
      "Only the records with these keys, written as in the reports, e.g. 1/1042 1/1043.",
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
      let help =
        key.isLinked
        ? "its object is linked; whether the key has gone is decided when all rows are looked at"
        : "write it as the reports do, its columns joined by `/`, e.g. 1/1042"
      Terminal.complain("error: no row has the key `\(key.key)`\n  = help: \(help)")
    }
  }

  static func complain(ofExamples keys: [String]) {
    for key in keys {
      Terminal.complain(
        "error: no example has the key `\(key)`\n  = help: an example's key is made of its row, as in a run"
      )
    }
  }
}
