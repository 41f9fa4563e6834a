import CSV
import Engine
import Mappings
import Rows

/// A folder of CSV files, as the engine reads it.
struct CSVRowSource: LiveSource {
  let name: String
  let folder: String
  let definition: CSVDefinition
  let stop: StopSignal
  /// Told of waits.
  let report: @Sendable (OperationEvent) -> Void

  /// A file may be in any order.
  var deliversInOrder: Bool { false }

  func describe(_ extract: Extract) async throws(SourceFailure) -> [Column] {
    let file = try file(of: extract)
    let declared = file.columns(in: definition)
    do throws(CSVError) {
      let reading = FileReading()
      let found = try await reading.open(
        try await reading.choose(file, in: folder), format(of: file), limits)
      return declared ?? found
    } catch {
      // Reading finds out whether the file exists and is whole. Its columns are declared.
      if let declared, error.code != .header { return declared }
      throw failure(error, .extract)
    }
  }

  func read(_ extract: Extract, each: (RowBatch) async throws -> Void) async throws {
    let file = try file(of: extract)
    let reading = FileReading()
    do {
      let chosen = try await reading.choose(file, in: folder)
      try await settle(chosen)
      _ = try await reading.open(chosen, format(of: file), limits)
      var ahead = reading.nextBatch()
      while let batch = try await ahead.value.get() {
        try stop.check()
        ahead = reading.nextBatch()
        try await each(batch)
      }
    } catch let error as CSVError {
      throw failure(error, .unavailable)
    }
  }

  /// Waits until a file has not changed for as long as the source's file says, and throws when it changes meanwhile.
  private func settle(_ chosen: ChosenFiles) async throws {
    guard let youngest = chosen.files.min(by: { $0.age < $1.age }) else { return }
    let rest = definition.settle - youngest.age
    guard rest > .zero else { return }
    report(.waiting("\(rest.words) until `\(youngest.name)` is no longer written"))
    try await stop.interrupting { try await Task.sleep(for: rest) }
    try chosen.check()
  }

  /// Reads the first rows of an extract as a sample.
  func sample(_ extract: Extract) async throws(SourceFailure) -> Int {
    let file = try file(of: extract)
    do throws(CSVError) {
      let reading = FileReading()
      _ = try await reading.open(
        try await reading.choose(file, in: folder), format(of: file), limits(rows: 3))
      return try await reading.nextBatch().value.get()?.count ?? 0
    } catch {
      let isOfMapping = error.code == .header || file.columns == nil
      throw failure(error, isOfMapping ? .extract : .unavailable)
    }
  }

  func check() async throws(SourceFailure) -> SourceCheck {
    do throws(CSVError) {
      let count = try await FileReading().count(in: folder)
      return SourceCheck(words: "CSV files, \(count.counted("file")) in \(folder)", remedy: nil)
    } catch {
      throw failure(error, .unavailable)
    }
  }

  // MARK: Calls to the CSV room

  private func file(of extract: Extract) throws(SourceFailure) -> FileExtract {
    guard case .file(let file) = extract.definition else {
      throw SourceFailure(
        kind: .extract, source: name, message: "the source has files, and no queries",
        remedy: "write `file` in the mapping")
    }
    return file
  }

  private var limits: CSVLimits { limits(rows: definition.batch) }

  private func limits(rows: Int) -> CSVLimits {
    var limits = CSVLimits()
    limits.batchRows = rows
    limits.valueBytes = definition.maxValue
    limits.rowBytes = definition.maxRow
    return limits
  }

  private func format(of file: FileExtract) -> CSVFormat {
    let dialect = file.dialect.over(definition.dialect)
    var format = CSVFormat()
    if let encoding = dialect.encoding { format.encoding = CSVFormat.Encoding(encoding) }
    if let delimiter = dialect.delimiter { format.delimiter = delimiter }
    switch dialect.quote {
    case nil: break
    case .absent: format.quote = nil
    case .character(let quote): format.quote = quote
    }
    format.hasHeader = dialect.header != .absent
    format.refusesOthers = file.otherColumns == .refuse
    format.needsFinalLineBreak = dialect.finalNewline != .optional
    format.empty = CSVFormat.Empty(dialect.empty ?? .null)
    if let mark = dialect.decimalMark { format.numbers.decimalMark = mark }
    format.numbers.thousands = dialect.thousands
    guard let declared = file.columns, let columns = file.columns(in: definition) else {
      return format
    }
    format.columns = zip(declared, columns).map { declared, column in
      var made = CSVColumn(column, header: declared.header)
      made.empty = CSVFormat.Empty(declared.empty ?? dialect.empty ?? .null)
      made.pattern = declared.pattern
      made.words = declared.truthWords.map { CSVColumn.Words(yes: $0.yes, no: $0.no) }
      return made
    }
    return format
  }

  private func failure(_ error: CSVError, _ kind: SourceFailure.Kind) -> SourceFailure {
    SourceFailure(kind: kind, source: name, message: error.message, remedy: error.remedy)
  }
}

extension CSVFormat.Encoding {
  fileprivate init(_ encoding: FileDialect.Encoding) {
    switch encoding {
    case .utf8: self = .utf8
    case .utf16: self = .utf16
    case .utf16LittleEndian: self = .utf16LittleEndian
    case .utf16BigEndian: self = .utf16BigEndian
    case .windows1252: self = .windows1252
    }
  }
}

extension CSVFormat.Empty {
  fileprivate init(_ empty: FileDialect.Empty) {
    switch empty {
    case .null: self = .null
    case .text: self = .text
    case .quoted: self = .quotedText
    }
  }
}

extension ChosenFiles.Pick {
  fileprivate init(_ pick: FileExtract.Pick) {
    switch pick {
    case .one: self = .one
    case .newest: self = .newest
    case .all: self = .all
    }
  }
}

/// Files that are read on a dedicated thread, because reading blocks on the disk.
private actor FileReading {
  private nonisolated let thread = ReadingThread("csv")
  private var reader: CSVReader?

  nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

  init() { thread.start() }

  deinit { thread.stop() }

  func choose(_ file: FileExtract, in folder: String) throws(CSVError) -> ChosenFiles {
    try ChosenFiles(file.name.value, in: folder, pick: ChosenFiles.Pick(file.pick))
  }

  func count(in folder: String) throws(CSVError) -> Int { try ChosenFiles.count(in: folder) }

  /// Opens the files, and returns the columns of their rows.
  func open(
    _ chosen: ChosenFiles, _ format: CSVFormat, _ limits: CSVLimits
  ) throws(CSVError) -> [Column] {
    let reader = try CSVReader(chosen, format, limits: limits)
    self.reader = reader
    return reader.columns
  }

  /// Reads the next rows while the previous ones are processed.
  nonisolated func nextBatch() -> Task<Result<RowBatch?, CSVError>, Never> {
    Task { await self.takeBatch() }
  }

  private func takeBatch() -> Result<RowBatch?, CSVError> {
    do throws(CSVError) {
      return .success(try reader?.next())
    } catch {
      return .failure(error)
    }
  }
}
