/// Where the ledger's objects are.
public protocol TieStore: Sendable {
  /// The places that count now, by subject.
  func ties() async throws -> [Tie.Subject: String]
  /// Ties the ledger to places, instead of those that its subjects had.
  func tie(_ ties: [Tie], epoch: LeaseEpoch) async throws
  /// Whether anything is known of objects there: a link, or a write that has not come to its end.
  func knowsObjects(of subject: Tie.Subject) async throws -> Bool
  /// Gives a resource another name: its objects are the same. Throws when something of that name is known already.
  ///
  /// - Returns: Whether the ledger knew the old name.
  func renameResource(
    _ old: String, to new: String, who: String, note: String?, at now: Instant, epoch: LeaseEpoch
  ) async throws -> Bool
}

/// What a ledger speaks of: its project, and the places of its targets.
public struct Tie: Sendable, Hashable {
  public enum Subject: Sendable, Hashable {
    case project
    case target(String)
    /// A resource, by its present name; its place is the name that it had.
    case resource(String)
  }

  public var subject: Subject
  /// The project's name, or the target's address and what else chooses the tenant there.
  public var place: String
  /// Who moved it there; `nil` when it was the first place.
  public var who: String?
  public var note: String?
  public var at: Instant

  public init(
    _ subject: Subject, _ place: String, who: String? = nil, note: String? = nil, at: Instant
  ) {
    self.subject = subject
    self.place = place
    self.who = who
    self.note = note
    self.at = at
  }
}
