import Diagnostics
import Expressions
import JSON
import Programs
import Rows

/// Makes records of rows.
///
/// A record is flat JSON, `{"path":value,…}` in the order of the paths' bytes: the canonical form that is hashed,
/// compared and remembered.
///
/// A class: it is large, it keeps memory between rows, and every row asks it.
final class RecordBuilder {
  enum Outcome {
    /// It stands in ``bytes``, or ``onCreateBytes``.
    case built(Fingerprint)
    /// References lead nowhere yet.
    case deferred([MissingLink])
    case rejected([Failure.Reason])
  }

  /// What becomes of a link that a row has to another row of the same mapping, and that leads nowhere yet.
  enum OwnLinks {
    /// What the expression says: without `orValue` the row waits.
    case asWritten
    /// The row waits, whatever the expression says, since the other one may be made first.
    case awaited
    /// The record goes without it where it can be set later.
    case leftOut
  }

  var ownLinks = OwnLinks.asWritten
  /// Links of the record that was built last which are to be set when they lead somewhere.
  private(set) var unset: [MissingLink] = []
  /// The fields of those that have no value instead.
  private(set) var leftOut: [String] = []

  let program: MappingProgram
  private let activation: RowActivation
  private let keys: KeyReader
  private let record: RecordPart
  private let onCreate: RecordPart
  private let createHasRules: Bool
  private let updateHasRules: Bool

  /// The record of the row that was built last.
  var bytes: [UInt8] { Array(record.buffer.content) }
  /// The fields that only a create carries, of the row for which they were built last.
  var onCreateBytes: [UInt8] { Array(onCreate.buffer.content) }
  /// Whether an id that a plan only pretends to know is part of the record that was built last.
  private var holdsPending = false

  convenience init(program: MappingProgram, integerIDs: Set<String>, links: LinkTables) {
    self.init(program: program, integerIDs: integerIDs, tables: links) { links.resolve($0, $1) }
  }

  /// `isQuick: false` leaves every field to the slow path, which the quick one must agree with.
  init(
    program: MappingProgram, integerIDs: Set<String>, tables: LinkTables? = nil,
    isQuick: Bool = true, resolve: @escaping (String, Key) -> LinkAnswer
  ) {
    self.program = program
    activation = RowActivation(program: program, integerIDs: integerIDs, resolve: resolve)
    keys = KeyReader(program.keyColumns, of: program)
    createHasRules = program.schemas.create.hasRules
    updateHasRules = program.schemas.update.hasRules
    let links = RowLinks(own: program.name, integerIDs: integerIDs, tables: tables)
    let activation = activation
    func part(
      _ programs: [FieldProgram], canFollow: (FieldProgram) -> Bool = { _ in false }
    ) -> RecordPart {
      let fields = Self.fields(programs, canFollow: canFollow)
      let flat = FlatFields(
        fields.map(\.program), prefixes: fields.map(\.prefix), program: program, links: links,
        isQuick: isQuick)
      return RecordPart(program, fields, flat, activation)
    }
    record = part(program.fields) { field in
      program.resource.update != nil && program.updates(field.path)
        && field.path != program.match?.path
    }
    onCreate = part(program.onCreate)
  }

  private static func fields(
    _ programs: [FieldProgram], canFollow: (FieldProgram) -> Bool
  ) -> [RecordField] {
    programs.enumerated().map {
      RecordField($0.element, isFirst: $0.offset == 0, canFollow: canFollow($0.element))
    }
  }

  func setBatch(_ batch: RowBatch) { activation.batch = batch }

  /// The rows of the batch that was set.
  var batch: RowBatch { activation.batch }

  /// By which the target finds the record that was built last, also of a row that is deferred.
  func naturalKey() throws(UnreadableRecord) -> ExactText? {
    try program.match?.value(in: bytes, of: program.name)
  }

  // MARK: Keys

  /// Puts the row's key in place of another, if its columns have values.
  func key(of row: Int, in rows: RowsInPlace, into key: inout [UInt8]) -> Bool {
    keys.key(of: row, in: rows, into: &key)
  }

  func key(of row: Int, in batch: RowBatch, into key: inout [UInt8]) -> Bool {
    batch.withRows { self.key(of: row, in: $0, into: &key) }
  }

  /// Why a row has no key.
  func whyNoKey(of row: Int, in batch: RowBatch) -> Failure.Reason? {
    for place in program.keyColumns {
      let name = program.columns[place].name
      switch batch.kind(row, place) {
      case .null: return Failure.Reason(field: nil, message: "the key's column `\(name)` is NULL")
      case .unreadable:
        return Failure.Reason(
          field: nil, message: "the key's column `\(name)` \(batch.text(row, place))")
      case .number, .bytes: break
      }
    }
    return nil
  }

