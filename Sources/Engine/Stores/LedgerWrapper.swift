/// A ledger that passes everything on to another one, and may do something around each write.
///
/// Who only wants to see or change a few calls implements those, and `wrapped`.
package protocol LedgerWrapper: LedgerStore {
  var wrapped: any LedgerStore { get }
  /// Around every write but those that the wrapper implements by itself.
  func writing<Value>(_ body: () async throws -> Value) async throws -> Value
}

extension LedgerWrapper {
  package func writing<Value>(_ body: () async throws -> Value) async throws -> Value {
    try await body()
  }
}

// MARK: Links

extension LedgerWrapper {
  package func links(of mapping: String, after key: Key?, limit: Int) async throws -> LinkPage {
    try await wrapped.links(of: mapping, after: key, limit: limit)
  }

  package func link(of mapping: String, key: Key) async throws -> Link? {
    try await wrapped.link(of: mapping, key: key)
  }

  package func targetIDs(
    of mapping: String, onlyActive: Bool, each: @Sendable (Key, String) -> Void
  ) async throws {
    try await wrapped.targetIDs(of: mapping, onlyActive: onlyActive, each: each)
  }

  package func owners(
    of targetIDs: [String], resource: String
  ) async throws -> [String: (mapping: String, key: Key)] {
    try await wrapped.owners(of: targetIDs, resource: resource)
  }

  package func linkCount(of mapping: String) async throws -> (active: Int, inactive: Int) {
    try await wrapped.linkCount(of: mapping)
  }

  package func sent(of mapping: String, keys: [Key]) async throws -> [Key: [UInt8]] {
    try await wrapped.sent(of: mapping, keys: keys)
  }

  package func recordAbsences(
    of mapping: String, absent: [(key: Key, absences: Int)], present: [Key], epoch: LeaseEpoch
  ) async throws {
    try await writing {
      try await wrapped.recordAbsences(of: mapping, absent: absent, present: present, epoch: epoch)
    }
  }

  package func keep(
    _ link: Link, resource: String, sent: [UInt8], change: ChangeEntry?, epoch: LeaseEpoch
  ) async throws {
    try await writing {
      try await wrapped.keep(link, resource: resource, sent: sent, change: change, epoch: epoch)
    }
  }

  package func shapes() async throws -> [String: MappingShape] { try await wrapped.shapes() }

  package func setShape(
    _ shape: MappingShape, of mapping: String, epoch: LeaseEpoch
  ) async throws {
    try await writing { try await wrapped.setShape(shape, of: mapping, epoch: epoch) }
  }

  package func move(_ moves: LinkMoves) async throws -> [LinkMove] {
    try await writing { try await wrapped.move(moves) }
  }
}

// MARK: Reads

extension LedgerWrapper {
  package func lastRowCount(of mapping: String) async throws -> Int? {
    try await wrapped.lastRowCount(of: mapping)
  }

  package func setLastRowCount(
    _ count: Int, of mapping: String, run: Int64, epoch: LeaseEpoch
  ) async throws {
    try await writing {
      try await wrapped.setLastRowCount(count, of: mapping, run: run, epoch: epoch)
    }
  }

  package func readCount(of mapping: String) async throws -> Int {
    try await wrapped.readCount(of: mapping)
  }

  package func listedCount(of resource: String) async throws -> Int? {
    try await wrapped.listedCount(of: resource)
  }

  package func setListedCount(
    _ count: Int, of resource: String, epoch: LeaseEpoch
  ) async throws {
    try await writing { try await wrapped.setListedCount(count, of: resource, epoch: epoch) }
  }
}

// MARK: Intents and failures

extension LedgerWrapper {
  package func openIntents(of mapping: String) async throws -> [Intent] {
    try await wrapped.openIntents(of: mapping)
  }

  package func dismissedIntents(of mapping: String) async throws -> Set<Key> {
    try await wrapped.dismissedIntents(of: mapping)
  }

  package func begin(_ intent: Intent) async throws -> Int64 {
    try await writing { try await wrapped.begin(intent) }
  }

  package func settle(_ settlement: Settlement) async throws {
    try await writing { try await wrapped.settle(settlement) }
  }

  package func failures(of mapping: String?) async throws -> [Failure] {
    try await wrapped.failures(of: mapping)
  }

  package func objectsClaimed(
    of resource: String, byOthersThan mapping: String
  ) async throws -> Set<String> {
    try await wrapped.objectsClaimed(of: resource, byOthersThan: mapping)
  }

  package func record(_ failures: [Failure], epoch: LeaseEpoch) async throws {
    try await writing { try await wrapped.record(failures, epoch: epoch) }
  }

  package func clearFailures(of mapping: String, keys: [Key], epoch: LeaseEpoch) async throws {
    try await writing { try await wrapped.clearFailures(of: mapping, keys: keys, epoch: epoch) }
  }
}

// MARK: What the target makes of values

extension LedgerWrapper {
  package func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration] {
    try await wrapped.alterations(of: mapping, keys: keys)
  }

  package func keep(_ alterations: [Alteration], epoch: LeaseEpoch) async throws {
    try await writing { try await wrapped.keep(alterations, epoch: epoch) }
  }

  package func shownFields(of resource: String) async throws -> ShownFields {
    try await wrapped.shownFields(of: resource)
  }

  package func keep(_ shown: ShownFields, of resource: String, epoch: LeaseEpoch) async throws {
    try await writing { try await wrapped.keep(shown, of: resource, epoch: epoch) }
  }
}
