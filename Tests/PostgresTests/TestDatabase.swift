import Foundation
import Rows
import SandboxDatabase

@testable import Postgres

/// An empty database on the tests' private server.
struct TestDatabase {
  let cluster: PrivateCluster
  let settings: PostgresSettings

  /// Makes a database of its own for one test and fills it by `script`.
  init(_ script: String = "", encoding: String = "UTF8") async throws {
    cluster = try await PrivateCluster.shared()
    let name = "t" + UUID().uuidString.replacingOccurrences(of: "-", with: "").lowercased()
    try await cluster.createDatabase(name, encoding: encoding)
    settings = PostgresSettings(
      host: cluster.host, port: cluster.port, database: name, user: cluster.superuser,
      tls: TLSSettings(.disable))
    if !script.isEmpty { try await cluster.execute(script, in: name) }
  }

  var source: PostgresSource { PostgresSource(settings) }

  func execute(_ sql: String) async throws {
    try await cluster.execute(sql, in: settings.database)
  }

  /// All rows of a query, each value as `String`, NULL as `nil`, unreadable ones with `!` before their reason.
  func all(
    _ sql: String, _ parameters: [String: ParameterValue] = [:], orderedBy key: [String] = []
  ) async throws -> [[String?]] {
    try await source.withConnection { connection in
      let rows = try await connection.rows(
        Query(sql, parameters: parameters), orderedBy: key, limits: ReadLimits(batchRows: 3))
      var all: [[String?]] = []
      for try await batch in rows { all += texts(batch) }
      return all
    }
  }

  /// The error that a query ends in, `nil` if it does not.
  func error(
    _ sql: String, _ parameters: [String: ParameterValue] = [:], orderedBy key: [String] = []
  ) async throws -> PostgresError? {
    do {
      _ = try await all(sql, parameters, orderedBy: key)
      return nil
    } catch let error as PostgresError {
      return error
    }
  }
}

func texts(_ batch: RowBatch) -> [[String?]] {
  (0..<batch.count).map { row in
    batch.columns.indices.map { column -> String? in
      switch batch.kind(row, column) {
      case .null: return nil
      case .unreadable: return "!" + batch.text(row, column)
      case .number:
        switch batch.columns[column].type {
        case .bool: return "\(batch.bool(row, column))"
        case .double: return "\(batch.double(row, column))"
        default: return "\(batch.int(row, column))"
        }
      case .bytes:
        if batch.columns[column].type == .bytes {
          return batch.withBytes(row, column) { $0.map { String($0, radix: 16) }.joined() }
        }
        return batch.text(row, column)
      }
    }
  }
}
