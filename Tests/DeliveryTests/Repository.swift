import Foundation

/// The repository that these tests lie in.
enum Repository {
  static let root = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func text(_ path: String) throws -> String {
    try String(contentsOf: root.appending(path: path), encoding: .utf8)
  }

  static func lines(_ path: String) throws -> [String] {
    try text(path).split(separator: "\n").map(String.init)
  }

  static func exists(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: root.appending(path: path).path)
  }

  /// The files below a folder, as paths relative to it, in order.
  static func files(below folder: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
      .filter { path in
        var isFolder: ObjCBool = false
        let file = root.appending(path: folder).appending(path: path)
        return FileManager.default.fileExists(atPath: file.path, isDirectory: &isFolder)
          && !isFolder.boolValue
      }
      .sorted()
  }
}
