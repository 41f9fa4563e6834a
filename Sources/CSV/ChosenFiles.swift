import Foundation

/// The files of a folder that a pattern names: which of them are read, and what they were like when they were chosen.
public struct ChosenFiles: Sendable {
  public enum Pick: String, Sendable, Hashable, CaseIterable {
    /// The only one; several are an error.
    case one
    /// The one that was changed last. Several that were changed at the same moment are an error.
    case newest
    /// One after another, in the order of their names.
    case all
  }

  public let folder: String
  /// `*` stands for any stretch of a file's name, `?` for one character.
  public let pattern: String
  public let pick: Pick
  public let files: [ChosenFile]
  private let names: [String]

  /// Looks into the folder. Folders, and names that begin with a dot where the pattern does not, are passed over.
  ///
  /// - Throws: ``CSVError`` when no file fits, when several do and one is wanted, or when one is a link out of the folder.
  public init(_ pattern: String, in folder: String, pick: Pick) throws(CSVError) {
    self.folder = folder
    self.pattern = pattern
    self.pick = pick
    names = try Self.names(of: pattern, in: folder)
    guard !names.isEmpty else {
      throw CSVError(
        .choice, "no file in `\(folder)` is named `\(pattern)`",
        remedy: "check the folder and the name, and that the file was delivered")
    }
    if pick == .one, names.count > 1 {
      throw CSVError(
        .choice,
        "\(names.count) files in `\(folder)` are named `\(pattern)`, and exactly one is wanted: "
          + Self.list(names),
        remedy: "take the others away, or write `pick: newest` or `pick: all`")
    }
    var files: [ChosenFile] = []
    for name in names { files.append(try ChosenFile(name, in: folder)) }
    if pick == .newest {
      let last = files.map(\.state.changed).max()
      files.removeAll { $0.state.changed != last }
      if files.count > 1 {
        throw CSVError(
          .choice,
          "\(files.count) files in `\(folder)` were changed last, at the same moment, and exactly one is "
            + "the newest: \(Self.list(files.map(\.name)))",
          remedy: "take the older ones away, or `touch` the one that is meant")
      }
    }
    self.files = files
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).map { "`\($0)`" }.joined(separator: ", ") + (names.count > 5 ? " …" : "")
  }

  /// Throws when a file is not as it was when it was chosen, or others have come that should be read too.
  public func check() throws(CSVError) {
    for file in files { try file.check() }
    if pick != .newest, try Self.names(of: pattern, in: folder) != names {
      throw CSVError(
        .changing, "the files named `\(pattern)` in `\(folder)` changed while they were read",
        remedy: "run again when all of them are there")
    }
  }

  /// How many files a folder has.
  public static func count(in folder: String) throws(CSVError) -> Int {
    try names(of: "*", in: folder).count
  }

  private static func names(of pattern: String, in folder: String) throws(CSVError) -> [String] {
    guard let stream = opendir(folder) else {
      throw CSVError(
        .unreadable, "the folder `\(folder)` cannot be read: \(systemError())",
        remedy: "check `folder` in the source's file, and the folder's permissions")
    }
    defer { closedir(stream) }
    let wanted = Array(pattern.unicodeScalars)
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      let isHidden = name.hasPrefix(".") && !pattern.hasPrefix(".")
      guard name != ".", name != "..", !isHidden, matches(Array(name.unicodeScalars), wanted),
        !isFolder("\(folder)/\(name)")
      else { continue }
      names.append(name)
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  private static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  /// Goes back to the last `*` where what follows does not fit, which is enough: no other way could fit better.
  static func matches(_ name: [Unicode.Scalar], _ pattern: [Unicode.Scalar]) -> Bool {
    var (at, place) = (0, 0)
    var star: (place: Int, at: Int)?
    while at < name.count {
      if place < pattern.count, pattern[place] == "*" {
        star = (place, at)
        place += 1
      } else if place < pattern.count, pattern[place] == "?" || pattern[place] == name[at] {
        at += 1
        place += 1
      } else if let last = star {
        star = (last.place, last.at + 1)
        (place, at) = (last.place + 1, last.at + 1)
      } else {
        return false
      }
    }
    return pattern[place...].allSatisfy { $0 == "*" }
  }
}

/// A file, and what it was like when it was chosen.
public struct ChosenFile: Sendable, Hashable {
  public let name: String
  public let path: String
  let state: FileState

  init(_ name: String, in folder: String) throws(CSVError) {
    self.name = name
    path = "\(folder)/\(name)"
    guard let real = Self.real(path), let root = Self.real(folder) else {
      throw CSVError(
        .unreadable, "`\(path)` cannot be read: \(systemError())",
        remedy: "check the file, and its permissions")
    }
    guard real.hasPrefix(root == "/" ? root : root + "/") else {
      throw CSVError(
        .leadsOut, "`\(path)` is a link that leads out of its folder",
        remedy: "put the file itself into the folder, or name the folder in which it is")
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw CSVError(
        .unreadable, "`\(path)` cannot be read: \(systemError())",
        remedy: "check the file, and its permissions")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      throw CSVError(
        .unreadable, "`\(path)` is not a file", remedy: "take it away, or write another name")
    }
    state = FileState(status)
  }

  /// How long ago the file was changed, by the clock of this machine; zero for a moment that is still to come.
  public var age: Duration {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    let age = Instant(now).duration(since: state.changed)
    return max(.zero, age)
  }

  /// Throws when the file is not as it was when it was chosen.
  public func check() throws(CSVError) {
    var status = stat()
    guard stat(path, &status) == 0, FileState(status) == state else { throw changed }
  }

  var changed: CSVError {
    CSVError(
      .changing, "`\(name)` is still being written: it changed while it was read",
      remedy:
        "run again when the file is whole; deliver it under another name and rename it at the end")
  }

  private static func real(_ path: String) -> String? {
    guard let resolved = realpath(path, nil) else { return nil }
    defer { free(resolved) }
    return String(cString: resolved)
  }
}

/// What tells a file that changes from one that does not.
struct FileState: Sendable, Hashable {
  var device: UInt64
  var number: UInt64
  var size: Int64
  var changed: Instant

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
    size = Int64(status.st_size)
    #if os(Linux)
      changed = Instant(status.st_mtim)
    #else
      changed = Instant(status.st_mtimespec)
    #endif
  }
}

/// A moment by the clock of a file system.
struct Instant: Sendable, Hashable, Comparable {
  var seconds: Int64
  var nanoseconds: Int64

  init(_ time: timespec) {
    seconds = Int64(time.tv_sec)
    nanoseconds = Int64(time.tv_nsec)
  }

  static func < (left: Instant, right: Instant) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }

  func duration(since other: Instant) -> Duration {
    let (seconds, overflow) = seconds.subtractingReportingOverflow(other.seconds)
    guard !overflow else { return self < other ? .zero : .seconds(Int64.max) }
    return .seconds(seconds) + .nanoseconds(nanoseconds - other.nanoseconds)
  }
}

/// The reason that the system gave last, in words.
func systemError() -> String { String(cString: strerror(errno)).lowercased() }
