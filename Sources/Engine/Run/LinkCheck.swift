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

  func settle() async throws -> Outcome {
    guard let now = program.shape else { return .fits(moved: 0) }
    try await takeFormerName()
    let before = try await ledger.shapes()[name]
    if let refusal = try await Self.refusal(of: program, before, ledger) {
      return .refused(refusal)
    }
    var after = now
    after.formerKey = program.formerKey
    let moved = try await moveFromFormerKeys(before, after)
    if let writer, before != after { try await writer.setShape(after, of: name) }
    return .fits(moved: moved)
  }

  /// Why the links that the ledger has of a mapping are not those of its rows; `nil` when they are, or when it says how they
  /// become so.
  public static func refusal(
    of program: MappingProgram, _ before: MappingShape?, _ ledger: any LedgerStore
  ) async throws -> LinkRefusal? {
    guard let before, let now = program.shape else { return nil }
    let isSameResource = before.resource.isSameName(as: now.resource)
    let isSameKey =
      now.takesKeys(of: before, columns: program.columns.map(\.name))
      || program.takesFormerKeys(of: before)
    if isSameResource && isSameKey { return nil }
    let (active, inactive) = try await ledger.linkCount(of: program.name)
    let isOpen = try await !ledger.openIntents(of: program.name).isEmpty
    // Where nothing is linked, nothing can be taken for something else.
    guard active + inactive > 0 || isOpen else { return nil }
    if !isSameResource {
      return .resource(
        mapping: program.name, before: before.resource, now: now.resource,
        links: active + inactive)
    }
    return .key(
      mapping: program.name, before: before, now: now, links: active + inactive,
      match: program.match?.path)
  }

  // MARK: A former name

  private func takeFormerName() async throws {
    guard let writer, let former = program.definition.previousName?.value,
      try await ledger.shapes()[former] != nil
    else { return }
    let (active, inactive) = try await ledger.linkCount(of: name)
    guard active + inactive == 0, try await ledger.openIntents(of: name).isEmpty else { return }
    try await writer.rename(mapping: former, to: name)
    try await reloadLinks()
  }

  private func reloadLinks() async throws {
    guard context.links.table(of: name) != nil else { return }
    try await context.links.load(
      name, onlyActive: context.project.deleting.contains(name), from: ledger)
  }

  // MARK: A former key

  /// Moves the links of rows that say which key they had before. The first time that a former key is declared all of them
  /// move at once, so that keys may change places; from then on a link moves to a row that has none, from a key that has no
  /// row any more.
  private func moveFromFormerKeys(
    _ before: MappingShape?, _ after: MappingShape
  ) async throws -> Int {
    guard let writer, !program.previousKeyColumns.isEmpty, let before else { return 0 }
    let isFirst = before.formerKey != after.formerKey
    var moves: [LinkMove] = []
    try await read { key, former in
      guard let former, former != key, try await ledger.link(of: name, key: former) != nil else {
        return
      }
      if !isFirst, try await ledger.link(of: name, key: key) != nil { return }
      moves.append(LinkMove(from: former, to: key))
    }
    guard !moves.isEmpty else { return 0 }
    let leaving = Set(moves.map(\.from))
    var staying: Set<Key> = []
    try await read { key, former in
      guard leaving.contains(key) else { return }
      // A row that has, or may have, the link itself keeps it.
      if !isFirst || former == nil || former == key { staying.insert(key) }
    }
    moves.removeAll { staying.contains($0.from) }
    guard !moves.isEmpty else { return 0 }
    let moved = try await writer.move(
      LinkMoves(
        mapping: name, moves: moves, shape: after, who: "previous_key", at: context.clock.wall))
    try await reloadLinks()
    return moved.count
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

  /// Whether a row's former key, as the mapping names it, is encoded as the keys of an earlier shape.
  func takesFormerKeys(of earlier: MappingShape) -> Bool {
    let former = shape(ofKey: previousKeyColumns).key
    return !former.isEmpty && former.count == earlier.key.count
      && zip(former, earlier.key).allSatisfy { $0.takes($1) }
  }
}
