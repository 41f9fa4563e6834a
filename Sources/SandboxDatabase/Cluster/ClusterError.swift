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
  public let remedy: String

  public init(code: Code, message: String, remedy: String) {
    self.code = code
    self.message = message
    self.remedy = remedy
  }

  public var description: String { "\(code.rawValue): \(message) (\(remedy))" }
}
