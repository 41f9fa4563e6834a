import Mappings
import Programs
import Synchronization

/// Sends what several records would send, in one call: each with an intent of its own, all of them durable before the first
/// byte leaves, and each with its own part of the answer. An outcome that is unknown is unknown for each.
///
/// When the target refuses the call as a whole, nothing of it was stored. That is written down for each record, and the call
/// is made again in halves, until the record that is to blame stands alone.
struct BatchSender: Sendable {
  struct Entry: Sendable {
    /// As it is before it leaves.
    var intent: Intent
    /// Of the record alone.
    var request: OutboundRequest
    /// Takes the record's sensitive values out of what the target says.
    var hide: @Sendable (String) -> String = { $0 }
  }
  struct Ending: Sendable {
    /// As it left.
    var intent: Intent
    /// The record's part of the answer.
    var part: BatchAnswer.Part
  }
  /// Takes the ending of one entry as soon as it is known: in halves, others may be long in coming.
  typealias Deliver = @Sendable (Key, Result<Ending, any Error>) async -> Void

  private let batch: BatchDefinition
  private let call: CallDefinition
  /// The path of the object in an answer.
  private let object: String
  private let sender: RecordSender

  /// `nil` for a resource that takes one object a call.
  init?(_ sender: RecordSender) {
    guard let create = sender.program.resource.create, let batch = create.batch else { return nil }
    self.batch = batch
    call = create.call
    object = create.object
    self.sender = sender
  }

  /// Delivers exactly one ending for each entry.
  func send(_ entries: [Entry], deliver: Deliver) async {
    _ = await send(entries, isPart: false, deliver)
  }

  /// The ending of a record that meets no others.
  func send(alone entry: Entry) async throws -> Ending {
    let ending = Mutex<Result<Ending, any Error>>(.failure(CancellationError()))
    await send([entry]) { _, result in ending.withLock { $0 = result } }
    return try ending.withLock { try $0.get() }
  }

  /// Returns why no other call makes sense after this one, if there is a reason.
  private func send(_ entries: [Entry], isPart: Bool, _ deliver: Deliver) async -> String? {
    if isPart, sender.isHalted {
      return await hold(entries, "the run is to end", deliver)
    }
    var left: [Entry] = []
    var busy: [(key: Key, why: KeyIsBusy)] = []
    let result: WireResult
    do {
      result = try await target.attempt(
        OutboundRequest(method: call.method, path: call.path).route,
        priority: CallPriority(of: .create, mapping: sender.program.definition.priority),
        reader: reader(of: entries)
      ) {
        if !isPart { try sender.checkHalt() }
        let latest = sender.rules.latestDeparture(after: target.clock.monotonic)
        (left, busy) = try await begin(entries)
        guard let request = sender.requests.together(left.map(\.request)), !left.isEmpty else {
          throw NothingToSend()
        }
        return (request, latest)
      }
    } catch is NothingToSend {
      for (key, why) in busy { await deliver(key, .failure(why)) }
      return nil
    } catch let stopped as TargetStopped where isPart {
      return await hold(entries, stopped.message, deliver)
    } catch let interrupted as RunInterrupted where isPart {
      return await hold(entries, interrupted.reason, deliver)
    } catch {
      return await fail(entries, error, deliver)
    }
    for (key, why) in busy { await deliver(key, .failure(why)) }
    return await take(result, left, deliver)
  }

  private var target: TargetConnection { sender.target }

  /// What the answer to a call says may quote any of its records.
  private func reader(of entries: [Entry]) -> AnswerReader {
    var reader = sender.reader
    let all = entries.map(\.hide)
    reader.text.hide = { text in all.reduce(text) { text, hide in hide(text) } }
    return reader
  }

  /// Every record of the call waits for a write of unknown outcome.
  private struct NothingToSend: Error {}

