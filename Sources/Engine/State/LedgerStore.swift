/// The state store: links, what was last sent, intents, failures, history.
///
/// Every write carries the epoch of the writer's lease, so that a paused former holder cannot write. `begin` and `settle`
/// return only when their transaction is durable; calls that wait at the same time share a transaction.
public protocol LedgerStore: Sendable {
  // MARK: The one writer

  /// Takes the project's lease, or says who holds it.
  func acquireLease(holder: String, for length: Duration, now: Int64) async throws -> LeaseOutcome
  func renewLease(_ lease: Lease, for length: Duration, now: Int64) async throws -> Bool
  func releaseLease(_ lease: Lease) async throws
  /// Compares the clock with the last writer's. When it was set since, the moments of open intents and of failures are moved
  /// to it: what rests goes on resting as long as it would have, or rests again. Returns how the clock was set.
  func observe(_ clock: ClockReading, epoch: Int64) async throws -> ClockJump?

  // MARK: Runs

  func startRun(_ run: RunStart) async throws -> Int64
  func finishRun(_ id: Int64, status: String, report: [UInt8], now: Int64) async throws
  /// Rows of the last complete read; `nil` before the first.
  func lastRowCount(of mapping: String) async throws -> Int?
  func setLastRowCount(_ count: Int, of mapping: String, run: Int64, epoch: Int64) async throws
  /// How many complete reads of the mapping there have been.
  func readCount(of mapping: String) async throws -> Int
  /// Objects in the last listing of a resource that was whole, without those that were given up since; `nil` before the
  /// first.
  func listedCount(of resource: String) async throws -> Int?
  func setListedCount(_ count: Int, of resource: String, epoch: Int64) async throws

  // MARK: Links

  /// The next links in key order, behind `key`.
  func links(of mapping: String, after key: Key?, limit: Int) async throws -> LinkPage
  func link(of mapping: String, key: Key) async throws -> Link?
  /// Keys and ids of the links of a mapping, handed over in stretches.
  func targetIDs(
    of mapping: String, onlyActive: Bool, each: @Sendable (Key, String) -> Void) async throws
  /// Whose object this is: the mapping and key that hold the id, among the mappings given.
  func owner(of targetID: String, resource: String) async throws -> (mapping: String, key: Key)?
  func linkCount(of mapping: String) async throws -> (active: Int, inactive: Int)
  /// What was last sent, flat JSON, masked.
  func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]]
  /// The links of these keys, as far as there are any, with what was last sent.
  func remembered(of mapping: String, keys: [Key]) async throws -> [Key: Remembered]
  /// Writes down how often keys have been absent in a row; those that are present again start from none.
  func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: Int64)
    async throws
  /// Remembers a record that needs no request, e.g. an adopted object that is already as it should be.
  func keep(_ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: Int64)
    async throws

  // MARK: What the links are made for

  /// The shapes of the mappings that have, or had, links.
  func shapes() async throws -> [String: MappingShape]
  func setShape(_ shape: MappingShape, of mapping: String, epoch: Int64) async throws
  /// Gives links to other keys, all of them in one transaction, and returns the moves that were made. One is not made where
  /// the new key has a link that stays, where two moves are of one key, or where a write of either key is open.
  func move(_ moves: LinkMoves) async throws -> [LinkMove]
  /// Gives everything that is known of a mapping to one of another name, which must have no links.
  func rename(mapping: String, to name: String, epoch: Int64) async throws

  // MARK: Intents

  func openIntents(of mapping: String) async throws -> [Intent]
  /// Writes the intent down, state `sent`, before the first byte leaves. Returns its id; an intent that has one already is
  /// sent again, with its new attempt. Throws ``KeyIsBusy`` when another open intent has the key, or the natural key.
  func begin(_ intent: Intent) async throws -> Int64
  /// The end of an attempt, with all that follows from it in one transaction.
  func settle(_ settlement: Settlement) async throws

  // MARK: Failures

  /// Keys with an open intent that a person wants left alone.
  func dismissedIntents(of mapping: String) async throws -> Set<Key>
  func failures(of mapping: String?) async throws -> [Failure]
  /// Objects of a resource that records of other mappings are of, though they are linked elsewhere: see
  /// ``Failure/claims``.
  func objectsClaimed(of resource: String, byOthersThan mapping: String) async throws -> Set<String>
  func record(_ failures: [Failure], epoch: Int64) async throws
  func clearFailures(of mapping: String, keys: [Key], epoch: Int64) async throws

  // MARK: What the target makes of values

  /// What is known of the values of these keys that the target holds otherwise than they were sent.
  func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration]
  /// Remembers them, each in place of what was known of its field.
  func keep(_ alterations: [Alteration], epoch: Int64) async throws
  func shownFields(of resource: String) async throws -> ShownFields
  /// Adds to what is known.
  func keep(_ shown: ShownFields, of resource: String, epoch: Int64) async throws

  // MARK: The changes of the present run, on disk

  func spool(_ changes: [PlannedChange], mapping: String) async throws
  /// The next changes in sending order, behind the given position: at most `limit`, fewer where those hold
  /// ``PlannedChange/stretch`` bytes, and none only at the end.
  func spooled(mapping: String, after position: Int64, limit: Int) async throws -> [(
    position: Int64, change: PlannedChange
  )]
  func clearSpool(mapping: String) async throws
}

/// The right to write, until it expires.
public struct Lease: Sendable, Hashable {
  public var holder: String
  public var epoch: Int64

  public init(holder: String, epoch: Int64) {
    self.holder = holder
    self.epoch = epoch
  }
}

