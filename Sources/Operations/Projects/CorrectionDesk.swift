import Diagnostics
import Documents

/// Files that are being corrected, in several rounds, before anything is written.
struct CorrectionDesk {
  struct File {
    let original: SourceFile
    var bytes: [UInt8]
    var fixes: [Diagnostic.Fix]
  }

  private var byPath: [String: File] = [:]

  /// In the order of their paths.
  var files: [File] { byPath.values.sorted { $0.original.path < $1.original.path } }

  mutating func take(_ file: CorrectedFile) {
    var corrected = byPath[file.file.path] ?? File(original: file.file, bytes: [], fixes: [])
    corrected.bytes = file.bytes
    corrected.fixes += file.fixes
    byPath[file.file.path] = corrected
  }

  /// The files of this machine, with what has been corrected so far in place.
  var reader: FileReader {
    let corrected = byPath.mapValues(\.bytes)
    return FileReader(
      bytes: { (path, limit) throws(FileReader.Failure) in
        if let bytes = corrected[path] { return bytes }
        return try FileReader.disk.bytes(path, limit)
      },
      entries: FileReader.disk.entries, goal: FileReader.disk.goal)
  }
}
