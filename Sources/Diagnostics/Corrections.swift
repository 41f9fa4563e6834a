/// A file with the corrections of its diagnostics in place; all other bytes are as they were.
public struct CorrectedFile: Sendable {
  public let file: SourceFile
  public let bytes: [UInt8]
  /// In the order of their places.
  public let fixes: [Diagnostic.Fix]
}

extension [Diagnostic] {
  /// The files that have corrections, in the order of their paths. Of two corrections that overlap the first is made;
  /// the other is found again when the file is read again.
  public func corrected() -> [CorrectedFile] {
    let fixes = Dictionary(grouping: compactMap(\.fix)) { $0.range.file.path }
    return fixes.keys.sorted().compactMap { path in
      guard let fixes = fixes[path], let file = fixes.first?.range.file else { return nil }
      return CorrectedFile(file, fixes)
    }
  }
}

extension CorrectedFile {
  fileprivate init(_ file: SourceFile, _ fixes: [Diagnostic.Fix]) {
    var bytes: [UInt8] = []
    var made: [Diagnostic.Fix] = []
    var copied = 0
    for fix in fixes.sorted(by: { ($0.range.start, $0.range.end) < ($1.range.start, $1.range.end) })
    where fix.range.start >= copied && fix.range.end <= file.bytes.count {
      bytes += file.bytes[copied..<fix.range.start]
      bytes += fix.replacement.utf8
      copied = fix.range.end
      made.append(fix)
    }
    self.file = file
    self.bytes = bytes + file.bytes[copied...]
    self.fixes = made
  }

}

extension SourceFile {
  /// The lines that change, as a unified diff without context.
  ///
  /// Corrections stay on their lines, so lines before and after count alike.
  public func diff(to bytes: [UInt8]) -> String {
    let after = SourceFile(path: path, bytes: bytes)
    var text = "--- \(path)\n+++ \(path)\n"
    for line in 1...max(lineStarts.count, after.lineStarts.count)
    where self.line(line) != after.line(line) {
      text += "@@ -\(line) +\(line) @@\n-\(self.line(line))\n+\(after.line(line))\n"
    }
    return text
  }
}
