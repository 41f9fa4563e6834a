/// Gathers changes and refused records of rows, and passes them to the sieve in chunks: one chunk is looked at while the next
/// gathers.
struct SieveFeed {
  private let sieve: ChangeSieve
  private var changes: [PlannedChange] = []
  private var failures: [Failure] = []
  /// Of the changes that have gathered.
  private var bytes = 0
  /// The sieve at work.
  private var sifting: Task<Void, any Error>?

  static let chunk = 500

  init(_ sieve: ChangeSieve) { self.sieve = sieve }

  mutating func add(_ change: PlannedChange) {
    bytes += change.size
    changes.append(change)
  }

  mutating func add(_ failure: Failure) { failures.append(failure) }

  mutating func passOnIfFull() async throws {
    guard changes.count + failures.count >= Self.chunk || bytes >= PlannedChange.stretch else {
      return
    }
    try await passOn()
  }

  /// Passes on what has gathered, as soon as the sieve has done with what it got before.
  private mutating func passOn() async throws {
    try await sifting?.value
    guard !changes.isEmpty || !failures.isEmpty else { return }
    sifting = Task { [sieve, changes, failures] in try await sieve.take(changes, failures) }
    changes = []
    bytes = 0
    failures = []
  }

  /// After the last row: waits until the sieve has seen everything.
  mutating func finish() async throws {
    try await passOn()
    try await sifting?.value
  }

  /// After an error: waits until nothing is at work any more.
  func abandon() async {
    sifting?.cancel()
    _ = await sifting?.result
  }
}
