import Diagnostics
import Mappings
import Rows

extension SourceSnapshot {
  /// What has moved at the source since the snapshot was pulled: `self` lies on disk; `now` is what the source says at
  /// present of the same tables' columns, and of the queries that it takes.
  ///
  /// Queries whose text has changed since say nothing here: their snapshot is stale, whatever the source says.
  public func drift(to now: SourceSnapshot, mappings: [MappingDefinition]) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    var moved: Set<String> = []
    for table in tables {
      let live = now.tables.first { $0.name.value == table.name.value }
      if live == nil { diagnostics.append(.tableGone(table, use(of: table.name.value, mappings))) }
      for column in table.columns {
        let name = "\(table.name.value).\(column.name)"
        let found = differences(
          column, live?.columns.first { $0.name == column.name }, "`\(name)`",
          use(of: name, mappings))
        guard !found.isEmpty else { continue }
        moved.insert(name)
        if live != nil { diagnostics += found }
      }
    }
    for query in queries {
      guard let mapping = mappings.first(where: { $0.name.value == query.mapping.value }),
        let live = now.query(of: query.mapping.value),
        query.fingerprint.value == live.fingerprint.value
      else { continue }
      let place = Diagnostic.Note("the \(mapping.extract.noun) is here", at: mapping.extract.range)
      // What has been said of the table's column is not said again.
      for column in query.columns where column.origin.map(moved.contains) != true {
        diagnostics += differences(
          column, live.columns.first { $0.name == column.name },
          "`\(column.name)` of `\(mapping.name.value)`", place)
      }
    }
    return diagnostics
  }

  /// Whether a query's columns are still those of the snapshot; `nil` where it does not tell.
  public func agrees(on mapping: MappingDefinition, with now: SourceSnapshot) -> Bool? {
    guard let query = query(of: mapping.name.value), let live = now.query(of: mapping.name.value),
      query.fingerprint.value == live.fingerprint.value
    else { return nil }
    return query.columns.count == live.columns.count
      && zip(query.columns, live.columns).allSatisfy { old, new in
        old.name == new.name && old.origin == new.origin && differences(old, new, "", nil).isEmpty
      }
  }

  private func differences(
    _ old: Column, _ new: Column?, _ name: String, _ use: Diagnostic.Note?
  ) -> [Diagnostic] {
    guard let new else { return [.columnGone(name, old, use)] }
    var diagnostics: [Diagnostic] = []
    if old.type == new.type, old.maxLength != new.maxLength || old.digits != new.digits {
      diagnostics.append(.lengthChanged(name, old, new, use))
    } else if old.type != new.type || old.declared != new.declared {
      diagnostics.append(.typeChanged(name, old, new, use))
    } else if old.values != new.values {
      diagnostics.append(.valuesChanged(name, old, new, use))
    }
    if old.nullable != new.nullable {
      diagnostics.append(.nullabilityChanged(name, old, new, use))
    }
    return diagnostics
  }

  /// A query that reads a table, or returns a table's column, for people who look for what is concerned.
  private func use(of name: String, _ mappings: [MappingDefinition]) -> Diagnostic.Note? {
    let query = queries.first { query in
      query.columns.contains { $0.origin == name || $0.origin?.hasPrefix(name + ".") == true }
    }
    let mapping = mappings.first { $0.name.value == query?.mapping.value }
    return mapping.map {
      Diagnostic.Note("a \($0.extract.noun) that reads it is here", at: $0.extract.range)
    }
  }
}
