import Engine
import GRDB
import GRDBSQLite

/// A value to bind to a statement.
enum Bound {
  case null
  case int(Int64)
  case text(String)
  case blob([UInt8])

  static func int(_ value: Int) -> Bound { .int(Int64(value)) }
  static func key(_ key: Key) -> Bound { .blob(key.bytes) }
  static func moment(_ value: Instant) -> Bound { .int(value.milliseconds) }
  static func epoch(_ value: LeaseEpoch) -> Bound { .int(value.number) }
  static func int(ifAny value: Int64?) -> Bound { value.map(Bound.int) ?? .null }
  static func moment(ifAny value: Instant?) -> Bound { value.map(Bound.moment) ?? .null }
  static func text(ifAny value: String?) -> Bound { value.map(Bound.text) ?? .null }
}

/// GRDB's connections and statement cache, with values bound and read by SQLite's own calls: half the time per statement,
/// which decides how many writes share a commit.
extension Database {
  /// Runs a statement that returns no rows, and says how many rows it changed.
  @discardableResult
  func run(_ sql: String, _ values: Bound...) throws -> Int {
    try each(sql, values) { _ in }
    return changesCount
  }

  /// The first row's value, or `nil` when there is no row.
  func first<Value>(_ sql: String, _ values: Bound..., read: (RawRow) throws -> Value) throws
    -> Value?
  {
    var found: Value?
    try each(sql, values) { row in
      if found == nil { found = try read(row) }
    }
    return found
  }

  /// All rows' values.
  func all<Value>(_ sql: String, _ values: Bound..., read: (RawRow) throws -> Value) throws
    -> [Value]
  {
    var found: [Value] = []
    try each(sql, values) { found.append(try read($0)) }
    return found
  }

  /// Passes each row to `body` while SQLite holds it.
  func each(_ sql: String, _ values: [Bound], _ body: (RawRow) throws -> Void) throws {
    try scan(sql, values) { row in
      try body(row)
      return true
    }
  }

  /// Passes each row to `body` while SQLite holds it, until `body` returns `false`.
  func scan(_ sql: String, _ values: [Bound], _ body: (RawRow) throws -> Bool) throws {
    let statement = try cachedStatement(sql: sql)
    try withExtendedLifetime(statement) {
      let handle = statement.sqliteStatement
      sqlite3_reset(handle)
      defer {
        sqlite3_reset(handle)
        sqlite3_clear_bindings(handle)
      }
      var position: Int32 = 0
      for value in values {
        position += 1
        try check(value.bind(to: handle, at: position), SQLITE_OK, sql)
      }
      while true {
        let code = sqlite3_step(handle)
        guard code == SQLITE_ROW else {
          try check(code, SQLITE_DONE, sql)
          return
        }
        guard try body(RawRow(handle: handle)) else { return }
      }
    }
  }

  private func check(_ code: Int32, _ wanted: Int32, _ sql: String) throws {
    guard code != wanted else { return }
    throw DatabaseError(resultCode: ResultCode(rawValue: code), message: lastErrorMessage, sql: sql)
  }
}

extension Bound {
  /// SQLite copies the bytes before the call returns.
  private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

  fileprivate func bind(to handle: OpaquePointer, at position: Int32) -> Int32 {
    switch self {
    case .null: return sqlite3_bind_null(handle, position)
    case .int(let value): return sqlite3_bind_int64(handle, position, value)
    case .text(var value):
      return value.withUTF8 { bytes in
        bytes.withMemoryRebound(to: CChar.self) { characters in
          guard let start = characters.baseAddress else {
            return sqlite3_bind_text(handle, position, "", 0, Self.transient)
          }
          return sqlite3_bind_text64(
            handle, position, start, UInt64(characters.count), Self.transient, UInt8(SQLITE_UTF8))
        }
      }
    case .blob(let value):
      return value.withUnsafeBytes { bytes in
        // A null pointer would bind NULL instead of no bytes.
        bytes.isEmpty
          ? sqlite3_bind_zeroblob(handle, position, 0)
          : sqlite3_bind_blob64(
            handle, position, bytes.baseAddress, UInt64(bytes.count), Self.transient)
      }
    }
  }
}

/// A row that SQLite holds until the next step.
struct RawRow {
  let handle: OpaquePointer

  var count: Int32 { sqlite3_column_count(handle) }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  func int(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
  func intIfAny(_ column: Int32) -> Int64? { isNull(column) ? nil : int(column) }
  func moment(_ column: Int32) -> Instant { Instant(milliseconds: int(column)) }
  func momentIfAny(_ column: Int32) -> Instant? { isNull(column) ? nil : moment(column) }
  func epoch(_ column: Int32) -> LeaseEpoch { LeaseEpoch(int(column)) }

  func text(_ column: Int32) -> String {
    guard let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }
  func textIfAny(_ column: Int32) -> String? { isNull(column) ? nil : text(column) }

  /// Valid until the next step.
  func rawBytes(_ column: Int32) -> UnsafeRawBufferPointer {
    let start = sqlite3_column_blob(handle, column)
    return UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column)))
  }
  func bytes(_ column: Int32) -> [UInt8] { Array(rawBytes(column)) }
  func key(_ column: Int32) -> Key { Key(bytes: bytes(column)) }

  func fingerprint(_ column: Int32) throws -> Fingerprint {
    guard let fingerprint = Fingerprint(bytes: rawBytes(column)) else {
      throw LedgerError.corrupt("a fingerprint has not 16 bytes")
    }
    return fingerprint
  }

  /// The case whose raw value stands in a column.
  func value<Value: RawRepresentable>(_ column: Int32, as type: Value.Type) throws -> Value
  where Value.RawValue == String {
    guard let value = Value(rawValue: text(column)) else {
      throw LedgerError.corrupt("an unknown word stands for \(type)")
    }
    return value
  }
}
