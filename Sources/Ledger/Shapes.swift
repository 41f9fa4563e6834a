import Engine
import GRDB

/// The resource and key columns that the links of each mapping are for.
extension SQLiteLedger {
  public func shapes() async throws -> [String: MappingShape] {
    try await read { database in
      var shapes: [String: MappingShape] = [:]
      try database.each(
        """
        SELECT mapping.name, resource, key_column.name, kind, former FROM mapping_shape
        JOIN mapping ON mapping.id = mapping_shape.mapping
        LEFT JOIN key_column ON key_column.mapping = mapping_shape.mapping
        ORDER BY mapping.name, position
        """, []
      ) { row in
        var shape =
          shapes[row.text(0)]
          ?? MappingShape(
            resource: row.text(1), key: [],
            formerKey: row.text(4).split(separator: "\n").map(String.init))
        if !row.isNull(3) {
          shape.key.append(
            MappingShape.KeyColumn(
              name: row.textIfAny(2),
              kind: try row.value(3, as: MappingShape.KeyColumn.Kind.self)))
        }
        shapes[row.text(0)] = shape
      }
      return shapes
    }
  }

  public func setShape(_ shape: MappingShape, of mapping: String, epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      try database.set(shape, of: try database.ensureMapping(mapping))
    }
  }
}

extension Database {
  func set(_ shape: MappingShape, of mapping: Int64) throws {
    try run("DELETE FROM mapping_shape WHERE mapping = ?", .int(mapping))
    try run(
      "INSERT INTO mapping_shape VALUES (?, ?, ?)", .int(mapping), .text(shape.resource),
      .text(shape.formerKey.joined(separator: "\n")))
    for (position, column) in shape.key.enumerated() {
      try run(
        "INSERT INTO key_column VALUES (?, ?, ?, ?)", .int(mapping), .int(position),
        .text(ifAny: column.name), .text(column.kind.rawValue))
    }
  }

  /// Records the shapes of an earlier release's links, those in use first: a key that was changed left other links behind.
  func inferShapes() throws {
    let mappings = try all("SELECT id FROM mapping ORDER BY id") { $0.int(0) }
    for mapping in mappings {
      let shape = try first(
        """
        SELECT link.key, resource.name FROM link JOIN resource ON resource.id = link.resource
        WHERE mapping = ? ORDER BY state, key LIMIT 1
        """, .int(mapping)
      ) { MappingShape(resource: $0.text(1), of: $0.key(0)) }
      if let shape = shape ?? nil { try set(shape, of: mapping) }
    }
  }
}
