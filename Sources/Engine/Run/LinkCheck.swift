import Programs
import Rows

/// Sees to it, before anything else is done for a mapping, that the ledger's links are those of its rows: that they were
/// made for the same resource and the same key. Links of a former key, or under a former name, move where the mapping says
/// so.
public struct LinkCheck {
  let program: MappingProgram
  let context: RunContext
  let source: any RowSource

  enum Outcome: Sendable {
    /// So many links have moved to another key.
    case fits(moved: Int)
    case refused(LinkRefusal)
  }

  private var ledger: any LedgerStore { context.ledger }
  private var writer: LedgerWriter? { context.access.linkWriter }
  private var name: String { program.name }

  /// Checks everything, and only then moves what is to move, in one transaction.
  ///
  /// - Parameter movesByMatch: Whether links with another key are left for ``Adoption`` to move.
  func settle(movesByMatch: Bool = false) async throws -> Outcome {
    let standing = try await LinkStanding(context.project.known, ledger)
    if let refusal = try await standing.unsettled(linkedBy: program, context.settled.all) {
      return .refused(refusal)
    }
    let former: String?
    switch try await standing.place(of: program.definition) {
    case .own: former = nil
    case .former(let name): former = name
    case .refused(let refusal): return .refused(refusal)
    }
    let holder = former ?? name
    if let refusal = try await standing.refusal(of: program, under: holder) {
      guard movesByMatch, case .key = refusal else { return .refused(refusal) }
      if former != nil { _ = try await move([], from: former, shape: nil) }
      return .fits(moved: 0)
    }
    let moved = try await move(to: program.shape, from: former, standing.shapes[holder])
    context.settled.insert(name)
    return .fits(moved: moved)
  }

  private func move(
    to now: MappingShape?, from former: String?, _ before: MappingShape?
  ) async throws -> Int {
    guard let writer, var after = now else { return 0 }
    after.formerKey = program.formerKey
    let moves = try await movesFromFormerKeys(before, after, of: former ?? name)
    if former != nil || !moves.isEmpty { return try await move(moves, from: former, shape: after) }
    if before != after { try await writer.setShape(after, of: name) }
    return 0
  }

  private func move(
    _ moves: [LinkMove], from former: String?, shape: MappingShape?
  ) async throws -> Int {
    guard let writer else { return 0 }
    let moved = try await writer.move(
      LinkMoves(
        mapping: name, formerName: former, moves: moves, shape: shape, who: "previous_key",
        at: context.clock.wall))
    if context.links.table(of: name) != nil {
      try await context.links.load(
        name, onlyActive: context.project.deleting.contains(name), from: ledger)
    }
    return moved.count
  }

  // MARK: A former key

  /// The links of rows that say which key they had before. The first time that a former key is declared all of them move at
  /// once, so that keys may change places; from then on a link moves to a row that has none, from a key that has no row any
  /// more.
  ///
  /// - Parameter holder: The name under which the links are.
  private func movesFromFormerKeys(
    _ before: MappingShape?, _ after: MappingShape, of holder: String
  ) async throws -> [LinkMove] {
    guard !program.previousKeyColumns.isEmpty, let before else { return [] }
    let isFirst = before.formerKey != after.formerKey
    var moves: [LinkMove] = []
    try await read { key, former in
      guard let former, former != key, try await ledger.link(of: holder, key: former) != nil else {
        return
      }
      if !isFirst, try await ledger.link(of: holder, key: key) != nil { return }
      moves.append(LinkMove(from: former, to: key))
    }
    guard !moves.isEmpty else { return [] }
    let leaving = Set(moves.map(\.from))
    var staying: Set<Key> = []
    try await read { key, former in
      guard leaving.contains(key) else { return }
      // A row that has, or may have, the link itself keeps it.
      if !isFirst || former == nil || former == key { staying.insert(key) }
    }
    moves.removeAll { staying.contains($0.from) }
    return moves
  }

  /// Reads the rows for their keys alone.
  private func read(_ each: (_ key: Key, _ former: Key?) async throws -> Void) async throws {
    let keys = KeyReader(program.keyColumns, of: program)
    let formerKeys = KeyReader(program.previousKeyColumns, of: program)
    try await source.read(program.extract) { batch in
      try program.check(batch)
      var (key, former): ([UInt8], [UInt8]) = ([], [])
      for row in 0..<batch.count {
        let (hasKey, hasFormer) = batch.withRows {
          (keys.key(of: row, in: $0, into: &key), formerKeys.key(of: row, in: $0, into: &former))
        }
        guard hasKey else { continue }
        try await each(Key(bytes: key), hasFormer ? Key(bytes: former) : nil)
      }
    }
  }
}

/// A command about one mapping cannot go on.
public struct LinksRefused: Error, Sendable, Hashable {
  public var refusal: LinkRefusal
}

extension MappingProgram {
  /// Whether links may have to move before the rows are compared with them.
  public var movesLinks: Bool {
    !previousKeyColumns.isEmpty || definition.previousName != nil
  }

  /// What a run reads.
  var extract: Extract {
    Extract(of: definition, parameters: parameters, orderedBy: definition.key.map(\.value))
  }

  /// The names of the columns that hold a former key.
  var formerKey: [String] { previousKeyColumns.map { columns[$0].name } }
}
