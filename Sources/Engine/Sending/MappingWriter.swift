import Mappings
import Programs

/// What all writes of one mapping share: its target, and the right to write down in the ledger what is sent there.
struct MappingWriter: Sendable {
  let program: MappingProgram
  let target: TargetConnection
  let writer: LedgerWriter
  let masking: Masking
  /// The ids of the objects, for the rows of other mappings.
  let links: LinkTables
  let rules: EffectRules

  init(
    _ program: MappingProgram, _ target: TargetConnection, _ writer: LedgerWriter,
    masking: Masking, links: LinkTables
  ) {
    self.program = program
    self.target = target
    self.writer = writer
    self.masking = masking
    self.links = links
    rules = EffectRules(program, target.definition)
  }

  var ledger: any LedgerStore { writer.ledger }
  var clock: any Timekeeper { target.clock }
  var finder: ObjectFinder { ObjectFinder(program, target, .writing(writer)) }
  /// Whether nothing new may be begun.
  var isStopping: Bool { target.stop?.isSet ?? false }

  /// Waits, unless the run is to end: then it throws ``RunInterrupted``.
  func pause(for duration: Duration) async throws {
    try await target.stop.sleep(for: duration, by: clock)
  }

  // MARK: Intents

  func advance(_ intent: inout Intent, _ event: Effect.Event) {
    intent.effect.take(event, at: clock.wall, rules)
  }

  func settle(_ intent: Intent, evidence: String?) async throws {
    try await writer.settle(Settlement(intent, evidence: evidence))
  }

  // MARK: Links

  /// Remembers what needs no request, and nothing of it is shown in the history.
  func keep(_ link: Link, sent: [UInt8]) async throws {
    try await writer.keep(link, resource: program.resourceName, sent: sent)
  }

  /// Links an object that was at the target before, at the end of an open intent where there is one.
  ///
  /// - Parameter held: What the target holds of the record, masked.
  func adopt(_ link: Link, holding held: FlatRecord, ending intent: Intent? = nil) async throws {
    let adopted = AdoptedLink(link, holding: held.bytes, run: writer.run, at: clock.wall)
    if let intent {
      var end = Settlement(intent, evidence: "found at the target")
      end.adopt(adopted)
      try await writer.settle(end)
    } else {
      try await writer.keep(adopted, resource: program.resourceName)
    }
    links.add(link.targetID, mapping: program.name, key: link.key)
  }

  func entry(
    _ key: Key, _ operation: Operation, before: FlatRecord, after: FlatRecord
  ) -> ChangeEntry {
    ChangeEntry(
      run: writer.run, mapping: program.name, key: key, operation: operation.rawValue,
      before: before.bytes, after: after.bytes, at: clock.wall)
  }
}

extension EffectRules {
  init(_ program: MappingProgram, _ target: TargetDefinition) {
    self.init(
      settle: target.settle, lookUps: target.lookUp.times, interval: target.lookUp.every,
      attempts: target.lookUp.attempts, canSearch: program.canSearch,
      canRead: program.resource.get != nil)
  }

  /// Until when a write may leave that is being written down now: a process that was paused on the way is not to send what
  /// another one has looked up meanwhile. One that takes a few seconds is busy, not paused.
  func latestDeparture(after now: Duration) -> Duration { now + max(settle / 4, .seconds(5)) }
}
