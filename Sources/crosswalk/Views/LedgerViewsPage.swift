import Engine
import JSON

/// The views of the ledger, with their columns and what these mean.
enum LedgerViewsPage {
  static var text: String {
    LedgerView.all.map { view in
      let width = view.columns.map(\.name.count).max() ?? 0
      let lines = view.columns.map { column in
        "  " + column.name + String(repeating: " ", count: width - column.name.count + 2)
          + column.meaning
      }
      return (["\(view.name): \(view.meaning)"] + lines).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  static var json: JSON {
    [
      "views": .array(
        LedgerView.all.map { view in
          [
            "name": .string(view.name), "meaning": .string(view.meaning),
            "columns": .array(
              view.columns.map { ["name": .string($0.name), "meaning": .string($0.meaning)] }),
          ]
        })
    ]
  }
}
