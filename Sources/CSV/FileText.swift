import Foundation
import Rows

/// The text of a file as valid UTF-8 without a byte order mark and without NUL, a stretch of it at a time.
///
/// The stretch begins where its reader still needs it, and is as long as the longest row that is read.
final class FileText {
  enum Fill {
    case more
    /// There is no more.
    case end
    /// What comes next is no text: why, and what to do.
    case fault(String, remedy: String)
    /// There is no room for more: `start` is too far behind.
    case full
  }

  let file: ChosenFile
  private let descriptor: Int32
  private var decoder: TextDecoder
  /// Bytes of the file that were read.
  private var taken: Int64 = 0
  private var hasAll = false
  /// Whether the file has been seen to hold more than a byte order mark.
  private(set) var hasText = false
  private var fault: (message: String, remedy: String)?

  private var memory: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private let largest: Int
  /// Where the reader is.
  var start = 0
  /// Where the text ends that is there.
  private(set) var end = 0
  /// Behind the text: read, and not looked at yet.
  private var filled = 0

  /// Bytes that may be read behind the end of the text.
  static let padding = 16
  private static let chunk = 256 << 10

  init(_ file: ChosenFile, _ encoding: CSVFormat.Encoding, longest: Int) throws(CSVError) {
    self.file = file
    decoder = TextDecoder(encoding)
    // Without waiting: a named pipe must not hold the reading up.
    descriptor = open(file.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw CSVError(
        .unreadable, "`\(file.path)` cannot be read: \(systemError())",
        remedy: "check the file, and its permissions")
    }
    var status = stat()
    guard fstat(descriptor, &status) == 0, FileState(status) == file.state else {
      close(descriptor)
      throw file.changed
    }
    capacity = 2 * Self.chunk
    largest = max(longest, Self.chunk) + 2 * Self.chunk
    memory = .allocate(capacity: capacity + Self.padding)
    memory.initialize(repeating: 0, count: capacity + Self.padding)
  }

  deinit {
    close(descriptor)
    memory.deallocate()
  }

  /// The text that is there: from ``start`` to ``end``, and ``padding`` more bytes of any kind.
  var base: UnsafePointer<UInt8> { UnsafePointer(memory) }

  /// Reads on. Offsets change: what was at ``start`` is at the beginning then.
  func fill() throws(CSVError) -> Fill {
    if let fault { return .fault(fault.message, remedy: fault.remedy) }
    if hasAll, filled == end { return .end }
    makeRoom()
    let before = end
    while end == before, fault == nil, !hasAll {
      guard capacity - filled >= Self.chunk / 2 else { return .full }
      try takeBytes()
    }
    if end > before { return .more }
    if let fault { return .fault(fault.message, remedy: fault.remedy) }
    return .end
  }

  private func makeRoom() {
    if start > 0 {
      memory.update(from: memory + start, count: filled - start)
      filled -= start
      end -= start
      start = 0
    }
    guard capacity - filled < Self.chunk, capacity < largest else { return }
    let larger = min(largest, 2 * capacity)
    let room = UnsafeMutablePointer<UInt8>.allocate(capacity: larger + Self.padding)
    room.initialize(repeating: 0, count: larger + Self.padding)
    room.update(from: memory, count: filled)
    memory.deallocate()
    (memory, capacity) = (room, larger)
  }

  private func takeBytes() throws(CSVError) {
    let room = capacity - filled
    var got: Int
    if decoder.isUTF8 {
      repeat { got = read(descriptor, memory + filled, room) } while got < 0 && errno == EINTR
      if got > 0 { filled += got }
    } else {
      got = decoder.room(for: room) { raw in
        var got: Int
        repeat {
          got = read(descriptor, raw.baseAddress, raw.count)
        } while got < 0 && errno == EINTR
        return got
      }
    }
    guard got >= 0 else {
      throw CSVError(
        .unreadable, "`\(file.path)` cannot be read to its end: \(systemError())",
        remedy: "check the disk or the network share, and run again")
    }
    taken += Int64(got)
    if got == 0 {
      hasAll = true
      // A file that was cut off, or has grown, is not the one that was chosen.
      guard taken == file.state.size else { throw file.changed }
    }
    fault = decoder.decode(
      memory, from: end, filled: &filled, text: &end, isFirst: !hasText, isLast: hasAll)
    hasText = hasText || end > 0
  }
}
