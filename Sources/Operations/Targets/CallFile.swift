import Engine
import Foundation
import Ledger
import Synchronization

/// The calls that a target's limits count, in a file next to the ledger, so that they outlast a command.
///
/// Each call is a line of its departure and one of its end. They are appended without being forced to the disk: they outlive
/// the process, and that a whole machine fails costs at most some refusals. Before the first run there is no folder for them,
/// and the calls of a plan are not kept. That they cannot be kept for another reason is said once, and stops nothing.
final class CallFile: CallMemory {
  /// One line: all numbers little-endian, 32 bytes.
  private struct Entry {
    enum Kind: UInt32 {
      case left = 1
      case answered = 2
      case withdrawn = 3
    }
    static let size = 32

    /// Which call of which command.
    var call: UInt64
    /// The limit's name, hashed.
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
        time: Instant(milliseconds: number(16, Int64.self)),
        kind: kind, cost: number(28, UInt32.self))
    }

    var bytes: [UInt8] {
      func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
      }
      return bytes(call) + bytes(limit) + bytes(time.milliseconds) + bytes(kind.rawValue)
        + bytes(cost)
    }
  }

  private let path: String
  private let patience: Duration
  private let longest: Duration
  private let clock: any Timekeeper
  /// Tells the calls of this command from others'.
  private let command = UInt64.random(in: 0...UInt64.max)
  private let report: @Sendable (OperationEvent) -> Void
  private let file = Mutex(File.closed)

  private enum File {
    case closed
    case open(FileHandle)
    /// It has been said that nothing is kept.
    case failed
  }

  /// A file that has grown beyond this is begun anew by the next command, with what still counts.
  private static let largest = 4 << 20

  /// - Parameters:
  ///   - patience: How long a call may take: one whose end is not known may have been counted so much later.
  ///   - longest: The longest window.
  init(
    path: String, patience: Duration, longest: Duration, clock: any Timekeeper,
    report: @escaping @Sendable (OperationEvent) -> Void = { _ in }
  ) {
    self.report = report
    self.path = path
    self.patience = patience
    self.longest = longest
    self.clock = clock
  }

  // MARK: Earlier commands

  func earlier(countedBy limit: String) -> [EarlierCall] {
    let limit = hash(limit)
    var calls: [UInt64: (time: Instant, cost: UInt32)] = [:]
    let now = clock.wall
    for entry in entries() where entry.limit == limit {
      switch entry.kind {
      case .left: calls[entry.call] = (entry.time.later(by: patience), entry.cost)
      case .answered: calls[entry.call]?.time = entry.time
      case .withdrawn: calls[entry.call] = nil
      }
    }
    return calls.values.map { call in
      // A clock that was set back must not hold a place for longer than a call can take.
      EarlierCall(
        ago: max(now.since(call.time), .zero - patience), cost: Int(clamping: call.cost))
    }
  }

  private func entries() -> [Entry] {
    guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
    return bytes.withUnsafeBytes { bytes in
      stride(from: 0, through: bytes.count - Entry.size, by: Entry.size).compactMap {
        Entry(UnsafeRawBufferPointer(rebasing: bytes[$0..<$0 + Entry.size]))
      }
    }
  }

  // MARK: This command

  func left(_ call: UInt64, countedBy limit: String, cost: Int) {
    append(call, limit, .left, cost: cost)
  }

  func answered(_ call: UInt64, countedBy limit: String) { append(call, limit, .answered) }

  func withdrawn(_ call: UInt64, countedBy limit: String) { append(call, limit, .withdrawn) }

  private func append(_ call: UInt64, _ limit: String, _ kind: Entry.Kind, cost: Int = 0) {
    let entry = Entry(
      call: command ^ call, limit: hash(limit), time: clock.wall, kind: kind,
      cost: UInt32(clamping: cost))
    let failure: (any Error)? = file.withLock { file in
      do {
        if case .closed = file { file = try open().map { .open($0) } ?? .closed }
        // One write: lines of several commands do not mix.
        if case .open(let handle) = file { try handle.write(contentsOf: entry.bytes) }
        return nil
      } catch {
        file = .failed
        return error
      }
    }
    if let failure {
      report(
        .warning(
          "the calls of this command cannot be kept in \(path) (\(failure.localizedDescription)), "
            + "so the next one does not leave them their places in the target's limits"))
    }
  }

  /// `nil` where there is no folder for it.
  private func open() throws -> FileHandle? {
    let folder = URL(filePath: path).deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else { return nil }
    try shorten()
    let descriptor = Foundation.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    // A line that a full disk has cut short would move all that follow.
    let size = try handle.seekToEnd()
    let rest = size % UInt64(Entry.size)
    if rest > 0 { try handle.truncate(atOffset: size - rest) }
    return handle
  }

  /// Begins a large file anew, with what still counts.
  private func shorten() throws {
    guard FileManager.default.fileExists(atPath: path) else { return }
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    guard let size = attributes[.size] as? Int, size > Self.largest else { return }
    let oldest = clock.wall.later(by: .zero - longest - patience)
    let kept = entries().filter { $0.time >= oldest }.flatMap(\.bytes)
    try Data(kept).write(to: URL(filePath: path), options: .atomic)
    try OwnerOnly.tighten(path)
  }

  /// FNV-1a, which is the same in every process.
  private func hash(_ limit: String) -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in limit.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }
    return hash
  }
}
