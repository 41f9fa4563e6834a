#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// The file system as the readers see it; an editor can put unsaved text in its place.
public struct FileReader: Sendable {
  public struct Entry: Sendable, Hashable {
    public var name: String
    public var isFolder: Bool
    /// Whether it is a link to a folder in which it lies itself, so that searching it would never end.
    public var isCircular: Bool

    public init(name: String, isFolder: Bool, isCircular: Bool = false) {
      self.name = name
      self.isFolder = isFolder
      self.isCircular = isCircular
    }
  }

  public enum Failure: Error, Sendable, Hashable {
    case missing
    case tooLarge
    /// With the reason in words.
    case unreadable(String)
    /// A link leads out of the project.
    case leadsOut
  }

  /// The bytes of a file, at most so many.
  public var bytes: @Sendable (_ path: String, _ limit: Int) throws(Failure) -> [UInt8]
  /// What is in a folder, in any order, without `.` and `..`.
  public var entries: @Sendable (_ folder: String) throws(Failure) -> [Entry]
  /// Where a path leads when every link in it is followed, `nil` where nothing is. A reader without it knows no links.
  public var goal: (@Sendable (_ path: String) -> String?)?

  public init(
    bytes: @escaping @Sendable (_ path: String, _ limit: Int) throws(Failure) -> [UInt8],
    entries: @escaping @Sendable (_ folder: String) throws(Failure) -> [Entry],
    goal: (@Sendable (_ path: String) -> String?)? = nil
  ) {
    self.bytes = bytes
    self.entries = entries
    self.goal = goal
  }

  /// The files of this machine.
  public static let disk = FileReader(bytes: readFile, entries: listFolder, goal: realPath)
}

private func lastFailure() -> FileReader.Failure {
  errno == ENOENT ? .missing : .unreadable(String(cString: strerror(errno)).lowercased())
}

@Sendable private func readFile(_ path: String, limit: Int) throws(FileReader.Failure) -> [UInt8] {
  // Without waiting: a named pipe must not hold the reading up.
  let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
  guard descriptor >= 0 else { throw lastFailure() }
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw lastFailure() }
  guard status.st_mode & S_IFMT == S_IFREG else {
    throw .unreadable(status.st_mode & S_IFMT == S_IFDIR ? "it is a folder" : "it is not a file")
  }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: max(1, min(Int(status.st_size) + 1, limit + 1)))
  while true {
    let count = chunk.withUnsafeMutableBytes { read(descriptor, $0.baseAddress, $0.count) }
    if count < 0 {
      if errno == EINTR { continue }
      throw lastFailure()
    }
    if count == 0 { return bytes }
    bytes.append(contentsOf: chunk[..<count])
    if bytes.count > limit { throw .tooLarge }
  }
}

@Sendable private func listFolder(_ folder: String) throws(FileReader.Failure) -> [FileReader.Entry]
{
  guard let stream = opendir(folder) else { throw lastFailure() }
  defer { closedir(stream) }
  var entries: [FileReader.Entry] = []
  while let entry = readdir(stream) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
    }
    guard name != ".", name != ".." else { continue }
    var status = stat()
    // A link that leads nowhere is reported when it is read as a file.
    let isFolder = stat("\(folder)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    entries.append(
      FileReader.Entry(
        name: name, isFolder: isFolder, isCircular: isFolder && leadsBack(name, in: folder)))
  }
  return entries
}

/// Whether an entry is a link to its own folder, or to one around it.
private func leadsBack(_ name: String, in folder: String) -> Bool {
  var status = stat()
  guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
    let goal = realPath("\(folder)/\(name)"), let here = realPath(folder)
  else { return false }
  return here == goal || here.hasPrefix(goal == "/" ? goal : goal + "/")
}

@Sendable private func realPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