  // MARK: Records

  func build(row: Int) -> Outcome { batch.withRows { build(row: row, in: $0) } }

  /// `rows` are those of the batch that was set.
  func build(row: Int, in rows: RowsInPlace) -> Outcome {
    build(row: row, in: rows, record)
  }

  /// The fields that only a create carries, of the row whose record was built last. The two are checked together for what
  /// the target says of a body as a whole.
  func buildOnCreate(row: Int) throws(UnreadableRecord) -> Outcome {
    let isPending = holdsPending
    let outcome = batch.withRows { build(row: row, in: $0, onCreate) }
    guard case .built = outcome else { return outcome }
    if let reason = RecordLimits.problem(onCreate.buffer.content, beside: record.buffer.count) {
      return .rejected([reason])
    }
    guard createHasRules, !isPending, !holdsPending else { return outcome }
    let members =
      try FlatRecord(bytes, of: program.name).members
      + FlatRecord(onCreateBytes, of: program.name).members
    let reasons = brokenRules(of: program.schemas.create, in: members)
    return reasons.isEmpty ? outcome : .rejected(reasons)
  }

  /// What an update to this record would break of what the target says of a body as a whole.
  func brokenRules(
    inUpdateTo record: [UInt8]
  ) throws(UnreadableRecord) -> [Failure.Reason] {
    guard updateHasRules, !holdsPending else { return [] }
    let members = try FlatRecord(record, of: program.name).members.filter {
      program.updates($0.name)
    }
    return brokenRules(of: program.schemas.update, in: members)
  }

  private func brokenRules(
    of schema: SchemaNode, in members: [JSON.Member]
  ) -> [Failure.Reason] {
    // Fields without a value are left out of a body.
    let body = FlatRecord(members.filter { !$0.value.isNull }).nested
    let hides = !program.definition.sensitive.isEmpty
    return schema.brokenRules(in: body, show: { hides ? "the value" : $0.description }).map {
      Failure.Reason(field: $0.path.isEmpty ? nil : $0.path, message: $0.problem)
    }
  }

  @inline(__always)
  private func build(row: Int, in rows: RowsInPlace, _ part: RecordPart) -> Outcome {
    holdsPending = false
    if !unset.isEmpty { forgetUnset() }
    let (buffer, flat) = (part.buffer, part.flat)
    buffer.removeAll()
    buffer.append(UInt8(ascii: "{"))
    flat.load(row, of: rows)
    let index = flat.append(from: 0, to: buffer)
    if index < part.fields.count, let failed = append(part, from: index, row: row) {
      return failed
    }
    buffer.append(UInt8(ascii: "}"))
    if let reason = RecordLimits.problem(buffer.content) { return .rejected([reason]) }
    return .built(Fingerprint(of: buffer.content))
  }

  /// Appends the fields of a row from one on, which the fast path has left: of that the prefix is there.
  @inline(never)
  private func append(_ part: RecordPart, from first: Int, row: Int) -> Outcome? {
    let (fields, buffer) = (part.fields, part.buffer)
    activation.row = row
    var reasons: [Failure.Reason] = []
    var missing: [MissingLink] = []
    var index = first
    while index < fields.count {
      let field = fields[index]
      index += 1
      activation.beginField()
      let start = buffer.count
      switch part.writer.append(field, row: row) {
      case .written:
        if activation.sawPending { holdsPending = true }
        if ownLinks != .asWritten, awaitsOwn {
          if ownLinks == .leftOut {
            if field.canFollow { unset += activation.missing }
          } else {
            missing += activation.missing
            buffer.shorten(to: start)
            buffer.append(FieldWriter.null)
          }
        }
      case .waits:
        if ownLinks == .leftOut, field.canBeLeftOut, awaitsOwn {
          unset += activation.missing
          leftOut.append(field.program.path)
        } else {
          missing += activation.missing
        }
        buffer.append(FieldWriter.null)
      case .problem(let problem):
        reasons.append(Failure.Reason(field: field.program.path, message: problem))
        buffer.append(FieldWriter.null)
      }
      index = part.flat.append(from: index, to: buffer)
    }
    if reasons.isEmpty, missing.isEmpty { return nil }
    buffer.append(UInt8(ascii: "}"))
    return reasons.isEmpty ? .deferred(missing) : .rejected(reasons)
  }

  @inline(never)
  private func forgetUnset() {
    unset.removeAll(keepingCapacity: true)
    leftOut.removeAll(keepingCapacity: true)
  }

  /// Whether the present field waits for nothing but rows of its own mapping.
  private var awaitsOwn: Bool {
    !activation.missing.isEmpty
      && activation.missing.allSatisfy { $0.mapping.utf8.elementsEqual(program.name.utf8) }
  }
}
