import Rows

/// Reads the rows of files, one file after another, in batches. It blocks while it reads, and is used by one thread at a
/// time.
///
/// Only after ``next()`` has returned `nil` are the rows all that the files hold: a file that ends too early, changes
/// meanwhile, or has anything in it that is no CSV throws.
public final class CSVReader {
  /// Those of the batches.
  public let columns: [Column]
  private let chosen: ChosenFiles
  private let format: CSVFormat
  private let limits: CSVLimits
  private let readers: [ValueReader]
  /// Of each column, apart from what else is known of it, since every value of every row asks.
  private let usual: [ValueReader.Usual]
  private var file: OpenFile
  private var number = 0
  private var isDone = false
  private var scratch: [UInt8] = []
  private var unescaped: [UInt8] = []

  /// Opens the first file and reads its header.
  public init(
    _ chosen: ChosenFiles, _ format: CSVFormat, limits: CSVLimits = CSVLimits()
  ) throws(CSVError) {
    guard let first = chosen.files.first else {
      throw CSVError(.choice, "there is no file to read", remedy: "check the pattern")
    }
    self.chosen = chosen
    self.limits = limits
    var format = format
    file = try OpenFile(first, &format, limits)
    self.format = format
    let declared = format.columns ?? []
    var readers: [ValueReader] = []
    for column in declared {
      guard
        let reader = ValueReader(column, format.numbers, largest: limits.valueBytes)
      else {
        throw CSVError(
          .header, "no file holds values of type `\(column.column.type)`",
          remedy: "declare the column `\(column.column.name)` as `text`")
      }
      readers.append(reader)
    }
    self.readers = readers
    usual = readers.map(\.usual)
    columns = declared.map(\.column)
  }

  /// The next rows; `nil` when all files were read to their ends and have not changed since they were chosen.
  public func next() throws(CSVError) -> RowBatch? {
    guard !isDone else { return nil }
    var batch = RowBatch(
      columns: columns, rowCapacity: limits.batchRows, atMostBytes: limits.batchBytes)
    batch.namePlaces(chosen.files.map(\.name))
    var draft = RowDraft(batch)
    while batch.count < max(1, limits.batchRows), batch.memory < limits.batchBytes {
      guard try file.nextRecord() else {
        guard try openNext() else { break }
        continue
      }
      read(into: &draft)
      batch.append(&draft)
      batch.append(RowPlace(source: Int32(truncatingIfNeeded: number), line: file.line))
    }
    return batch.count == 0 ? nil : batch
  }

  private func openNext() throws(CSVError) -> Bool {
    try file.check()
    number += 1
    guard number < chosen.files.count else {
      try chosen.check()
      isDone = true
      return false
    }
    var known = format
    file = try OpenFile(chosen.files[number], &known, limits)
    return true
  }

  @inline(__always)
  private func read(into draft: inout RowDraft) {
    let text = UnsafeRawPointer(file.text.base)
    let fields = file.fields
    let largest = limits.valueBytes
    file.places.withUnsafeBufferPointer { places in
      usual.withUnsafeBufferPointer { usual in
        for slot in 0..<usual.count {
          let field = fields[places[slot]]
          let bytes = UnsafeRawBufferPointer(start: text + field.start, count: field.length)
          if field.length > 0, field.length <= largest, !field.hasEscapes,
            ValueReader.append(bytes, as: usual[slot], to: &draft)
          {
            continue
          }
          read(field, bytes, slot, into: &draft)
        }
      }
    }
  }

  @inline(never)
  private func read(
    _ field: FieldSpan, _ bytes: UnsafeRawBufferPointer, _ slot: Int, into draft: inout RowDraft
  ) {
    var problem: String?
    if field.hasEscapes {
      unescape(bytes)
      problem = unescaped.withUnsafeBytes {
        readers[slot].append($0, isQuoted: true, to: &draft, scratch: &scratch)
      }
    } else {
      problem = readers[slot].append(
        bytes, isQuoted: field.isQuoted, to: &draft, scratch: &scratch)
    }
    if let problem { draft.appendUnreadable("\(problem) (\(file.place(of: field.start)))") }
  }

  /// Takes one of each two quotes.
  private func unescape(_ bytes: UnsafeRawBufferPointer) {
    unescaped.removeAll(keepingCapacity: true)
    var isSecond = false
    for byte in bytes {
      isSecond = byte == format.quote && !isSecond
      if !isSecond { unescaped.append(byte) }
    }
  }
}
