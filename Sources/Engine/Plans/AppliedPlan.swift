import JSON

/// The plan that a run has applied, as its record keeps it.
public struct AppliedPlan: Sendable, Hashable {
  /// A guard of one mapping that the operator approved.
  public struct ApprovedGuard: Sendable, Hashable {
    public var name: String
    public var mapping: String

    public init(name: String, mapping: String) {
      self.name = name
      self.mapping = mapping
    }

    fileprivate var json: JSON { ["guard": .string(name), "mapping": .string(mapping)] }
  }

  /// Twelve hexadecimal digits.
  public var id: String
  /// When it was made, e.g. `2026-11-28T06:45:00Z`.
  public var madeAt: String
  /// Earlier runs that applied it.
  public var earlierRuns: [Int64]
  public var approved: [ApprovedGuard]
  /// Of these, the ones without which something that was carried out would have been held back.
  public var used: [ApprovedGuard] = []
  /// Who applied it.
  public var by: String
  public var note: String?

  public init(
    id: String, madeAt: String, earlierRuns: [Int64], approved: [ApprovedGuard], by: String,
    note: String?
  ) {
    self.id = id
    self.madeAt = madeAt
    self.earlierRuns = earlierRuns
    self.approved = approved
    self.by = by
    self.note = note
  }

  public var json: JSON {
    [
      "id": .string(id), "made_at": .string(madeAt),
      "earlier_runs": .array(earlierRuns.map { .integer($0) }), "by": .string(by),
      "note": note.map { .string($0) } ?? .null,
      "approved": .array(approved.map(\.json)), "used": .array(used.map(\.json)),
    ]
  }
}