  /// Hands the parts of an answer out; a refused call is made again in halves.
  private func take(
    _ result: WireResult, _ entries: [Entry], _ deliver: Deliver
  ) async -> String? {
    let reader = reader(of: entries)
    let answer = BatchAnswer(
      batch: batch, reader: reader, identity: sender.identity, object: object)
    switch answer.parts(of: result, keys: entries.map(\.intent.naturalKey)) {
    case .each(let parts):
      for (entry, part) in zip(entries, parts) {
        await deliver(entry.intent.key, .success(Ending(intent: entry.intent, part: part)))
      }
      // A wrong token is wrong for the other half too.
      return reader.meaning(of: result) == .stop ? "the target wants none of them" : nil
    case .refused(let refusal, let status):
      guard entries.count > 1 else {
        for entry in entries {
          let ending = Ending(intent: entry.intent, part: BatchAnswer.Part(result: refusal))
          await deliver(entry.intent.key, .success(ending))
        }
        return nil
      }
      do {
        let waiting = try await putBack(
          entries, "answered \(status) to \(entries.count) records in one call: none was stored")
        let half = waiting.count / 2
        let rest = Array(waiting[half...])
        if let reason = await send(Array(waiting[..<half]), isPart: true, deliver) {
          return await hold(rest, reason, deliver)
        }
        return await send(rest, isPart: true, deliver)
      } catch {
        return await fail(entries, error, deliver)
      }
    }
  }

  /// Of these nothing has been stored, and that is written down: their writer decides whether they come again.
  private func hold(_ entries: [Entry], _ reason: String, _ deliver: Deliver) async -> String {
    for entry in entries {
      let result = WireResult.notSent(message: reason, remedy: "the next run goes on from here")
      let ending = Ending(intent: entry.intent, part: BatchAnswer.Part(result: result))
      await deliver(entry.intent.key, .success(ending))
    }
    return reason
  }

  private func fail(
    _ entries: [Entry], _ error: any Error, _ deliver: Deliver
  ) async -> String {
    for entry in entries { await deliver(entry.intent.key, .failure(error)) }
    return "\(error)"
  }

  // MARK: The ledger

  /// Writes down, together, that all of these leave. Those whose key waits for another write stay behind; when the ledger
  /// fails in any other way for one of them, none may leave.
  private func begin(
    _ entries: [Entry]
  ) async throws -> (left: [Entry], busy: [(key: Key, why: KeyIsBusy)]) {
    let begun = try await each(of: entries) { entry in
      var entry = entry
      sender.mapping.advance(&entry.intent, .left)
      do {
        entry.intent.id = try await sender.writer.begin(entry.intent)
        return .success(entry)
      } catch let busy as KeyIsBusy {
        return .failure(busy)
      }
    }
    var left: [Entry] = []
    var busy: [(key: Key, why: KeyIsBusy)] = []
    for (entry, result) in zip(entries, begun) {
      switch result {
      case .success(let entry): left.append(entry)
      case .failure(let why): busy.append((entry.intent.key, why))
      }
    }
    return (left, busy)
  }

  /// Writes down that nothing of these was stored, before any of them leaves again.
  private func putBack(_ entries: [Entry], _ evidence: String) async throws -> [Entry] {
    try await each(of: entries) { entry in
      var entry = entry
      sender.mapping.advance(&entry.intent, .answered(.later(notBefore: 0)))
      try await sender.mapping.settle(entry.intent, evidence: evidence)
      return .success(entry)
    }.map { try $0.get() }
  }

  /// What came of the entry at a place. No tuple: the optimizer of Swift 6.3 forgets the first part of one that a task returns
  /// together with what it has awaited.
  private struct Begun: Sendable {
    var place: Int
    var result: Result<Result<Entry, KeyIsBusy>, any Error>
  }

  /// At the same time, so that the ledger may take all of them in one transaction. The first error is thrown when all have
  /// come to their end.
  private func each(
    of entries: [Entry],
    _ body: @escaping @Sendable (Entry) async throws -> Result<Entry, KeyIsBusy>
  ) async throws -> [Result<Entry, KeyIsBusy>] {
    let all = await withTaskGroup(of: Begun.self) { group in
      for (place, entry) in entries.enumerated() {
        group.addTask {
          do {
            return Begun(place: place, result: .success(try await body(entry)))
          } catch {
            return Begun(place: place, result: .failure(error))
          }
        }
      }
      return await group.reduce(into: [Begun]()) { $0.append($1) }
    }
    return try all.sorted { $0.place < $1.place }.map { try $0.result.get() }
  }
}
