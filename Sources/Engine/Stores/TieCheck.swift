/// Keeps a ledger to one project and to the places of its targets.
public struct TieCheck: Sendable {
  public typealias Wanted = (subject: Tie.Subject, place: String)

  public let wanted: [Wanted]

  public init(_ wanted: [Wanted]) { self.wanted = wanted }

  /// The ledger knows objects of another place: their ids are those of strangers here.
  public struct Refused: Error, Sendable, Hashable {
    public var subject: Tie.Subject
    public var before: String
    public var now: String
  }

  /// Throws ``Refused`` for a ledger that speaks of another project or of another place.
  ///
  /// - Returns: What it does not speak of yet, to be written down before anything is sent.
  public func check(_ ledger: some TieStore) async throws -> [Wanted] {
    let known = try await ledger.ties()
    var missing: [Wanted] = []
    for (subject, place) in wanted {
      guard let before = known[subject] else {
        missing.append((subject, place))
        continue
      }
      if before.utf8.elementsEqual(place.utf8) { continue }
      guard try await ledger.knowsObjects(of: subject) else {
        missing.append((subject, place))
        continue
      }
      throw Refused(subject: subject, before: before, now: place)
    }
    return missing
  }

  /// The same before writing. Returns what was not known before, and is now written down.
  @discardableResult
  public func hold(_ ledger: some TieStore, epoch: LeaseEpoch, at now: Instant) async throws
    -> [Wanted]
  {
    let missing = try await check(ledger)
    if !missing.isEmpty {
      try await ledger.tie(missing.map { Tie($0.subject, $0.place, at: now) }, epoch: epoch)
    }
    return missing
  }
}
