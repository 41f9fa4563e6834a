/// Why a private database server could not be started or would not run a statement.
public struct ClusterError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The stable name of a kind of failure.
  public enum Code: String, Sendable {
    case programsMissing = "cluster.programs-missing"
    case folderUnusable = "cluster.folder-unusable"
    case startFailed = "cluster.start-failed"
    case statementFailed = "cluster.statement-failed"
  }

  public let code: Code
  public let message: String
  /// What to do about it.
  public let mend: String

  public init(code: Code, message: String, mend: String) {
    self.code = code
    self.message = message
    self.mend = mend
  }

  public var description: String { "\(code.rawValue): \(message) (\(mend))" }
}
