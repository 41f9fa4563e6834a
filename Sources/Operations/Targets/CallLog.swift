import Engine
import Foundation
import Ledger

/// One line of a file of calls: all numbers little-endian, 32 bytes.
struct CallEntry {
  enum Kind: UInt32 {
    case left = 1
    case answered = 2
    case withdrawn = 3
  }
  static let size = 32

  /// Identifies the command, then the call.
  var call: UInt64
  /// The hash of the limit's name.
  var limit: UInt64
  var time: Instant
  var kind: Kind
  var cost: UInt32

  init(call: UInt64, limit: UInt64, time: Instant, kind: Kind, cost: UInt32) {
    self.call = call
    self.limit = limit
    self.time = time
    self.kind = kind
    self.cost = cost
  }

  init?(_ bytes: UnsafeRawBufferPointer) {
    func number<Number: FixedWidthInteger>(_ offset: Int, _: Number.Type) -> Number {
      Number(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Number.self))
    }
    guard bytes.count == Self.size, let kind = Kind(rawValue: number(24, UInt32.self)) else {
      return nil
    }
    self.init(
      call: number(0, UInt64.self), limit: number(8, UInt64.self),
      time: Instant(milliseconds: number(16, Int64.self)), kind: kind,
      cost: number(28, UInt32.self))
  }

  var bytes: [UInt8] {
    func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
      withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }
    return bytes(call) + bytes(limit) + bytes(time.milliseconds) + bytes(kind.rawValue)
      + bytes(cost)
  }

  /// FNV-1a, which returns the same value in every process.
  static func hash(_ limit: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in limit.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return hash
  }
}

/// A file of calls, to which all commands against a target append. Used only under its owner's lock.
final class CallLog: @unchecked Sendable {
  // Unchecked: `CallFile` uses it inside its lock only; `unlock` touches nothing but the descriptor.
  private let path: String
  private var descriptor: Int32 = -1
  /// How far it has been read.
  private var offset: off_t = 0
  /// Whether nothing of the current file has been read.
  private var isUnread = true

  /// Beyond this size, the next command replaces the file with the calls that still count.
  private static let largest: off_t = 4 << 20

  /// - Parameter oldest: Older calls no longer count.
  init(path: String, oldest: Instant) throws {
    self.path = path
    try open()
    let size = try self.size()
    if size > Self.largest { try shorten(oldest) }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  private func open() throws {
    if descriptor >= 0 { close(descriptor) }
    descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.failure() }
    offset = 0
    isUnread = true
    // A line that a full disk truncated would shift all later lines.
    let rest = try size() % off_t(CallEntry.size)
    if rest > 0, ftruncate(descriptor, try size() - rest) != 0 { throw Self.failure() }
  }

  private func size() throws -> off_t {
    var information = stat()
    guard fstat(descriptor, &information) == 0 else { throw Self.failure() }
    return information.st_size
  }

  /// A single write, so lines of several commands do not mix.
  func append(_ entry: CallEntry) throws {
    let bytes = entry.bytes
    let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard written != bytes.count else { return }
    let failure = Self.failure()
    // Half a line would shift all later lines.
    if written > 0 { ftruncate(descriptor, try size() / off_t(bytes.count) * off_t(bytes.count)) }
    throw failure
  }

  /// What was appended since the last call, and whether it is the whole content because the file was replaced.
  func entries() throws -> (entries: [CallEntry], isAnother: Bool) {
    if try isReplaced() { try open() }
    let isAnother = isUnread
    isUnread = false
    let end = try size()
    guard end > offset else { return ([], isAnother) }
    var bytes = [UInt8](repeating: 0, count: Int(end - offset) / CallEntry.size * CallEntry.size)
    let count = bytes.withUnsafeMutableBytes { pread(descriptor, $0.baseAddress, $0.count, offset) }
    guard count >= 0 else { throw Self.failure() }
    let whole = count / CallEntry.size * CallEntry.size
    offset += off_t(whole)
    let entries = bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: whole, by: CallEntry.size).compactMap {
        CallEntry(UnsafeRawBufferPointer(rebasing: bytes[$0..<$0 + CallEntry.size]))
      }
    }
    return (entries, isAnother)
  }

  /// Whether another command has replaced the file.
  private func isReplaced() throws -> Bool {
    var (mine, present) = (stat(), stat())
    guard fstat(descriptor, &mine) == 0 else { throw Self.failure() }
    guard stat(path, &present) == 0 else { return true }
    return mine.st_ino != present.st_ino || mine.st_dev != present.st_dev
  }

  // MARK: The lock

  /// Waits some milliseconds for the lock of the current file. `false`: another command holds it.
  func lock() throws -> Bool {
    for _ in 0..<5 {
      if try isReplaced() {
        try open()
      }
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 {
        if try !isReplaced() { return true }
        flock(descriptor, LOCK_UN)
        continue
      }
      guard errno == EWOULDBLOCK || errno == EINTR else { return false }
      usleep(1000)
    }
    return false
  }

  func unlock() { flock(descriptor, LOCK_UN) }

  /// Replaces a large file with the calls that still count.
  private func shorten(_ oldest: Instant) throws {
    guard try lock() else { return }
    defer { unlock() }
    guard try size() > Self.largest else { return }
    let kept = try entries().entries.filter { $0.time >= oldest }.flatMap(\.bytes)
    try Data(kept).write(to: URL(filePath: path), options: .atomic)
    try OwnerOnly.tighten(path)
    try open()
  }

  private static func failure() -> POSIXError {
    POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
  }
}
