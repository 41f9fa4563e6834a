import Diagnostics

/// One YAML file as a tree of nodes.
public struct Document: Sendable {
  /// The bytes that a file may have.
  public static let largestFile = 1 << 20
  /// How deeply collections may be nested.
  public static let deepestNesting = 64
  /// The nodes that all aliases of a file together may repeat.
  public static let mostRepeatedNodes = 10_000

  public let file: SourceFile
  public let root: Node

  /// Reads the text of a file; nil when there is no tree, with the reasons in `diagnostics`.
  public init?(_ file: SourceFile, _ diagnostics: inout [Diagnostic]) {
    guard let start = EncodingCheck.start(of: file, &diagnostics) else { return nil }
    var reader = TreeReader(file, from: start)
    let root = reader.read()
    diagnostics += reader.diagnostics
    guard let root else { return nil }
    self.file = file
    self.root = root
  }

  /// Reads a file; nil when it cannot be read or is not YAML, with the reasons in `diagnostics`.
  public init?(
    path: String, reading reader: FileReader = .disk, _ diagnostics: inout [Diagnostic]
  ) {
    guard let file = SourceFile(path: path, reading: reader, &diagnostics) else { return nil }
    self.init(file, &diagnostics)
  }
}

extension SourceFile {
  /// The bytes of a file of at most 1 MiB; nil when it cannot be read, with the reason in `diagnostics`.
  public convenience init?(
    path: String, reading reader: FileReader, _ diagnostics: inout [Diagnostic]
  ) {
    do {
      self.init(path: path, bytes: try reader.bytes(path, Document.largestFile))
    } catch {
      diagnostics.append(.unreadable(path, because: error, what: "file"))
      return nil
    }
  }
}

extension Diagnostic {
  /// A file or folder that could not be read.
  public static func unreadable(
    _ path: String, because failure: FileReader.Failure, what: String
  ) -> Diagnostic {
    let place = SourceRange(file: SourceFile(path: path, bytes: []), start: 0, end: 0)
    return switch failure {
    case .missing:
      Diagnostic(
        Codes.missingFile, "the \(what) `\(path)` does not exist", at: place,
        help: ["check the path; it counts from the folder where the command runs"])
    case .tooLarge:
      Diagnostic(
        Codes.tooLarge, "the \(what) `\(path)` has more than 1 MiB", at: place,
        help: ["move data out of it, or split it"])
    case .leadsOut:
      Diagnostic(
        Codes.leadsOut, "the \(what) `\(path)` is reached by a link that leads out of the project",
        at: place, help: ["put the \(what) itself there, or remove the link"])
    case .unreadable(let reason):
      Diagnostic(
        Codes.unreadableFile, "the \(what) `\(path)` cannot be read: \(reason)", at: place,
        help: ["check that it is a \(what) and that its permissions allow reading"])
    }
  }
}
