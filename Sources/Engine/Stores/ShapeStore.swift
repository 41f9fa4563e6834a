/// What the links are made for, and how they go over to another key or name.
public protocol ShapeStore: Sendable {
  /// The shapes of the mappings that have, or had, links.
  func shapes() async throws -> [String: MappingShape]
  func setShape(_ shape: MappingShape, of mapping: String, epoch: LeaseEpoch) async throws
  /// Gives links to other keys, all of them in one transaction, and returns the moves that were made. One is not made where
  /// the new key has a link that stays, where two moves are of one key, or where a write of either key is open. Failures of
  /// both keys are over, and both have a decision ``Decision/Verb/move``.
  ///
  /// Where the mapping had another name, everything that is known under it becomes the mapping's first, in the same
  /// transaction. Throws, and changes nothing, when the mapping itself has links or open intents.
  func move(_ moves: LinkMoves) async throws -> [LinkMove]
}

/// A link that goes over to another key, with its object and all that is known of it.
public struct LinkMove: Sendable, Hashable {
  public var from: Key
  public var to: Key

  public init(from: Key, to: Key) {
    self.from = from
    self.to = to
  }
}

/// Moves of one mapping's links, who made them, and what the links are made for afterwards.
public struct LinkMoves: Sendable {
  public var mapping: String
  /// The name under which the ledger has the links; `nil` where it is the mapping's.
  public var formerName: String?
  public var moves: [LinkMove]
  /// `nil` where it stays as it is.
  public var shape: MappingShape?
  /// Whether a link that was given up counts as in use again.
  public var revives: Bool
  public var who: String
  public var note: String?
  public var at: Instant
  /// That of the writer's lease, which a ``LedgerWriter`` puts in.
  public var epoch: LeaseEpoch

  public init(
    mapping: String, formerName: String? = nil, moves: [LinkMove], shape: MappingShape? = nil,
    revives: Bool = false,
    who: String, note: String? = nil, at: Instant, epoch: LeaseEpoch = .none
  ) {
    self.mapping = mapping
    self.formerName = formerName
    self.moves = moves
    self.shape = shape
    self.revives = revives
    self.who = who
    self.note = note
    self.at = at
    self.epoch = epoch
  }

  /// The moves that can be made together. `isLinked`, `isBusy`: whether a key has a link, or an open write.
  public func possible(
    isLinked: (Key) throws -> Bool, isBusy: (Key) throws -> Bool
  ) rethrows -> [LinkMove] {
    let sources = moves.reduce(into: [:]) { $0[$1.from, default: 0] += 1 }
    let goals = moves.reduce(into: [:]) { $0[$1.to, default: 0] += 1 }
    var possible = try moves.filter { move in
      try move.from != move.to && sources[move.from] == 1 && goals[move.to] == 1
        && isLinked(move.from) && !isBusy(move.from) && !isBusy(move.to)
    }
    let taken = try Set(possible.map(\.to).filter(isLinked))
    while true {
      // Where a link stays, none can come, and so on.
      let leaving = Set(possible.map(\.from))
      let rest = possible.filter { !taken.contains($0.to) || leaving.contains($0.to) }
      if rest.count == possible.count { return rest }
      possible = rest
    }
  }
}
