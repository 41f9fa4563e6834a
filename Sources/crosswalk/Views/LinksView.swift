import Diagnostics
import Engine
import JSON
import Operations

/// Which object belongs to which key.
enum LinksView {
  static func text(_ records: [LinkRecord], of mapping: String) -> String {
    guard !records.isEmpty else { return "\(mapping) has no links" }
    let lines = records.map { record in
      let link = record.link
      let state =
        switch (link.state, link.absences) {
        case (.inactive, _): "  given up"
        case (.active, 0): ""
        case (.active, let absences): "  absent in \(absences.counted("read"))"
        }
      return "  \(link.key)  \(link.targetID)\(state)"
    }
    let resources = Set(records.map(\.resource)).sorted().joined(separator: ", ")
    return (["\(mapping): \(records.count.counted("link")) to \(resources)"] + lines)
      .joined(separator: "\n")
  }

  static func json(_ records: [LinkRecord], of mapping: String) -> JSON {
    [
      "mapping": .string(mapping),
      "links": .array(
        records.map { record in
          [
            "key": .string(record.link.key.description), "resource": .string(record.resource),
            "target_id": .string(record.link.targetID),
            "state": .string(record.link.state == .active ? "active" : "inactive"),
            "absences": .integer(Int64(record.link.absences)),
          ]
        }),
    ]
  }
}
