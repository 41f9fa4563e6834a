import JSON
import Programs

/// The objects at the target with the natural key of a record that is to be created.
struct Namesakes: Sendable {
  var objects: [Listing.Found] = []
  /// Whose the object is, where there is one.
  var owner: CreateDecision.Owner?
}

/// What is known of changes before they leave, asked at once for all of a page.
struct PageKnowledge: Sendable {
  /// What the ledger holds of their keys.
  var remembered: [Key: Remembered] = [:]
  /// What a listing has found for new ones.
  var namesakes: [Key: Namesakes] = [:]
}

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
    of changes: [PlannedChange], _ known: PageKnowledge
  ) -> [[PlannedChange]] {
    var calls: [[PlannedChange]] = []
    var batch: [PlannedChange] = []
    var size = 0
    for change in changes {
      guard change.kind == .create, known.namesakes[change.key] == nil else {
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
    _ changes: [PlannedChange], _ search: TargetSearch, _ known: PageKnowledge
  ) async -> [SentChange] {
    guard changes.count > 1, let batches = BatchSender(self) else {
      var sent: [SentChange] = []
      for change in changes { sent.append(await send(change, search, known)) }
      return sent
    }
    let rendezvous = Rendezvous(batches, expecting: changes.count)
    let meeting = RecordSender(self, meetingAt: rendezvous)
    return await withTaskGroup(of: SentChange?.self) { group in
      for change in changes {
        group.addTask {
          let sent = await meeting.send(change, search, known)
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
    _ change: PlannedChange, _ search: TargetSearch, _ known: PageKnowledge
  ) async -> SentChange {
    do {
      let outcome =
        switch change.kind {
        case .create: try await create(change, namesakes(of: change, search, known))
        case .update: try await update(change, remembered: known.remembered[change.key])
        case .deactivate: try await deactivate(change, remembered: known.remembered[change.key])
        }
      return SentChange(change: change, result: .success(outcome))
    } catch {
      return SentChange(change: change, result: .failure(error))
    }
  }

  /// The objects at the target that a create would make once more; the target may be asked for them now.
  private func namesakes(
    of change: PlannedChange, _ search: TargetSearch, _ known: PageKnowledge
  ) async throws -> Namesakes {
    guard search.asks else { return known.namesakes[change.key] ?? Namesakes() }
    guard let naturalKey = try naturalKey(of: change) else { return Namesakes() }
    try checkHalt()
    return try await namesakes(search.objects(for: naturalKey))
  }

  /// What is known of changes without asking the target.
  func knowledge(
    of changes: [PlannedChange], _ search: TargetSearch
  ) async throws -> PageKnowledge {
    var known = PageKnowledge()
    let linked = changes.compactMap { $0.kind == .create ? nil : $0.key }
    if !linked.isEmpty {
      known.remembered = try await ledger.remembered(of: program.name, keys: linked)
    }
    guard !search.found.isEmpty else { return known }
    for change in changes {
      guard let naturalKey = try naturalKey(of: change), let found = search.found[naturalKey]
      else { continue }
      known.namesakes[change.key] = Namesakes(objects: found)
    }
    let ids = known.namesakes.values.compactMap { $0.objects.count == 1 ? $0.objects[0].id : nil }
    let owners = try await ledger.objectOwners(of: ids, resource: program.resourceName)
    if !owners.isEmpty {
      for (key, one) in known.namesakes where one.objects.count == 1 {
        known.namesakes[key]?.owner = owners[one.objects[0].id]
      }
    }
    return known
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
    var known = PageKnowledge()
    /// Where its last change stands; `nil` when nothing comes behind it.
    var position: Int64?
    var count = 0
  }

  private let sender: RecordSender
  let search: TargetSearch
  private let spool: any ChangeSpool
  private var page = Page()
  private var ahead: Task<Page, any Error>?
  /// How many changes may still be taken.
  private(set) var left: Int

  init(_ spool: any ChangeSpool, sender: RecordSender, search: TargetSearch, left: Int) {
    self.spool = spool
    self.sender = sender
    self.search = search
    self.left = left
    ahead = read(after: 0)
  }

  var known: PageKnowledge { page.known }

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
    return Task { [sender, search, spool] in
      let spooled = try await spool.next(
        mapping: sender.program.name, after: position, limit: limit)
      let changes = spooled.map(\.change)
      let known = try await sender.knowledge(of: changes, search)
      return Page(
        calls: sender.calls(of: changes, known).makeIterator(), known: known,
        position: spooled.last?.position, count: spooled.count)
    }
  }
}
