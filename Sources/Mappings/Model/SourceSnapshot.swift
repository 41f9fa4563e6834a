import Diagnostics
import Documents
import Rows

/// What a source said of its mappings' queries and of the table columns that they use, when it was last asked.
///
/// It lies in a folder of files, so that `lint` knows types without a database and a change of the database is a change
/// of a file: `queries/MAPPING.yaml` has the result of one mapping's query, `tables/SCHEMA.TABLE.yaml` the columns of
/// one table. Never more than the mappings use.
public struct SourceSnapshot: Sendable {
  /// The folder, as messages name it.
  public var folder: String
  public var queries: [QuerySnapshot]
  public var tables: [TableSnapshot]

  public init(folder: String, queries: [QuerySnapshot], tables: [TableSnapshot]) {
    self.folder = folder
    self.queries = queries
    self.tables = tables
  }

  public func query(of mapping: String) -> QuerySnapshot? {
    queries.first { $0.mapping.value == mapping }
  }
}

/// The columns that one mapping's query returned.
public struct QuerySnapshot: Sendable {
  public var mapping: Located<String>
  /// The fingerprint of the SQL text and the parameters' types that this was said of.
  public var fingerprint: Located<String>
  /// In the query's order.
  public var columns: [Column]

  public init(mapping: Located<String>, fingerprint: Located<String>, columns: [Column]) {
    self.mapping = mapping
    self.fingerprint = fingerprint
    self.columns = columns
  }
}

/// The columns of one table that queries use.
public struct TableSnapshot: Sendable {
  /// With its schema: `viewpoint.bPREH`.
  public var name: Located<String>
  /// In the table's order.
  public var columns: [Column]

  public init(name: Located<String>, columns: [Column]) {
    self.name = name
    self.columns = columns
  }
}
