import Diagnostics
import Mappings
import Rows

extension ProgramCodes {
  static let snapshotStale = Code(
    "E407", "the types of a query's columns are not known",
    """
    Without a database, lint takes the types of columns from the source's snapshot, the files under `schemas/`. There is \
    none for this query, or the query has changed since. `crosswalk schema pull` asks the source and writes it; until then \
    lint knows the columns' names only.
    """)
  static let columnGone = Code(
    "E408", "a column or table is gone from the source",
    """
    The snapshot has it and the source has not: it was renamed, dropped, or taken from the login. Correct the query, then \
    `crosswalk schema pull`.
    """)
  static let typeChanged = Code(
    "E409", "a column has another type at the source",
    """
    The source's type is not that of the snapshot. `crosswalk schema pull` takes the new one over, and lint then says which \
    expressions no longer fit.
    """)
  static let lengthChanged = Code(
    "E410", "a column has another length at the source",
    """
    Longer values than before can come, or fewer. `crosswalk schema pull` takes the new length over, and lint then says \
    which fields can overflow.
    """)
  static let nullabilityChanged = Code(
    "E411", "a column may be null at the source, or may no longer",
    """
    NOT NULL was dropped or set at the table, or the query now gets the column another way. `crosswalk schema pull` takes it \
    over, and lint then says where null is not taken.
    """)
  static let valuesChanged = Code(
    "E412", "a column's list of values is another at the source",
    """
    The source declares other values than the snapshot. `crosswalk schema pull` takes them over, and lint then says which \
    of them no table of values covers.
    """)
  static let snapshotOrphan = Code(
    "E413", "a snapshot belongs to no mapping",
    "The mapping was removed or renamed, or reads another source. `crosswalk schema pull` removes the file."
  )

  static let source = [
    snapshotStale, columnGone, typeChanged, lengthChanged, nullabilityChanged, valuesChanged,
    snapshotOrphan,
  ]
}

private let pull = "run `crosswalk schema pull` where the source can be reached"

extension Diagnostic {
  static func snapshotMissing(_ source: SourceDefinition) -> Diagnostic {
    Diagnostic(
      ProgramCodes.snapshotStale, severity: .warning,
      "the source `\(source.name.value)` has no snapshot, so the types of its columns are not known",
      at: source.name.range, notes: [Note("it would be in `\(source.snapshotFolder)`")],
      help: [pull])
  }

  static func snapshotMissing(_ mapping: MappingDefinition, _ snapshot: SourceSnapshot)
    -> Diagnostic
  {
    Diagnostic(
      ProgramCodes.snapshotStale, severity: .warning,
      "the snapshot knows nothing of the \(mapping.extract.noun) of `\(mapping.name.value)`",
      at: mapping.name.range,
      notes: [Note("it would be `\(snapshot.folder)/queries/\(mapping.name.value).yaml`")],
      help: [pull])
  }

  static func snapshotStale(_ mapping: MappingDefinition, _ query: QuerySnapshot) -> Diagnostic {
    Diagnostic(
      ProgramCodes.snapshotStale, severity: .warning,
      "the \(mapping.extract.noun) of `\(mapping.name.value)` has changed since its snapshot",
      at: mapping.name.range,
      notes: [
        Note(
          "the snapshot is of a \(mapping.extract.noun) with this fingerprint",
          at: query.fingerprint.range)
      ],
      help: [pull])
  }

  static func snapshotOrphan(_ query: QuerySnapshot, _ source: SourceDefinition) -> Diagnostic {
    Diagnostic(
      ProgramCodes.snapshotOrphan, severity: .warning,
      "`\(query.mapping.value)` is not a mapping that reads `\(source.name.value)`",
      at: query.mapping.range, help: ["run `crosswalk schema pull`, which removes the file"])
  }

  static func tableGone(_ table: TableSnapshot, _ use: Note?) -> Diagnostic {
    Diagnostic(
      ProgramCodes.columnGone, "the table `\(table.name.value)` is gone from the source",
      at: table.name.range, label: "the snapshot has it", notes: [use].compactMap { $0 },
      help: ["correct what reads it, then `crosswalk schema pull`"])
  }

  static func columnGone(_ name: String, _ old: Column, _ use: Note?) -> Diagnostic {
    Diagnostic(
      ProgramCodes.columnGone, "\(name) is gone from the source", at: old.stated,
      label: "the snapshot has it", notes: [use].compactMap { $0 },
      help: ["correct what reads it, then `crosswalk schema pull`"])
  }

  static func typeChanged(_ name: String, _ old: Column, _ new: Column, _ use: Note?) -> Diagnostic
  {
    moved(
      ProgramCodes.typeChanged, .error, "\(name) is \(new.declared) now, not \(old.declared)", old,
      use)
  }

  static func lengthChanged(_ name: String, _ old: Column, _ new: Column, _ use: Note?)
    -> Diagnostic
  {
    moved(
      ProgramCodes.lengthChanged, .warning, "\(name) is \(new.declared) now, not \(old.declared)",
      old, use)
  }

  static func nullabilityChanged(
    _ name: String, _ old: Column, _ new: Column, _ use: Note?
  ) -> Diagnostic {
    moved(
      ProgramCodes.nullabilityChanged, .warning,
      new.nullable == false ? "\(name) is never null now" : "\(name) may be null now", old, use)
  }

  static func valuesChanged(_ name: String, _ old: Column, _ new: Column, _ use: Note?)
    -> Diagnostic
  {
    func words(_ values: [String]?) -> String {
      values.map { $0.map { "`\($0)`" }.joined(separator: ", ") } ?? "any value"
    }
    return moved(
      ProgramCodes.valuesChanged, .warning,
      "\(name) takes \(words(new.values)) now, not \(words(old.values))", old, use)
  }

  private static func moved(
    _ code: Code, _ severity: Severity, _ message: String, _ old: Column, _ use: Note?
  ) -> Diagnostic {
    Diagnostic(
      code, severity: severity, message, at: old.stated, label: "the snapshot says this",
      notes: [use].compactMap { $0 },
      help: ["run `crosswalk schema pull`, then `crosswalk lint`"])
  }
}
