import JSON
import Mappings
import Programs

/// Sends what several records would send, in one call: each with an intent of its own, all of them durable before the first
/// byte leaves, and each with its own part of the answer.
///
/// When the target refuses the call as a whole, nothing was stored; it is sent again in halves until the record that is to
/// blame stands alone. An outcome that is unknown is unknown for each.
struct BatchSender: Sendable {
  struct Entry: Sendable {
    var intent: Intent
    /// Of the record alone.
    var request: OutboundRequest
    var key: String?
  }
  typealias Ending = Result<(intent: Int64, result: WireResult), any Error>

  let batch: BatchDefinition
  let create: WriteDefinition
  let target: TargetConnection
  let ledger: any LedgerStore
  let reader: AnswerReader
  let match: MatchProgram?
  let priority: CallPriority

  /// One ending for each entry, in their order.
  func send(_ entries: [Entry]) async -> [Ending] {
    var intents: [Result<Int64, any Error>] = []
    var sent: [Int] = []
    do {
      let route = "\(create.call.method) \(create.call.path)"
      let result = try await target.attempt(
        OutboundRequest(method: create.call.method, path: create.call.path).route,
        priority: priority, reader: reader
      ) {
        intents = await begin(entries)
        sent = entries.indices.filter { (try? intents[$0].get()) != nil }
        guard !sent.isEmpty else { throw NothingToSend(route: route) }
        return request(sent.map { entries[$0] })
      }
      let results = await apart(result, sent.map { entries[$0] })
      var endings = intents.map { intent in
        intent.map { (intent: $0, result: WireResult.lost(message: "not sent", mend: "")) }
      }
      for (place, index) in sent.enumerated() {
        endings[index] = intents[index].map { (intent: $0, result: results[place]) }
      }
      return endings
    } catch {
      return entries.indices.map { index in
        // Whose intent could not be written has a reason of its own.
        if intents.indices.contains(index), case .failure(let own) = intents[index] {
          return .failure(own)
        }
        return .failure(error)
      }
    }
  }

  private struct NothingToSend: Error {
    var route: String
  }

  private func begin(_ entries: [Entry]) async -> [Result<Int64, any Error>] {
    await withTaskGroup(of: (Int, Result<Int64, any Error>).self) { group in
      for (index, entry) in entries.enumerated() {
        group.addTask {
          do { return (index, .success(try await ledger.begin(entry.intent))) } catch {
            return (index, .failure(error))
          }
        }
      }
      var begun: [(Int, Result<Int64, any Error>)] = []
      for await one in group { begun.append(one) }
      return begun.sorted { $0.0 < $1.0 }.map(\.1)
    }
  }

  /// The parts of an answer; a refused call is sent again in halves.
  private func apart(_ result: WireResult, _ entries: [Entry]) async -> [WireResult] {
    let answer = BatchAnswer(batch: batch, reader: reader, match: match)
    switch answer.parts(of: result, keys: entries.map(\.key)) {
    case .each(let results): return results
    case .refused(let refusal):
      guard entries.count > 1 else { return [refusal] }
      let half = entries.count / 2
      let first = await again(Array(entries[..<half]))
      return first + (await again(Array(entries[half...])))
    }
  }

  private func again(_ entries: [Entry]) async -> [WireResult] {
    do {
      let result = try await target.attempt(
        request(entries), priority: priority, reader: reader)
      return await apart(result, entries)
    } catch {
      // The target was stopped meanwhile; of these nothing has been stored.
      let reason = (error as? TargetStopped)?.message ?? "\(error)"
      return entries.map { _ in .notSent(message: reason, mend: "run again") }
    }
  }

  private func request(_ entries: [Entry]) -> OutboundRequest {
    var body = Array((batch.items.map { "{\(JSON.string($0).description):" } ?? "").utf8)
    body.append(UInt8(ascii: "["))
    for (index, entry) in entries.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body += entry.request.body ?? Array("{}".utf8)
    }
    body += Array((batch.items == nil ? "]" : "]}").utf8)
    return OutboundRequest(method: create.call.method, path: create.call.path, body: body)
  }
}

/// Where the records of one batch meet: their call is made when each of them has either brought its request or gone.
///
/// A record that is to be tried again comes back, and waits for those that have not gone.
actor Rendezvous {
  private let sender: BatchSender
  private var expected: Int
  private var waiting: [(entry: BatchSender.Entry, caller: CheckedContinuation<Void, Never>)] = []
  private var endings: [Key: BatchSender.Ending] = [:]

  init(_ sender: BatchSender, expecting count: Int) {
    self.sender = sender
    expected = count
  }

  /// The end of this record's part of the call.
  func send(_ entry: BatchSender.Entry) async throws -> (intent: Int64, result: WireResult) {
    await withCheckedContinuation { caller in
      waiting.append((entry, caller))
      departIfComplete()
    }
    guard let ending = endings.removeValue(forKey: entry.intent.key) else {
      throw CancellationError()
    }
    return try ending.get()
  }

  /// The record sends nothing more by this call.
  func leave() {
    expected -= 1
    departIfComplete()
  }

  private func departIfComplete() {
    guard !waiting.isEmpty, waiting.count == expected else { return }
    let all = waiting
    waiting = []
    // Of its own, because whoever completes the number may itself wait for the answer.
    Task {
      let results = await sender.send(all.map(\.entry))
      for (one, ending) in zip(all, results) {
        endings[one.entry.intent.key] = ending
        one.caller.resume()
      }
    }
  }
}
