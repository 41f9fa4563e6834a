import Engine
import Foundation
import Mappings

/// Ties a ledger to its project and to the targets whose objects it knows. The same ids at another tenant belong to other
/// objects, and writing to them would overwrite data that this project has never seen.
struct LedgerTies {
  private let rule: TieCheck

  /// The ties of a project and these targets.
  init(_ workspace: Workspace, targets: [TargetDefinition]) throws(OperationFailure) {
    var wanted: [TieCheck.Wanted] = [
      (.project, workspace.project.name.value)
    ]
    for target in targets {
      wanted.append((.target(target.name.value), try workspace.place(of: target)))
    }
    rule = TieCheck(wanted)
  }

  init(_ project: OpenProject) throws(OperationFailure) {
    try self.init(project.workspace, targets: project.targets.values.map(\.definition))
  }

  /// Refuses a ledger of another project or another place.
  ///
  /// - Returns: The ties that it lacks, to be recorded before anything is sent.
  @discardableResult
  func check(_ ledger: any ProjectLedger) async throws -> [TieCheck.Wanted] {
    if let refusal = try await refusal(of: ledger) { throw refusal }
    return try await rule.check(ledger)
  }

  /// Why ``check(_:)`` refuses a ledger; `nil` when it does not.
  func refusal(of ledger: any ProjectLedger) async throws -> OperationFailure? {
    do {
      _ = try await rule.check(ledger)
      return nil
    } catch let refused as TieCheck.Refused {
      return Self.refusal(refused.subject, refused.before, refused.now)
    }
  }

  /// The same before writing. Records the ties that the ledger lacks.
  func hold(
    _ writer: ProjectWriter, at now: Instant,
    report: (OperationEvent) -> Void
  ) async throws {
    let ledger = writer.ledger
    let missing = try await check(ledger)
    guard !missing.isEmpty else { return }
    for (subject, place) in missing {
      // A ledger of an earlier release: its place is accepted once, unverified.
      guard case .target(let name) = subject, try await ledger.knowsObjects(of: subject) else {
        continue
      }
      report(.note("from now on the objects of \(name) are those at `\(place.inOneLine)`"))
    }
    try await writer.tie(missing.map { Tie($0.subject, $0.place, at: now) })
  }

  /// Moves the ledger to the present place of a subject. Returns the place that it had.
  func move(
    _ subject: Tie.Subject, _ writer: ProjectWriter, who: String, note: String?, at now: Instant
  ) async throws -> (before: String?, after: String) {
    guard let place = rule.wanted.first(where: { $0.subject == subject })?.place else {
      throw OperationFailure(.unreadable, "the project has no such target")
    }
    let before = try await writer.ledger.ties()[subject]
    try await writer.tie([Tie(subject, place, who: who, note: note, at: now)])
    return (before, place)
  }

  private static func refusal(
    _ subject: Tie.Subject, _ before: String, _ now: String
  ) -> OperationFailure {
    switch subject {
    case .project, .resource:
      OperationFailure(
        .unavailable,
        "the ledger belongs to the project `\(before)`, and this one is `\(now)`",
        remedy: "set CROSSWALK_LEDGER, or `ledger:` in crosswalk.yaml, to its own file; if the "
          + "project was renamed, `crosswalk ledger move-project`")
    case .target(let name):
      OperationFailure(
        .unavailable,
        "the ledger knows the objects of \(name) at `\(before.inOneLine)`, and the target is now "
          + "`\(now.inOneLine)`: the ids in it would be those of other objects there",
        remedy: "use another ledger for another system or tenant (CROSSWALK_LEDGER); if the same "
          + "objects have moved there with their ids, `crosswalk ledger move-target \(name)`")
    }
  }
}

extension String {
  var inOneLine: String { replacing("\n", with: ", ") }
}

extension Workspace {
  /// Where a target's objects are: its address, and the headers that may select the tenant there. A secret is not part of
  /// it: a secret may change at any time, and the objects stay.
  func place(of target: TargetDefinition) throws(OperationFailure) -> String {
    var lines = [Self.address(try text(target.baseURL))]
    for header in target.headers where !header.value.isSecret {
      let name = header.name.value.lowercased()
      if Self.saysNothingOfTheTenant.contains(name) { continue }
      lines.append("\(name): \(try text(header.value))")
    }
    return ([lines[0]] + lines.dropFirst().sorted()).joined(separator: "\n")
  }

  private static let saysNothingOfTheTenant: Set<String> = [
    "accept", "accept-charset", "accept-encoding", "accept-language", "cache-control",
    "content-type", "prefer", "user-agent",
  ]

  /// A normalized address: scheme and host in lower case, always with a port, no slash at the end.
  static func address(_ text: String) -> String {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(),
      let host = parts.host?.lowercased()
    else { return text }
    let port = parts.port ?? (scheme == "http" ? 80 : 443)
    var path = parts.percentEncodedPath
    while path.hasSuffix("/") { path.removeLast() }
    return "\(scheme)://\(host.hasSuffix(".") ? String(host.dropLast()) : host):\(port)\(path)"
  }
}

extension Setting {
  fileprivate var isSecret: Bool {
    parts.contains { if case .secret = $0 { true } else { false } }
  }
}
