/// Statements that bring records into the database.
struct VistaScript: Sendable {
  private(set) var bytes: [UInt8] = []

  mutating func add(_ sql: String) {
    bytes.append(contentsOf: sql.utf8)
    bytes.append(contentsOf: ";\n".utf8)
  }

  /// Adds a `COPY` with the records as its data.
  mutating func insert<Record: VistaRecord>(_ records: [Record]) {
    guard let first = records.first else { return }
    let columns = first.row.map { SQL.identifier($0.key) }.joined(separator: ", ")
    add("COPY viewpoint.\(SQL.identifier(Record.table)) (\(columns)) FROM STDIN")
    for record in records {
      for (_, value) in record.row {
        value.append(to: &bytes)
        bytes.append(UInt8(ascii: "\t"))
      }
      bytes[bytes.count - 1] = UInt8(ascii: "\n")
    }
    bytes.append(contentsOf: "\\.\n".utf8)
  }

  /// Adds an `UPDATE` of the columns in which two states of a record differ, if any do.
  mutating func update<Record: VistaRecord>(_ old: Record, to new: Record) {
    let changes = zip(old.row, new.row).filter { $0.value != $1.value }.map(\.1)
    guard !changes.isEmpty else { return }
    let assignments = changes.map { "\(SQL.identifier($0.key)) = \($0.value.expression)" }
    let conditions = new.row.filter { Record.key.contains($0.key) }
      .map { "\(SQL.identifier($0.key)) = \($0.value.expression)" }
    add(
      "UPDATE viewpoint.\(SQL.identifier(Record.table)) SET "
        + assignments.joined(separator: ", ") + " WHERE " + conditions.joined(separator: " AND "))
  }

  /// Adds what makes the table of the old records that of the new, which begin with the same ones.
  mutating func change<Record: VistaRecord>(_ old: [Record], to new: [Record]) {
    for (before, after) in zip(old, new) { update(before, to: after) }
    insert(Array(new.dropFirst(old.count)))
  }
}
