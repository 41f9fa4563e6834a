/// How many cells are played at once: more would only take each other's time, and calls would run out of theirs.
actor Cells {
  private static let busy = Cells(6)
  /// Those that do nothing but wait take nobody's time.
  private static let silent = Cells(12)

  static func of(patience: Duration) -> Cells { patience <= WireFault.short ? silent : busy }

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  private init(_ free: Int) { self.free = free }

  func take<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
    defer { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }
    return try await body()
  }
}
