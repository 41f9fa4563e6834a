/// The right to write to a ledger in one run, under one lease. Who only reads, such as a plan, has none.
///
/// Every method is as durable as the one of the store that it calls, and throws the same errors.
public struct LedgerWriter: Sendable {
  /// What is written to, for reading.
  public let ledger: any LedgerStore
  /// The run that writes; 0 outside of one.
  public let run: Int64
  private let epoch: LeaseEpoch

  public init(_ ledger: any LedgerStore, _ lease: Lease, run: Int64 = 0) {
    self.ledger = ledger
    self.run = run
    epoch = lease.epoch
  }

  // MARK: Writes to the target

  /// See ``IntentStore/begin(_:)``.
  func begin(_ intent: Intent) async throws -> Int64 {
    var intent = intent
    intent.epoch = epoch
    return try await ledger.begin(intent)
  }

  /// See ``IntentStore/settle(_:)``.
  func settle(_ settlement: Settlement) async throws {
    var settlement = settlement
    settlement.epoch = epoch
    try await ledger.settle(settlement)
  }

  // MARK: Links

  /// See ``LinkStore/keep(_:resource:sent:change:epoch:)``.
  func keep(
    _ link: Link, resource: String, sent: [UInt8], change: ChangeEntry? = nil
  ) async throws {
    try await ledger.keep(link, resource: resource, sent: sent, change: change, epoch: epoch)
  }

  func keep(_ adopted: AdoptedLink, resource: String) async throws {
    try await keep(adopted.link, resource: resource, sent: adopted.held, change: adopted.change)
  }

  func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key]
  ) async throws {
    try await ledger.recordAbsences(of: mapping, absent: absent, present: present, epoch: epoch)
  }

  func setShape(_ shape: MappingShape, of mapping: String) async throws {
    try await ledger.setShape(shape, of: mapping, epoch: epoch)
  }

  /// See ``ShapeStore/move(_:)``.
  func move(_ moves: LinkMoves) async throws -> [LinkMove] {
    var moves = moves
    moves.epoch = epoch
    return try await ledger.move(moves)
  }

  // MARK: Failures

  func record(_ failures: [Failure]) async throws {
    try await ledger.record(failures, epoch: epoch)
  }

  func clearFailures(of mapping: String, keys: [Key]) async throws {
    try await ledger.clearFailures(of: mapping, keys: keys, epoch: epoch)
  }

  // MARK: What reads have found

  func setLastRowCount(_ count: Int, of mapping: String) async throws {
    try await ledger.setLastRowCount(count, of: mapping, run: run, epoch: epoch)
  }

  func setListedCount(_ count: Int, of resource: String) async throws {
    try await ledger.setListedCount(count, of: resource, epoch: epoch)
  }

  func keep(_ alterations: [Alteration]) async throws {
    try await ledger.keep(alterations, epoch: epoch)
  }

  func keep(_ shown: ShownFields, of resource: String) async throws {
    try await ledger.keep(shown, of: resource, epoch: epoch)
  }
}

/// The ledger as an operation has it.
public struct LedgerAccess: Sendable {
  public let ledger: any LedgerStore
  /// `nil` where nothing is written down, as in a plan.
  public let writer: LedgerWriter?
  /// Moves links to the keys and names of their rows before anything is compared. A plan has one where `ledger` is a copy
  /// that nobody else sees.
  public let linkWriter: LedgerWriter?

  private init(_ ledger: any LedgerStore, writer: LedgerWriter?, linkWriter: LedgerWriter?) {
    self.ledger = ledger
    self.writer = writer
    self.linkWriter = linkWriter
  }

  public static func reading(_ ledger: any LedgerStore) -> LedgerAccess {
    LedgerAccess(ledger, writer: nil, linkWriter: nil)
  }

  /// Reads a copy in which links may move.
  public static func reading(copy: any LedgerStore, _ lease: Lease) -> LedgerAccess {
    LedgerAccess(copy, writer: nil, linkWriter: LedgerWriter(copy, lease))
  }

  public static func writing(_ writer: LedgerWriter) -> LedgerAccess {
    LedgerAccess(writer.ledger, writer: writer, linkWriter: writer)
  }
}
