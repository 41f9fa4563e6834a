import Programs
import Rows

/// Builds rows once more as they were when the plan was made that is being applied: what the plan has made since had no id
/// then.
final class PlannedRows {
  private let gate: PlanGate
  private let decisions: DecisionSeal
  private let mapping: String
  let builder: RecordBuilder

  /// `nil` where nothing is applied, or no row of the mapping links to others.
  init?(_ program: MappingProgram, _ context: RunContext) {
    guard let gate = context.options.gate, !program.linkedMappings.isEmpty else { return nil }
    self.gate = gate
    decisions = gate.decisions(of: program.name)
    mapping = program.name
    builder = RecordBuilder(program: program, integerIDs: context.project.integerIDs) {
      [links = context.links] mapping, key in
      gate.isMade(mapping, key) ? .pending : links.resolve(mapping, key)
    }
  }

  /// Builds a row; `false` where it is what it was, or could not have been built.
  func build(_ batch: RowBatch, row: Int, _ ownLinks: RecordBuilder.OwnLinks) -> Bool {
    guard gate.hasMade else { return false }
    builder.setBatch(batch)
    builder.ownLinks = ownLinks
    guard case .built = builder.build(row: row) else { return false }
    return true
  }

  /// Remembers what the row was, for when its change is to be sent.
  func note(_ record: [UInt8], of key: Key) { gate.note(decisions.row(record), of: mapping, key) }

  /// The same of a row that is to be created.
  func noteCreate(row: Int, of key: Key) throws(UnreadableRecord) {
    guard case .built = try builder.buildOnCreate(row: row) else { return }
    gate.note(decisions.row(builder.bytes, onCreate: builder.onCreateBytes), of: mapping, key)
  }
}
