import Engine
import JSON

public struct ExportRequest: Sendable {
  /// Empty for every mapping that the ledger knows.
  public var mappings: [String]
  /// Whether changes follow the links.
  public var includesHistory: Bool
  /// Whether records include their values, if the ledger has them; otherwise only the names of their fields.
  public var includesValues: Bool

  public init(
    _ mappings: [String] = [], includesHistory: Bool = false, includesValues: Bool = false
  ) {
    self.mappings = mappings
    self.includesHistory = includesHistory
    self.includesValues = includesValues
  }
}

extension Operations {
  /// Exports the ledger for other tools, one object at a time: first what it is, then its links by mapping and key, then its
  /// changes in the order in which they happened. Memory does not grow with their number. Nothing is locked: what is written
  /// meanwhile may be included or not.
  public func exportLedger(
    _ request: ExportRequest, each: @Sendable (JSON) throws -> Void
  ) async throws(OperationFailure) {
    try await failing {
      let open = try readLedger()
      try open.workspace.ledger.requireLedger()
      var names: [String] = []
      for name in request.mappings { names.append(try await open.known(name)) }
      if names.isEmpty { names = try await open.ledger.mappingNames() }
      try each([
        "kind": "ledger", "format_version": 1,
        "project": .string(open.workspace.project.name.value),
        "ledger": .string(try await open.ledger.identity().name),
      ])
      let writer = ExportWriter(ledger: open.ledger, includesValues: request.includesValues)
      for name in names { try await writer.links(of: name, each) }
      if request.includesHistory { try await writer.changes(of: Set(names), each) }
    }
  }

  /// The links of a mapping, or the one of a key, with what was last sent.
  public func links(
    of mapping: String, key: String? = nil
  ) async throws(OperationFailure) -> [LinkRecord] {
    try await failing {
      let open = try readLedger()
      try open.workspace.ledger.requireLedger()
      let name = try await open.known(mapping)
      if let key {
        let key = try await open.key(key, of: mapping)
        let found = try await open.ledger.remembered(of: name, keys: [key])[key]
        let contents = try await open.ledger.contents(of: name, key: key)
        guard let found, let resource = contents.resource else { return [] }
        return [LinkRecord(link: found.link, resource: resource, sent: found.sent)]
      }
      var links: [LinkRecord] = []
      try await LinkPages(ledger: open.ledger, mapping: name).each { links.append($0) }
      return links
    }
  }
}

/// All links of a mapping, a page at a time.
private struct LinkPages {
  let ledger: any ProjectLedger
  let mapping: String

  func each(_ body: (LinkRecord) throws -> Void) async throws {
    let limit = 1000
    var last: Key?
    while true {
      let page = try await ledger.linkRecords(of: mapping, after: last, limit: limit)
      for record in page { try body(record) }
      guard page.count == limit, let key = page.last?.link.key else { return }
      last = key
    }
  }
}

private struct ExportWriter {
  let ledger: any ProjectLedger
  let includesValues: Bool

  func links(of mapping: String, _ each: (JSON) throws -> Void) async throws {
    try await LinkPages(ledger: ledger, mapping: mapping).each { record in
      let link = record.link
      try each([
        "kind": "link", "mapping": .string(mapping), "key": .string(link.key.description),
        "resource": .string(record.resource), "target_id": .string(link.targetID),
        "state": .string(link.state == .active ? "active" : "inactive"),
        "absences": .integer(Int64(link.absences)),
        "sent": try json(record.sent, of: mapping, link.key),
      ])
    }
  }

  func changes(of mappings: Set<String>, _ each: (JSON) throws -> Void) async throws {
    let limit = 1000
    var position: Int64 = 0
    while true {
      let page = try await ledger.changes(after: position, limit: limit)
      for (_, change) in page where mappings.contains(change.mapping) {
        try each([
          "kind": "change", "run": .integer(change.run), "mapping": .string(change.mapping),
          "key": .string(change.key.description), "operation": .string(change.operation),
          "before": try json(change.before, of: change.mapping, change.key),
          "after": try json(change.after, of: change.mapping, change.key),
          "at": .string(change.at.moment),
        ])
      }
      guard page.count == limit, let last = page.last else { return }
      position = last.position
    }
  }

  private func json(
    _ record: [UInt8], of mapping: String, _ key: Key
  ) throws(UnreadableRecord) -> JSON {
    let record = try FlatRecord(remembered: record, of: mapping, key)
    return .object(
      record.members.map { member in
        includesValues ? member : JSON.Member(name: member.name, value: .string(Redaction.mark))
      })
  }
}
