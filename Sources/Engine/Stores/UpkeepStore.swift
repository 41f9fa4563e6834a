/// The ledger as a whole: that it is sound, how far it has come, and what it no longer needs.
public protocol UpkeepStore: Sendable {
  /// The ledger's own random name, and how many transactions it has seen.
  ///
  /// Transactions that only took, renewed or gave back the lease do not count. A copy that comes back with a smaller count
  /// than one already seen is an old backup.
  func identity() async throws -> LedgerIdentity
  func summary() async throws -> LedgerSummary
  /// From now on the mark moves with each transaction that counts, before its callers go on.
  func follow(_ mark: any WriteMark)
  /// Refuses a damaged ledger, before anything is sent by it.
  ///
  /// - Parameter isInDoubt: The last writer did not come to its end. Then a large ledger is read whole too.
  func verify(isInDoubt: Bool) async throws
  /// Reads the whole ledger, every record included, and returns what is wrong with it: nothing, as a rule.
  func problems() async throws -> [String]

  /// One short step of taking out what is older than `moment`: history, intents that have ended, runs.
  ///
  /// What a link needs stays, as do open intents, failures, decisions and ties: of the latest change of a key, what was sent.
  /// How far it has come is remembered with the ledger, so that another process goes on from there.
  ///
  /// - Parameter limit: At most so many entries of each kind are looked at.
  func prune(
    before moment: Instant, atMost limit: Int, now: Instant, epoch: LeaseEpoch
  ) async throws -> PruneStep
  /// When everything was last looked at; `nil` before the first time.
  func lastPruned() async throws -> Instant?

  /// What is known of a key.
  func contents(of mapping: String, key: Key) async throws -> KeyContents
  /// Takes out all values of a key: what was last sent, history, evidence and natural keys of intents, reasons of failures,
  /// what the target made of values, notes of decisions other than moves, what reports of runs say of it. On return they are in no file of the ledger but its backups.
  ///
  /// The link stays, with the object's id, and its row is compared again. So do the moments and kinds of changes. Throws
  /// ``KeyIsBusy``, and changes nothing, while a write of the key is open.
  ///
  /// - Parameter decision: Of the verb `forget`.
  func forget(_ decision: Decision, epoch: LeaseEpoch) async throws

  /// Links with all that belongs to them, in key order, behind `key`; at most `limit`, and fewer only at the end.
  func linkRecords(of mapping: String, after key: Key?, limit: Int) async throws -> [LinkRecord]
  /// Changes in the order in which they were written down, behind `position`, 0 before the first; at most `limit`, and fewer
  /// only at the end.
  func changes(after position: Int64, limit: Int) async throws -> [(
    position: Int64, change: ChangeEntry
  )]

  /// Writes a whole copy as it is now to a file that is not there yet, readable for its owner only. Others may go on writing
  /// meanwhile. Blocks until the copy is on the disk.
  func backUp(to path: String) throws
  /// Gives the room of what was taken out back to the file system. For the lease's holder; blocks.
  func compact() throws
  /// A copy that nobody else sees, for a plan that moves links before it compares. No one has its lease.
  func privateCopy() throws -> any ProjectLedger
  /// Ends the use of the ledger in good order; every later call throws.
  func close() throws
  /// Takes down how long reads and writes last.
  var times: StageTimes { get }
}

public struct LedgerIdentity: Sendable, Hashable {
  public var id: [UInt8]
  public var writeCount: Int64

  public init(id: [UInt8], writeCount: Int64) {
    self.id = id
    self.writeCount = writeCount
  }

  /// The id in hexadecimal digits.
  public var name: String {
    id.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}

/// Says durably how far a ledger has come, away from the ledger itself.
public protocol WriteMark: Sendable {
  func advance(to writeCount: Int64) throws
}

/// How much a ledger holds.
public struct LedgerSummary: Sendable, Hashable {
  /// Of the store's format; see `CHANGELOG.md`.
  public var format: Int
  public var links = 0
  /// Links whose keys were given up.
  public var inactiveLinks = 0
  public var openIntents = 0
  public var endedIntents = 0
  public var failures = 0
  public var changes = 0
  public var runs = 0
  /// Of the oldest change or run that is still there.
  public var oldest: Instant?
  /// Bytes on the disk, and how many of them are free; `nil` where the store cannot tell.
  public var size: Int64?
  public var free: Int64?

  public init(format: Int) { self.format = format }
}

public struct PruneStep: Sendable, Hashable {
  /// Entries that were taken out.
  public var removed: Int
  /// Whether everything has been looked at.
  public var isDone: Bool

  public init(removed: Int, isDone: Bool) {
    self.removed = removed
    self.isDone = isDone
  }
}

/// What a ledger knows of a key, as numbers.
public struct KeyContents: Sendable, Hashable {
  public var link: Link?
  /// `target/resource` of the link.
  public var resource: String?
  /// Fields of what was last sent.
  public var sentFields = 0
  public var changes = 0
  public var intents = 0
  public var isBusy = false
  public var hasFailure = false
  /// Values that the target holds otherwise than they were sent.
  public var alterations = 0
  /// Keys from which the object has come.
  public var formerKeys: [String] = []

  public init() {}
}

/// A link with all that belongs to it.
public struct LinkRecord: Sendable, Hashable {
  public var link: Link
  /// `target/resource`.
  public var resource: String
  /// What was last sent, flat JSON, masked.
  public var sent: [UInt8]

  public init(link: Link, resource: String, sent: [UInt8]) {
    self.link = link
    self.resource = resource
    self.sent = sent
  }
}
