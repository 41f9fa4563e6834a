import Engine
import Foundation
import Rows
import Sorting

/// Reads an unordered source in key order. It sorts the rows, in a file if memory is not enough.
///
/// No row is passed on before the source has been read once to its end, so a truncated source is noticed before the first row.
/// Rows that are already in order, and do not fit into memory, are read a second time instead of being stored. The comparison
/// with the links checks their order again.
struct OrderedSource: LiveSource {
  let source: any LiveSource
  /// The folder for the file.
  let folder: String
  let stop: StopSignal

  var name: String { source.name }
  var deliversInOrder: Bool { true }

  func describe(_ extract: Extract) async throws(SourceFailure) -> [Column] {
    try await source.describe(extract)
  }

  func check() async throws(SourceFailure) -> SourceCheck { try await source.check() }

  func sample(_ extract: Extract) async throws(SourceFailure) -> Int {
    try await source.sample(extract)
  }

  func survey(
    _ extracts: [Extract], tables given: [SurveyedTable]?
  ) async throws(SourceFailure) -> SourceSurvey {
    try await source.survey(extracts, tables: given)
  }

  func read(_ extract: Extract, each: (RowBatch) async throws -> Void) async throws {
    guard !extract.orderedBy.isEmpty else { return try await source.read(extract, each: each) }
    var unordered = extract
    unordered.orderedBy = []
    do {
      let first = try await take(unordered, by: extract.orderedBy, keepsAll: false)
      switch await first?.outcome {
      case nil: return
      case .sorted: try await first?.handOver(each, until: stop)
      case .inOrder: try await source.read(unordered, each: each)
      case .lost:
        let second = try await take(unordered, by: extract.orderedBy, keepsAll: true)
        try await second?.handOver(each, until: stop)
      }
    } catch let error as SortingError {
      throw SourceFailure(
        kind: .unavailable, source: name, message: error.message, remedy: error.remedy)
    }
  }

  /// Reads the source to its end; `nil` when it has no rows.
  private func take(
    _ extract: Extract, by key: [String], keepsAll: Bool
  ) async throws -> SortingDesk? {
    var desk: SortingDesk?
    try await source.read(extract) { batch in
      let sorting: SortingDesk
      if let known = desk {
        sorting = known
      } else {
        sorting = SortingDesk(
          batch.columns, key: try places(of: key, in: batch.columns), folder: folder,
          keepsAll: keepsAll)
        desk = sorting
      }
      try await sorting.add(batch)
    }
    return desk
  }

  private func places(
    of key: [String], in columns: [Column]
  ) throws(SourceFailure) -> [Int] {
    var places: [Int] = []
    for name in key {
      let found = columns.firstIndex {
        $0.name.unicodeScalars.elementsEqual(name.unicodeScalars)
      }
      guard let found else {
        throw SourceFailure(
          kind: .extract, source: self.name,
          message: "there is no column `\(name)`, which is part of the key",
          remedy: "name a column under `key` that the source has")
      }
      places.append(found)
    }
    return places
  }

  /// The folder for the temporary file: what `TMPDIR` names, or the system's folder for large files.
  static func folder(_ environment: [String: String]) -> String {
    let usual = ["/var/tmp", "/tmp"].first { FileManager.default.isWritableFile(atPath: $0) }
    return environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 } ?? usual ?? "/tmp"
  }
}

/// A sorter on a dedicated thread, because it blocks on the disk.
private actor SortingDesk {
  private nonisolated let thread = ReadingThread("sort")
  private let sorter: RowSorter

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init(_ columns: [Column], key: [Int], folder: String, keepsAll: Bool) {
    sorter = RowSorter(columns, key: key, folder: folder, keepsAll: keepsAll)
    thread.start()
  }

  deinit { thread.stop() }

  func add(_ batch: RowBatch) throws(SortingError) { try sorter.add(batch) }

  /// How the rows were kept.
  var outcome: RowSorter.Outcome { sorter.outcome }

  /// Passes the rows on in order.
  nonisolated func handOver(
    _ each: (RowBatch) async throws -> Void, until stop: StopSignal
  ) async throws {
    var ahead = nextBatch()
    while let batch = try await ahead.value.get() {
      try stop.check()
      ahead = nextBatch()
      try await each(batch)
    }
  }

  /// Returns the next rows in order, and reads them while the previous ones are processed.
  private nonisolated func nextBatch() -> Task<Result<RowBatch?, SortingError>, Never> {
    Task { await self.takeBatch() }
  }

  private func takeBatch() -> Result<RowBatch?, SortingError> {
    do throws(SortingError) {
      return .success(try sorter.nextBatch())
    } catch {
      return .failure(error)
    }
  }
}
