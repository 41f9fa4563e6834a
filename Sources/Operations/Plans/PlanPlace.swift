import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a plan's file is.
struct PlanPlace {
  let path: String

  /// More bytes than any plan has.
  private static let largest = 1 << 30

  /// Writes a file that only its owner may read, and replaces an earlier plan.
  ///
  /// - Throws: `OperationFailure` when the file cannot be written whole, or when a file that is not a plan is there. That file
  ///   does not change.
  func write(_ bytes: [UInt8]) throws(OperationFailure) {
    var information = stat()
    let isThere = stat(path, &information) == 0
    // A device or a pipe is written to directly.
    if isThere, information.st_mode & S_IFMT != S_IFREG {
      return try write(bytes, to: open(path, O_WRONLY | O_CLOEXEC))
    }
    if isThere, information.st_size > 0, try !holdsPlan() {
      throw OperationFailure(
        .unreadable, "`\(path)` is there and is not a plan file",
        remedy: "name another file, or remove that one first")
    }
    // A symbolic link stays; the file that it leads to is replaced.
    let goal = isThere ? URL(filePath: path).resolvingSymlinksInPath().path : path
    let part = "\(goal).\(UUID().uuidString.prefix(8)).part"
    do throws(OperationFailure) {
      try write(bytes, to: open(part, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600))
      guard rename(part, goal) == 0 else { throw unwritable(errno) }
    } catch {
      unlink(part)
      throw error
    }
  }

  /// Whether the file begins like a plan.
  private func holdsPlan() throws(OperationFailure) -> Bool {
    let beginning: Data?
    do {
      let file = try FileHandle(forReadingFrom: URL(filePath: path))
      defer { file.closeFile() }
      beginning = try file.read(upToCount: PlanFile.head.count)
    } catch {
      throw OperationFailure(
        .unavailable, "`\(path)` is there and cannot be read: \(error.localizedDescription)",
        remedy: "name another file")
    }
    return beginning.map(Array.init) == PlanFile.head
  }

  private func write(_ bytes: [UInt8], to descriptor: Int32) throws(OperationFailure) {
    guard descriptor >= 0 else { throw unwritable(errno) }
    var written = 0
    var failure: Int32?
    while written < bytes.count, failure == nil {
      let count = bytes[written...].withUnsafeBytes {
        #if canImport(Glibc)
          Glibc.write(descriptor, $0.baseAddress, $0.count)
        #else
          Darwin.write(descriptor, $0.baseAddress, $0.count)
        #endif
      }
      if count >= 0 { written += count } else if errno != EINTR { failure = errno }
    }
    // A device cannot be made durable.
    if failure == nil, fsync(descriptor) != 0, errno != EINVAL, errno != EROFS { failure = errno }
    if close(descriptor) != 0, failure == nil { failure = errno }
    if let failure { throw unwritable(failure) }
  }

  private func unwritable(_ code: Int32) -> OperationFailure {
    OperationFailure(
      .unavailable, "the plan cannot be written to \(path): \(String(cString: strerror(code)))",
      remedy: "make room, or name another file")
  }

  /// - Throws: `OperationFailure` when the file does not exist or cannot be a plan.
  func read() throws(OperationFailure) -> [UInt8] {
    var information = stat()
    guard stat(path, &information) == 0 else { throw unreadable(errno) }
    guard information.st_mode & S_IFMT == S_IFREG, information.st_size <= Self.largest else {
      throw OperationFailure(
        .unreadable, "`\(path)` is not a plan file",
        remedy: "`crosswalk plan --out FILE` writes one")
    }
    do {
      return Array(try Data(contentsOf: URL(filePath: path)))
    } catch {
      throw unreadable(errno)
    }
  }

  private func unreadable(_ code: Int32) -> OperationFailure {
    OperationFailure(
      .unreadable, "the plan `\(path)` cannot be read: \(String(cString: strerror(code)))",
      remedy: "`crosswalk plan --out FILE` writes one")
  }
}
