import Diagnostics
import Engine
import JSON
import Operations

/// Where the ledger is, and what it holds.
enum LedgerInfoView {
  static func text(_ info: LedgerInfo) -> String {
    let summary = info.summary
    var rows = [
      ("id", info.id), ("format", String(summary.format)), ("writes", info.writes.description),
      (
        "links",
        "\(summary.links.grouped)"
          + (summary.inactiveLinks > 0 ? ", \(summary.inactiveLinks.grouped) of them given up" : "")
      ),
      (
        "history",
        "\(summary.changes.counted("change")), \(summary.endedIntents.counted("write")), "
          + summary.runs.counted("run") + (summary.oldest.map { ", since \($0.moment)" } ?? "")
      ),
      (
        "keep",
        info.keep.map { Int($0 / .seconds(86_400)).counted("day") }
          ?? "for good; `ledger: { keep: 400d }` limits it"
      ),
      (
        "open",
        "\(summary.openIntents.counted("write")) of unknown outcome or quarantined, "
          + summary.failures.counted("failure")
      ),
    ]
    if let size = summary.size {
      let free = summary.free.map { $0 > 0 ? ", \(bytes($0)) of them free" : "" } ?? ""
      rows.append(("size", bytes(size) + free))
    }
    if let doubt = info.doubt { rows.append(("doubt", doubt)) }
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { name, value in
      "  " + name + String(repeating: " ", count: width - name.count + 2) + value
    }
    let help = info.doubt == nil ? [] : ["  = help: `crosswalk run` compares it with the targets"]
    return ([info.path] + lines + help).joined(separator: "\n")
  }

  static func json(_ info: LedgerInfo) -> JSON {
    let summary = info.summary
    func number(_ count: Int) -> JSON { .integer(Int64(count)) }
    return [
      "path": .string(info.path), "id": .string(info.id), "writes": .integer(info.writes),
      "doubt": info.doubt.map { .string($0) } ?? .null, "format": number(summary.format),
      "links": number(summary.links), "inactive_links": number(summary.inactiveLinks),
      "open_writes": number(summary.openIntents), "ended_writes": number(summary.endedIntents),
      "failures": number(summary.failures), "changes": number(summary.changes),
      "runs": number(summary.runs),
      "oldest": summary.oldest.map { .string($0.moment) } ?? .null,
      "keep_days": info.keep.map { .integer($0.components.seconds / 86_400) } ?? .null,
      "bytes": summary.size.map { .integer($0) } ?? .null,
      "free_bytes": summary.free.map { .integer($0) } ?? .null,
    ]
  }

  /// `3.2 MB`
  static func bytes(_ count: Int64) -> String {
    let units = ["kB", "MB", "GB", "TB"]
    guard count >= 1000 else { return "\(count) bytes" }
    var value = Double(count) / 1000
    var unit = 0
    while value >= 1000, unit < units.count - 1 {
      value /= 1000
      unit += 1
    }
    return "\((value * 10).rounded() / 10) \(units[unit])"
  }
}
