/// Where the records of one batch meet: their call is made when each of them has either brought its request or gone.
///
/// A record that is to be tried again comes back, and waits for those that have not gone.
actor Rendezvous {
  private typealias Caller = CheckedContinuation<BatchSender.Ending, any Error>

  private let sender: BatchSender
  private var expected: Int
  private var waiting: [(entry: BatchSender.Entry, caller: Caller)] = []
  private var underWay: [Key: Caller] = [:]
  /// The task that makes the calls, while there is none to make.
  private var server: CheckedContinuation<Void, Never>?
  private var isCancelled = false

  init(_ sender: BatchSender, expecting count: Int) {
    self.sender = sender
    expected = count
  }

  /// The end of this record's part of the call.
  func send(_ entry: BatchSender.Entry) async throws -> BatchSender.Ending {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { caller in
        if isCancelled {
          caller.resume(throwing: CancellationError())
        } else {
          waiting.append((entry, caller))
          wakeIfDue()
        }
      }
    } onCancel: {
      Task { await self.cancel() }
    }
  }

  /// The record sends nothing more by this call.
  func leave() {
    expected -= 1
    wakeIfDue()
  }

  /// Makes the calls for all records, until each of them has gone. It runs alongside them, because no single record's task is
  /// to make the call for all.
  func serve() async {
    while expected > 0 {
      guard isComplete else {
        await withCheckedContinuation { server = $0 }
        continue
      }
      // In the order of their keys, whichever came first: what a call holds must not depend on the scheduler.
      waiting.sort { $0.entry.intent.key < $1.entry.intent.key }
      let entries = waiting.map(\.entry)
      for (entry, caller) in waiting { underWay[entry.intent.key] = caller }
      waiting = []
      await sender.send(entries) { key, ending in await self.deliver(key, ending) }
    }
  }

  private var isComplete: Bool { !waiting.isEmpty && waiting.count == expected }

  private func wakeIfDue() {
    guard isComplete || expected == 0 else { return }
    server?.resume()
    server = nil
  }

  private func deliver(_ key: Key, _ ending: Result<BatchSender.Ending, any Error>) {
    underWay.removeValue(forKey: key)?.resume(with: ending)
  }

  /// The records of a batch are cancelled together, since none leaves without the others.
  private func cancel() {
    isCancelled = true
    for (_, caller) in waiting { caller.resume(throwing: CancellationError()) }
    waiting = []
  }
}
