import Diagnostics
import Engine
import Programs

/// Why an operation cannot continue: what happened, and what to do.
public struct OperationFailure: Error, Sendable, CustomStringConvertible {
  public enum Kind: Sendable, Hashable, CaseIterable {
    /// Something is wrong with the project's files or settings.
    case findings
    /// What was asked for does not exist.
    case unreadable
    /// A decision that does not fit what the ledger or the target holds.
    case rejected
    /// A guard stopped everything.
    case blocked
    /// A source, a target, the ledger or a file cannot be used, or the operation was interrupted.
    case unavailable
  }
  public let kind: Kind
  /// One line, lower case, without a full stop; empty where the findings say everything.
  public let message: String
  /// One action.
  public let remedy: String?
  /// Findings in the project's files.
  public let findings: [Diagnostic]

  public init(_ kind: Kind, _ message: String, remedy: String? = nil) {
    self.kind = kind
    self.message = message
    self.remedy = remedy
    findings = []
  }

  public init(_ kind: Kind, _ findings: [Diagnostic]) {
    self.kind = kind
    self.findings = findings
    message = ""
    remedy = nil
  }

  public var description: String {
    guard findings.isEmpty else { return render(findings, as: .text) }
    return "error: \(message)" + (remedy.map { "\n  = help: \($0)" } ?? "")
  }
}

extension OperationFailure {
  /// Converts any error to a failure of the operation.
  public init(_ error: any Error) {
    switch error {
    case let failure as OperationFailure: self = failure
    case let error as UnreadableRecord:
      self.init(.unavailable, error.description, remedy: error.remedy)
    case let error as LedgerError: self.init(.unavailable, error.message, remedy: error.remedy)
    case let refused as LinksRefused:
      let code = refused.refusal.code.map { "\($0.id): " } ?? ""
      self.init(.blocked, code + refused.refusal.message, remedy: refused.refusal.help)
    case let ambiguous as AmbiguousKey:
      self.init(.unreadable, ambiguous.description, remedy: ambiguous.remedy)
    case let failure as SourceFailure: self.init(of: failure)
    case let stopped as TargetStopped:
      self.init(.unavailable, "\(stopped.target): \(stopped.message)", remedy: stopped.remedy)
    case let interrupted as RunInterrupted:
      self.init(
        .unavailable, "\(interrupted.reason); nothing is half-sent",
        remedy: "run it again when it may take its time")
    case is CancellationError:
      self.init(.unavailable, "interrupted; nothing is half-sent")
    default: self.init(.unavailable, "\(error)")
    }
  }

  init(of failure: SourceFailure) {
    self.init(
      .unavailable, "the source \(failure.source) cannot be read: \(failure.message)",
      remedy: failure.remedy)
  }

  /// This operation must not trust the ledger.
  static func inDoubt(_ doubt: String) -> OperationFailure {
    OperationFailure(
      .blocked, "\(doubt); it has to be compared with the targets before anything is sent",
      remedy: "run once without naming mappings: `crosswalk run`")
  }

  /// The key that was meant.
  public static func key(_ search: KeySearch, of mapping: String) throws(OperationFailure) -> Key? {
    do throws(AmbiguousKey) {
      return try search.key(of: mapping)
    } catch {
      throw OperationFailure(error)
    }
  }
}

/// Converts any error of `body` to an ``OperationFailure``.
func failing<Result>(
  _ body: () async throws -> Result
) async throws(OperationFailure) -> Result {
  do {
    return try await body()
  } catch {
    throw OperationFailure(error)
  }
}

func failingAtOnce<Result>(_ body: () throws -> Result) throws(OperationFailure) -> Result {
  do {
    return try body()
  } catch {
    throw OperationFailure(error)
  }
}
