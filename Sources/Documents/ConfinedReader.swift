extension FileReader {
  /// A reader for the files of one project: links in it lead to files of the project only.
  ///
  /// A path may lead to a neighbor of the project's folder, such as `../schemas`, by its text: that stands in a file for
  /// everybody to see. Where a link leads does not, and what a message quotes of such a file could be a secret. A link that
  /// stays in the same folder tree is followed: a mounted ConfigMap is made of them.
  ///
  /// - Parameter folder: The project's folder.
  public func confined(to folder: String) -> FileReader {
    guard let goal, let root = goal(folder), let here = goal(".") else { return self }
    let fence = Fence(
      root: Self.parts(root), folder: Self.parts(of: folder, from: here), here: here)
    let reader = self
    return FileReader(
      bytes: { (path, limit) throws(Failure) in
        try fence.check(path, goal)
        return try reader.bytes(path, limit)
      },
      entries: { (path) throws(Failure) in
        try fence.check(path, goal, isFolder: true)
        return try reader.entries(path)
      }, goal: goal)
  }

  fileprivate static func parts(_ path: String) -> [Substring] { path.split(separator: "/") }

  /// The parts of a path without `.` and `..`, as its text says it.
  fileprivate static func parts(of path: String, from here: String) -> [Substring] {
    var parts: [Substring] = []
    for part in (path.hasPrefix("/") ? path : here + "/" + path).split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(part)
      }
    }
    return parts
  }
}

/// Where the files of a project may lie.
private struct Fence: Sendable {
  /// Where the project's folder really is.
  let root: [Substring]
  /// Where its text says that it is.
  let folder: [Substring]
  let here: String

  func check(
    _ path: String, _ goal: (String) -> String?, isFolder: Bool = false
  ) throws(FileReader.Failure) {
    // What is not there is reported by its reader.
    guard let real = goal(path).map({ FileReader.parts($0) }) else { return }
    let tree = tree(of: FileReader.parts(of: path, from: here))
    guard real.starts(with: tree) else { throw .leadsOut }
    if isFolder { return }
    let name = real.last ?? ""
    guard [".yaml", ".yml", ".json", ".sql"].contains(where: name.lowercased().hasSuffix) else {
      throw .unreadable("it leads to a file that is not YAML, JSON or SQL")
    }
  }

  /// The folder that a path may not leave: the project's, or the neighbor that its text names.
  private func tree(of path: [Substring]) -> [Substring] {
    let common = zip(folder, path).prefix { $0 == $1 }.count
    guard common < folder.count else { return root }
    // The same way from where the project really is.
    let above = Array(root.dropLast(folder.count - common))
    let below = path.dropFirst(common)
    return below.count > 1 ? above + below.prefix(1) : above
  }
}
