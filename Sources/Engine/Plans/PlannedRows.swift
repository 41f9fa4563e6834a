import Programs
import Rows

/// Builds rows once more as they were when the plan was made that is being applied: what the plan makes had no id then.
final class PlannedRows {
  enum Version {
    /// What the plan has made counts as not made yet.
    case beforeMaking
    /// What the plan would still make counts as made: that tells a row that waits for it from one that has changed.
    case afterMaking
  }

  private let gate: PlanGate
  private let decisions: DecisionSeal
  private let mapping: String
  /// Whether the plan makes objects that rows link to.
  private let makesLinked: Bool
  private let state: State
  let builder: RecordBuilder

  /// What the present row is built as, and what it waits for then.
  private final class State {
    var version = Version.beforeMaking
    var awaited: PlanGate.Awaited?
  }

  /// `nil` where nothing is applied, or no row of the mapping links to others.
  init?(_ program: MappingProgram, _ context: RunContext) {
    guard let gate = context.options.gate, !program.linkedMappings.isEmpty else { return nil }
    self.gate = gate
    decisions = gate.decisions(of: program.name)
    mapping = program.name
    makesLinked = program.linkedMappings.contains(where: gate.makes)
    let state = State()
    self.state = state
    builder = RecordBuilder(program: program, integerIDs: context.project.integerIDs) {
      [links = context.links] mapping, key in
      if gate.isMade(mapping, key) { return .pending }
      let answer = links.resolve(mapping, key)
      guard answer == .missing, state.version == .afterMaking,
        let awaited = gate.awaited(mapping, key)
      else { return answer }
      state.awaited = awaited
      return .pending
    }
  }

  /// What a row is to be built as.
  var versions: [Version] {
    (gate.hasMade ? [.beforeMaking] : []) + (makesLinked ? [.afterMaking] : [])
  }

  /// Builds a row; `false` where it could not have been built.
  func build(
    _ version: Version, _ batch: RowBatch, row: Int, _ ownLinks: RecordBuilder.OwnLinks
  ) -> Bool {
    state.version = version
    state.awaited = nil
    builder.setBatch(batch)
    builder.ownLinks = ownLinks
    guard case .built = builder.build(row: row) else { return false }
    return true
  }

  /// Remembers what a row that is to be updated was, for when its change is to be sent.
  func noteUpdate(
    _ batch: RowBatch, row: Int, _ ownLinks: RecordBuilder.OwnLinks, of key: Key
  ) {
    for version in versions where build(version, batch, row: row, ownLinks) {
      note(builder.bytes, of: key)
    }
  }

  /// The same of a row that is to be created.
  func noteCreate(
    _ batch: RowBatch, row: Int, _ ownLinks: RecordBuilder.OwnLinks, of key: Key
  ) throws(UnreadableRecord) {
    for version in versions where build(version, batch, row: row, ownLinks) {
      guard case .built = try builder.buildOnCreate(row: row) else { continue }
      note(decisions.row(builder.bytes, onCreate: builder.onCreateBytes), key)
    }
  }

  /// The same of the record that was built last, where some of its fields are kept as they were last sent.
  func note(_ record: [UInt8], of key: Key) { note(decisions.row(record), key) }

  private func note(_ row: SealedHash, _ key: Key) {
    switch state.version {
    case .beforeMaking: gate.note(row, of: mapping, key)
    case .afterMaking:
      if let awaited = state.awaited { gate.note(row, of: mapping, key, awaiting: awaited) }
    }
  }
}
