import Foundation
import Rows

/// Rows in order, in a stretch of the file: blocks one behind another, each a batch with its extent in front.
struct Run {
  /// Names the columns, and what places are in.
  private(set) var empty: RowBatch
  let start: Int64
  private(set) var end: Int64

  init(like empty: RowBatch, startingAt start: Int64) {
    self.empty = empty
    self.start = start
    end = start
  }

  mutating func grow(by bytes: Int64, like batch: RowBatch) {
    if end == start { empty = batch.emptied }
    end += bytes
  }
}

/// A file for rows, of mode 0600. It has no name any more when the first byte is written.
final class RunFile {
  private let descriptor: Int32
  private let folder: String
  private(set) var end: Int64 = 0

  init(in folder: String) throws(SortingError) {
    self.folder = folder
    var path = Array("\(folder)/crosswalk-sort-XXXXXX".utf8CString)
    // For its owner alone: mode 0600.
    descriptor = mkstemp(&path)
    guard descriptor >= 0 else {
      throw SortingError(
        message: "no file for sorting can be made in `\(folder)`: \(Self.reason)",
        remedy: "name a folder that can be written to in TMPDIR")
    }
    guard fcntl(descriptor, F_SETFD, FD_CLOEXEC) == 0, unlink(path) == 0 else {
      close(descriptor)
      throw SortingError(
        message: "the file for sorting in `\(folder)` cannot be removed: \(Self.reason)",
        remedy: "name another folder in TMPDIR")
    }
  }

  deinit { close(descriptor) }

  private static let header = 3 * MemoryLayout<Int>.stride

  func append(_ batch: RowBatch, to run: inout Run) throws(SortingError) {
    let extent = batch.extent
    let before = end
    try withUnsafeHeader([extent.slots, extent.bytes, extent.places]) {
      (header) throws(SortingError) in try write(header)
    }
    try batch.withStorage { (stretch) throws(SortingError) in try write(stretch) }
    run.grow(by: end - before, like: batch)
  }

  private func withUnsafeHeader(
    _ numbers: [Int], _ body: (UnsafeRawBufferPointer) throws(SortingError) -> Void
  ) throws(SortingError) {
    let result = numbers.withUnsafeBytes { bytes -> Result<Void, SortingError> in
      do throws(SortingError) {
        return .success(try body(bytes))
      } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(SortingError) {
    var done = 0
    while done < bytes.count {
      let count = pwrite(
        descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done, off_t(end))
      if count < 0 {
        if errno == EINTR { continue }
        throw SortingError(
          message: "rows cannot be put aside in `\(folder)` for sorting: \(Self.reason)",
          remedy: "make room there, or name another folder in TMPDIR")
      }
      done += count
      end += Int64(count)
    }
  }

  /// The block that begins at an offset, and where the next one does.
  func block(at start: Int64, of run: Run) throws(SortingError) -> (batch: RowBatch, end: Int64) {
    var numbers = [Int](repeating: 0, count: 3)
    try read(start, Self.header, into: &numbers)
    let extent = RowBatch.Extent(slots: numbers[0], bytes: numbers[1], places: numbers[2])
    let most = run.end - start - Int64(Self.header)
    guard numbers.allSatisfy({ $0 >= 0 && Int64($0) <= most }),
      Int64(extent.lengths.reduce(0, +)) <= most
    else { throw damaged }
    let length = extent.lengths.reduce(0, +)
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
    defer { memory.deallocate() }
    try read(start + Int64(Self.header), memory)
    guard
      let batch = RowBatch(
        like: run.empty, extent: extent, from: UnsafeRawBufferPointer(memory))
    else { throw damaged }
    return (batch, start + Int64(Self.header + length))
  }

  private func read(
    _ start: Int64, _ length: Int, into numbers: inout [Int]
  ) throws(SortingError) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 16)
    defer { memory.deallocate() }
    try read(start, memory)
    for index in numbers.indices {
      numbers[index] = memory.load(
        fromByteOffset: index * MemoryLayout<Int>.stride, as: Int.self)
    }
  }

  private func read(
    _ start: Int64, _ memory: UnsafeMutableRawBufferPointer
  ) throws(SortingError) {
    var done = 0
    while done < memory.count {
      let count = pread(
        descriptor, memory.baseAddress.map { $0 + done }, memory.count - done,
        off_t(start) + off_t(done))
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw damaged }
      done += count
    }
  }

  private var damaged: SortingError {
    SortingError(
      message: "rows that were put aside in `\(folder)` cannot be read back",
      remedy: "check the disk, or name another folder in TMPDIR")
  }

  private static var reason: String { String(cString: strerror(errno)).lowercased() }
}