public enum LeaseOutcome: Sendable, Hashable {
  case acquired(Lease)
  /// Who holds it, and until when in milliseconds since 1970.
  case held(by: String, until: Int64)
}

public struct RunStart: Sendable, Hashable {
  /// `run`, `apply` ….
  public var command: String
  public var mappings: [String]
  public var startedAt: Int64
  public var epoch: Int64

  public init(command: String, mappings: [String], startedAt: Int64, epoch: Int64) {
    self.command = command
    self.mappings = mappings
    self.startedAt = startedAt
    self.epoch = epoch
  }
}

/// One line of history: what became of an object.
public struct ChangeEntry: Sendable, Hashable {
  public var run: Int64
  public var mapping: String
  public var key: Key
  /// `create`, `update`, `deactivate`, `adopt` ….
  public var operation: String
  /// The changed fields before and after, flat JSON, masked.
  public var before: [UInt8]
  public var after: [UInt8]
  public var at: Int64

  public init(
    run: Int64, mapping: String, key: Key, operation: String, before: [UInt8], after: [UInt8],
    at: Int64
  ) {
    self.run = run
    self.mapping = mapping
    self.key = key
    self.operation = operation
    self.before = before
    self.after = after
    self.at = at
  }

  /// The changed fields as they were.
  public func formerRecord() throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(remembered: before, of: mapping, key)
  }

  /// The changed fields as they became.
  public func record() throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(remembered: after, of: mapping, key)
  }
}

/// The end of an attempt and what follows from it.
public struct Settlement: Sendable {
  public var intent: Int64
  public var state: IntentState
  public var attempt: Int
  public var notBefore: Int64?
  public var lookUps: Int
  public var losses: Int
  public var evidence: String?
  public var resource: String
  /// The link as it is now, and what the target holds, when the write was done.
  public var object: Remembered?
  /// How that came to be so, unless there is nothing to be shown of it.
  public var change: ChangeEntry?
  public var failure: Failure?
  /// Values that the answer shows otherwise than they were sent.
  public var alterations: [Alteration] = []
  /// Whether an earlier failure of the key is over.
  public var clearsFailure: Bool
  public var epoch: Int64

  public init(
    intent: Int64, state: IntentState, attempt: Int, notBefore: Int64? = nil, lookUps: Int = 0,
    losses: Int = 0, evidence: String? = nil, resource: String, object: Remembered? = nil,
    change: ChangeEntry? = nil, failure: Failure? = nil, clearsFailure: Bool = false, epoch: Int64
  ) {
    self.intent = intent
    self.state = state
    self.attempt = attempt
    self.notBefore = notBefore
    self.lookUps = lookUps
    self.losses = losses
    self.evidence = evidence
    self.resource = resource
    self.object = object
    self.change = change
    self.failure = failure
    self.clearsFailure = clearsFailure
    self.epoch = epoch
  }
}

extension Settlement {
  /// Writes down where the intent stands.
  init(_ intent: Intent, evidence: String?, epoch: Int64) {
    self.init(
      intent: intent.id, state: intent.state, attempt: intent.attempt,
      notBefore: intent.notBefore, lookUps: intent.lookUps, losses: intent.losses,
      evidence: evidence, resource: intent.resource, epoch: epoch)
  }
}

/// Another write has the key, or the natural key at the resource, and has not come to its end.
public struct KeyIsBusy: Error, Sendable, Hashable {
  /// The other intent.
  public var intent: Int64
  public var key: Key
  /// Whether it is the natural key that they share.
  public var isNatural: Bool

  public init(intent: Int64, key: Key, isNatural: Bool) {
    self.intent = intent
    self.key = key
    self.isNatural = isNatural
  }
}

/// The object belongs to another key, so that nothing was written.
public struct ObjectIsLinked: Error, Sendable, Hashable, CustomStringConvertible {
  public var targetID: String
  /// `target/resource`.
  public var resource: String
  /// The mapping and the key that have it.
  public var mapping: String
  public var key: Key

  public init(targetID: String, resource: String, mapping: String, key: Key) {
    self.targetID = targetID
    self.resource = resource
    self.mapping = mapping
    self.key = key
  }

  public var description: String {
    "the object \(targetID) of \(resource) belongs to \(mapping) \(key)"
  }
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
  public var moves: [LinkMove]
  /// `nil` where it stays as it is.
  public var shape: MappingShape?
  /// Whether a link that was given up counts as in use again.
  public var revives: Bool
  public var who: String
  public var note: String?
  /// Milliseconds since 1970.
  public var at: Int64
  public var epoch: Int64

  public init(
    mapping: String, moves: [LinkMove], shape: MappingShape? = nil, revives: Bool = false,
    who: String, note: String? = nil, at: Int64, epoch: Int64
  ) {
    self.mapping = mapping
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

/// A link, and what the target was last sent for it: flat JSON, masked.
public struct Remembered: Sendable {
  public var link: Link
  public var sent: [UInt8]

  public init(link: Link, sent: [UInt8]) {
    self.link = link
    self.sent = sent
  }

  /// What was sent last; without fields where nothing was.
  func record() throws(UnreadableRecord) -> FlatRecord {
    try FlatRecord(remembered: sent, of: link.mapping, link.key)
  }
}

extension LedgerStore {
  public func remembered(of mapping: String, keys: [Key]) async throws -> [Key: Remembered] {
    let sent = try await sent(of: mapping, keys: keys)
    var found: [Key: Remembered] = [:]
    for key in keys {
      guard let link = try await link(of: mapping, key: key) else { continue }
      found[key] = Remembered(link: link, sent: sent[key] ?? [])
    }
    return found
  }
}
