import JSON
import Programs

/// What is sent together, and what became of each change of it.
extension RecordSender {
  /// No tuple, see ``BatchSender``.
  struct SentChange: Sendable {
    var change: PlannedChange
    var result: Result<RecordOutcome, any Error>
  }

  /// The changes that leave together: each alone, except for new objects of a resource that takes many in one call. What is
  /// to be linked with an object that is there is not new, and its update is a call of its own.
  func calls(
    of changes: [PlannedChange], _ search: TargetSearch
  ) throws(UnreadableRecord) -> [[PlannedChange]] {
    var calls: [[PlannedChange]] = []
    var batch: [PlannedChange] = []
    var size = 0
    for change in changes {
      guard change.kind == .create, try isNew(change, search) else {
        calls.append([change])
        continue
      }
      batch.append(change)
      size += change.size
      if batch.count >= program.batchSize || size >= PlannedChange.stretch {
        calls.append(batch)
        batch = []
        size = 0
      }
    }
    return batch.isEmpty ? calls : calls + [batch]
  }

  func send(
    _ changes: [PlannedChange], _ search: TargetSearch, _ remembered: [Key: Remembered]
  ) async -> [SentChange] {
    guard changes.count > 1, let batches = BatchSender(self) else {
      var sent: [SentChange] = []
      for change in changes { sent.append(await send(change, search, remembered)) }
      return sent
    }
    let rendezvous = Rendezvous(batches, expecting: changes.count)
    let meeting = RecordSender(self, meetingAt: rendezvous)
    return await withTaskGroup(of: SentChange?.self) { group in
      for change in changes {
        group.addTask {
          let sent = await meeting.send(change, search, remembered)
          await rendezvous.leave()
          return sent
        }
      }
      group.addTask {
        await rendezvous.serve()
        return nil
      }
      return await group.reduce(into: []) { sent, one in if let one { sent.append(one) } }
    }
  }

  private func send(
    _ change: PlannedChange, _ search: TargetSearch, _ remembered: [Key: Remembered]
  ) async -> SentChange {
    do {
      let outcome =
        switch change.kind {
        case .create: try await create(change, found: objects(for: change, search))
        case .update: try await update(change, remembered: remembered[change.key])
        case .deactivate: try await deactivate(change, remembered: remembered[change.key])
        }
      return SentChange(change: change, result: .success(outcome))
    } catch {
      return SentChange(change: change, result: .failure(error))
    }
  }

  /// Whether nothing is known at the target that a create would make once more.
  private func isNew(
    _ change: PlannedChange, _ search: TargetSearch
  ) throws(UnreadableRecord) -> Bool {
    if search.found.isEmpty { return true }
    return try naturalKey(of: change).map { search.found[$0] == nil } ?? true
  }

  /// The objects at the target that a create would make once more; the target may be asked for them now.
  private func objects(
    for change: PlannedChange, _ search: TargetSearch
  ) async throws -> [Listing.Found] {
    if !search.asks, search.found.isEmpty { return [] }
    guard let naturalKey = try naturalKey(of: change) else { return [] }
    if search.asks { try checkHalt() }
    return try await search.objects(for: naturalKey)
  }

  func naturalKey(of change: PlannedChange) throws(UnreadableRecord) -> ExactText? {
    change.kind == .create ? naturalKey(try change.record(of: program.name)) : nil
  }
}

extension MappingProgram {
  /// How many new objects go in one call.
  var batchSize: Int { resource.create?.batch?.size ?? 1 }
}

/// The calls of a mapping's spooled changes, read a page at a time; the next page is read while this one is being sent.
struct SpooledCalls {
  private struct Page: Sendable {
    var calls: IndexingIterator<[[PlannedChange]]> = [].makeIterator()
    /// What the ledger holds of the keys, asked at once for all: each question is a transaction.
    var remembered: [Key: Remembered] = [:]
    /// Where its last change stands; `nil` when nothing comes behind it.
    var position: Int64?
    var count = 0
  }

  private let sender: RecordSender
  private let search: TargetSearch
  private var page = Page()
  private var ahead: Task<Page, any Error>?
  /// How many changes may still be taken.
  private(set) var left: Int

  init(sender: RecordSender, search: TargetSearch, left: Int) {
    self.sender = sender
    self.search = search
    self.left = left
    ahead = read(after: 0)
  }

  var remembered: [Key: Remembered] { page.remembered }

  /// What leaves next, together; `nil` when there is no more.
  mutating func next() async throws -> [PlannedChange]? {
    if let next = page.calls.next() { return next }
    guard let ahead else { return nil }
    page = try await ahead.value
    left -= page.count
    self.ahead = page.position.flatMap { read(after: $0) }
    return page.calls.next()
  }

  private func read(after position: Int64) -> Task<Page, any Error>? {
    let size = sender.program.batchSize
    let limit = min(max(256 / size, 1) * size, left)
    guard limit > 0 else { return nil }
    return Task { [sender, search] in
      let (ledger, spool) = (sender.ledger, sender.context.spool)
      let name = sender.program.name
      let changes = try await spool.next(mapping: name, after: position, limit: limit)
      let known = changes.compactMap { $0.change.kind == .create ? nil : $0.change.key }
      var page = Page(
        position: changes.last?.position, count: changes.count)
      if !known.isEmpty { page.remembered = try await ledger.remembered(of: name, keys: known) }
      page.calls = try sender.calls(of: changes.map(\.change), search).makeIterator()
      return page
    }
  }
}
