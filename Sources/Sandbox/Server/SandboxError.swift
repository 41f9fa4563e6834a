/// Why the sandbox cannot do what is asked: a stable code, what happened and what to do.
public struct SandboxError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// The port is taken, or may not be used.
    case cannotListen = "SANDBOX_CANNOT_LISTEN"
    /// No such resource, object or switch.
    case unknown = "SANDBOX_UNKNOWN"
    /// A control call whose body says nothing that is understood.
    case badControl = "SANDBOX_BAD_CONTROL"
  }

  public let code: Code
  public let message: String
  /// What to do about it.
  public let remedy: String

  public var description: String { "\(code.rawValue): \(message). \(remedy)" }

  static func cannotListen(_ host: String, _ port: Int, _ why: String) -> SandboxError {
    SandboxError(
      code: .cannotListen, message: "cannot listen on \(host):\(port): \(why)",
      remedy: "Choose another port, or 0 for any free one.")
  }

  static func unknownResource(_ name: String, of names: [String]) -> SandboxError {
    SandboxError(
      code: .unknown, message: "there is no resource `\(name)`",
      remedy: "Use one of \(names.joined(separator: ", ")).")
  }

  static func unknownObject(_ resource: String, _ id: String) -> SandboxError {
    SandboxError(
      code: .unknown, message: "`\(resource)` has no object `\(id)`",
      remedy: "Ask GET /_sandbox/objects/\(resource) for those that are there.")
  }

  static func badControl(_ message: String, remedy: String) -> SandboxError {
    SandboxError(code: .badControl, message: message, remedy: remedy)
  }
}
