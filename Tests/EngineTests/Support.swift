import Diagnostics
import Documents
import Engine
import JSON
import Mappings
import Programs
import Rows
import Synchronization
import Testing

/// A project held in memory, as text.
struct ProjectText {
  var files: [String: String]

  init(target: String, schemas: [String: String], mappings: [String: String]) {
    files = [
      "crosswalk.yaml": "project: small\n",
      "sources/db.yaml": "source: db\npostgres: { host: h, database: d, user: u }\n",
      "targets/crm.yaml": target,
    ]
    for (name, text) in schemas { files["targets/\(name).json"] = text }
    for (name, text) in mappings { files["\(name).yaml"] = text }
  }

  func compiler(
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> (ProgramCompiler, Project) {
    let files = files.mapValues { Array($0.utf8) }
    let reader = FileReader(
      bytes: { (path, _) throws(FileReader.Failure) in
        guard let bytes = files[path] else { throw .missing }
        return bytes
      },
      entries: { (folder) throws(FileReader.Failure) in
        let prefix = folder == "." ? "" : folder + "/"
        let inside = files.keys.filter { $0.hasPrefix(prefix) }.map { $0.dropFirst(prefix.count) }
        if inside.isEmpty { throw .missing }
        let names = inside.map { (String($0.prefix { $0 != "/" }), $0.contains("/")) }
        return Set(names.map { FileReader.Entry(name: $0.0, isFolder: $0.1) }).map { $0 }
      })
    let (project, diagnostics, _) = loadProject(at: ".", reading: reader)
    #expect(render(diagnostics, as: .text) == "", sourceLocation: sourceLocation)
    let found = try #require(project, sourceLocation: sourceLocation)
    let settings = SettingResolver(environment: { _ in nil })
    let compiler = ProgramCompiler(project: found, settings: settings) { path in
      try #require(files[path], "\(path)")
    }
    return (compiler, found)
  }

  /// The mappings' programs; those without columns are compiled as when linting.
  func programs(
    _ columns: [String: [Column]], sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> [MappingProgram] {
    var (compiler, project) = try compiler(sourceLocation: sourceLocation)
    let programs = project.mappings.map {
      compiler.compile($0, columns: columns[$0.name.value])
    }
    let errors = compiler.diagnostics.filter { $0.severity == .error }
    #expect(render(errors, as: .text) == "", sourceLocation: sourceLocation)
    return try programs.map { try #require($0, sourceLocation: sourceLocation) }
  }
}

extension [MappingProgram] {
  var integerIDs: Set<String> {
    Set(filter { $0.resource.identity.kind == .int }.map(\.name))
  }
}

/// A clock on which to wait is to move on.
final class SteppingClock: Timekeeper {
  private let now = Mutex(Duration.seconds(100))
  private let generator: Mutex<SplitMix>

  init(seed: UInt64 = 1) { generator = Mutex(SplitMix(state: seed)) }

  var monotonic: Duration { now.withLock { $0 } }
  var wall: Int64 { 1_700_000_000_000 + Int64(monotonic / .milliseconds(1)) }

  func advance(by duration: Duration) { now.withLock { $0 += duration } }

  func sleep(for duration: Duration) async throws {
    try Task.checkCancellation()
    advance(by: duration)
    await Task.yield()
  }

  func random() -> Double { generator.withLock { Double.random(in: 0..<1, using: &$0) } }
}

/// Random numbers that a seed fixes.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  /// True once in so many times.
  mutating func oneIn(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &self) == 0 }
}

/// A value of a row.
enum Cell: Sendable, Hashable {
  case null
  case int(Int64)
  case double(Double)
  case bool(Bool)
  case text(String)
  case unreadable(String)
}

extension RowBatch {
  init(columns: [Column], _ rows: [[Cell]]) {
    self.init(columns: columns, rowCapacity: rows.count)
    for cell in rows.joined() {
      switch cell {
      case .null: appendNull()
      case .int(let value): append(value)
      case .double(let value): append(value)
      case .bool(let value): append(value)
      case .text(let value): append(value)
      case .unreadable(let reason): appendUnreadable(reason)
      }
    }
  }
}

func column(_ name: String, _ type: ColumnType, nullable: Bool? = nil) -> Column {
  Column(name: name, type: type, declared: "\(type)", nullable: nullable)
}

/// Tables held in memory; a query reads the table that it names last.
final class MemorySource: RowSource {
  struct Table: Sendable {
    var columns: [Column]
    var rows: [[Cell]] = []
    var failure: SourceFailure?
  }
  let tables: Mutex<[String: Table]>
  let batchSize: Int

  init(_ tables: [String: Table], batchSize: Int = 3) {
    self.tables = Mutex(tables)
    self.batchSize = batchSize
  }

  func set(_ name: String, _ rows: [[Cell]]) { tables.withLock { $0[name]?.rows = rows } }

  private func table(of extract: Extract) -> Table {
    guard case .query(let query) = extract.definition else { return Table(columns: []) }
    let name = query.sql.text.split(whereSeparator: \.isWhitespace).last.map(String.init) ?? ""
    return tables.withLock { $0[name] ?? Table(columns: []) }
  }

  func describe(_ extract: Extract) async throws(SourceFailure) -> [Column] {
    table(of: extract).columns
  }

  func read(_ extract: Extract, each: (RowBatch) async throws -> Void) async throws {
    let table = table(of: extract)
    var rest = table.rows[...]
    while !rest.isEmpty {
      try await each(RowBatch(columns: table.columns, Array(rest.prefix(batchSize))))
      rest = rest.dropFirst(batchSize)
    }
    if let failure = table.failure { throw failure }
  }
}

extension Array {
  func only(sourceLocation: SourceLocation = #_sourceLocation) throws -> Element {
    #expect(count == 1, "\(self)", sourceLocation: sourceLocation)
    return try #require(first, sourceLocation: sourceLocation)
  }
}

/// A record that is read back; where that cannot be, the test fails.
func flat(
  _ bytes: [UInt8], sourceLocation: SourceLocation = #_sourceLocation
) -> FlatRecord {
  do {
    return try FlatRecord(remembered: bytes, of: "things")
  } catch {
    Issue.record(error, sourceLocation: sourceLocation)
    return FlatRecord()
  }
}
