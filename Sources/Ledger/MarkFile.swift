import Engine
import Foundation
import Synchronization

/// A small file next to the ledger that says how far the ledger has come: its name, and how often it was written.
///
/// It moves after each transaction and before the transaction's callers continue. So it is never behind the ledger at the
/// moment when something is sent, even if the process dies: a ledger that is behind its mark is an old copy. The mark is moved
/// durably before the first write of a process and at its end. In between it outlasts the process, but not a power cut.
public final class MarkFile: WriteMark {
  public enum State: String, Sendable, Hashable, CaseIterable {
    /// A process is writing, or was killed while it wrote.
    case open
    /// The last process ended in order.
    case closed
    /// The ledger was behind its mark, and has not yet been compared with the targets.
    case doubtful
  }

  public struct Content: Sendable, Hashable {
    /// The ledger's name, in hexadecimal digits.
    public var name: String
    public var writeCount: Int64
    public var state: State

    public init(name: String, writeCount: Int64, state: State) {
      self.name = name
      self.writeCount = writeCount
      self.state = state
    }
  }

  public enum Reading: Sendable, Hashable {
    case none
    /// The file exists but cannot be understood.
    case unreadable
    case content(Content)
  }

  public let path: String
  private let descriptor = Mutex<Int32>(-1)
  private static let digits = 19
  /// How the name of a file ends that is to take the mark's place.
  public static let unfinished = ".new"

  public init(path: String) { self.path = path }

  deinit { descriptor.withLock { if $0 >= 0 { close($0) } } }

  // MARK: Reading

  public func read() -> Reading {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return errno == ENOENT ? .none : .unreadable }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: 200)
    let length = bytes.withUnsafeMutableBytes { Foundation.read(file, $0.baseAddress, $0.count) }
    guard length > 0 else { return .unreadable }
    return Self.content(String(decoding: bytes.prefix(length), as: UTF8.self)).map { .content($0) }
      ?? .unreadable
  }

  private static func content(_ text: String) -> Content? {
    let parts = text.split(whereSeparator: \.isWhitespace)
    guard (2...3).contains(parts.count), let count = Int64(parts[1]) else { return nil }
    // Marks of earlier releases have no state.
    guard let state = parts.count == 3 ? State(rawValue: String(parts[2])) : .closed else {
      return nil
    }
    return Content(name: String(parts[0]), writeCount: count, state: state)
  }

  // MARK: Writing

  /// Replaces the file with the content; durable on return.
  public func write(_ content: Content) throws {
    let number = String(content.writeCount)
    let zeros = String(repeating: "0", count: max(0, Self.digits - number.utf8.count))
    let line = "\(content.name) \(zeros)\(number) \(content.state.rawValue)\n"
    // Others may close the same mark at this moment.
    let temporary = "\(path).\(getpid())\(Self.unfinished)"
    let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw refused() }
    do {
      try Self.put(Array(line.utf8), at: 0, in: file)
      guard fsync(file) == 0, rename(temporary, path) == 0 else { throw Failed() }
      try syncFolder()
    } catch {
      let reason = refused()
      close(file)
      throw reason
    }
    descriptor.withLock { old in
      if old >= 0 { close(old) }
      old = file
    }
    offset.withLock { $0 = content.name.utf8.count + 1 }
  }

  /// Takes the file away, where there is one.
  public func remove() throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw refused() }
  }

  /// Where the count stands.
  private let offset = Mutex(0)

  /// Moves the count, as a rule after each transaction.
  public func advance(to writeCount: Int64) throws {
    let number = String(writeCount)
    let zeros = String(repeating: "0", count: max(0, Self.digits - number.utf8.count))
    let place = offset.withLock { $0 }
    try descriptor.withLock { file in
      guard file >= 0 else { return }
      do {
        try Self.put(Array((zeros + number).utf8), at: off_t(place), in: file)
      } catch {
        throw refused()
      }
    }
  }

  private struct Failed: Error {}

  private static func put(_ bytes: [UInt8], at place: off_t, in file: Int32) throws {
    let written = bytes.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, place) }
    guard written == bytes.count else { throw Failed() }
  }

  private func syncFolder() throws {
    let folder = open(
      (path as NSString).deletingLastPathComponent.isEmpty
        ? "." : (path as NSString).deletingLastPathComponent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { throw Failed() }
    defer { close(folder) }
    guard fsync(folder) == 0 else { throw Failed() }
  }

  private func refused() -> LedgerError {
    LedgerError(
      code: .inputOutput,
      message: "`\(path)` cannot be written: \(String(cString: strerror(errno)))",
      remedy: "Make the ledger's folder writable, and free space on its disk.")
  }
}
