import Programs

/// What the ledger knows of records that could not be sent in earlier runs.
struct EarlierFailures: Sendable {
  let failed: [Key: Failure]
  /// Those of them that still stand against the record, as far as the target could be asked.
  let conflicting: Set<Key>
  /// Keys with an open intent that the operator wants left alone.
  let dismissed: Set<Key>
  /// The number of this read.
  let read: Int

  /// Asks the ledger what has failed before, and `target` what of it still stands.
  init(
    _ program: MappingProgram, _ context: RunContext, _ target: TargetConnection?
  ) async throws {
    let failures = try await context.ledger.failures(of: program.name)
    read = try await context.ledger.readCount(of: program.name) + 1
    conflicting =
      if let target {
        try await ConflictCheck(program: program, target: target, access: context.access)
          .standing(failures, read: read)
      } else {
        Set(failures.map(\.key))
      }
    var failed = Dictionary(failures.map { ($0.key, $0) }) { first, _ in first }
    for key in context.foreseen.overcome { failed[key] = nil }
    failed.merge(context.foreseen.failures) { _, new in new }
    self.failed = failed
    dismissed = try await context.ledger.dismissedIntents(of: program.name)
  }
}
