import JSON
import Programs

/// All objects of a mapping's resource as the target holds them, from one whole listing.
struct TargetSurvey {
  typealias Found = (id: String, object: JSON)

  let objects: [ExactText: JSON]
  let byNaturalKey: [ExactText: [Found]]
  /// Paths of the mapping's fields that the listing shows of some object.
  let shown: Set<String>

  /// `nil` when the resource cannot be listed, or nothing tells whose an object is.
  static func read(
    _ program: MappingProgram, from target: TargetConnection, _ access: LedgerAccess
  ) async throws -> TargetSurvey? {
    guard let listing = try await ListingReader(program, target, access).read() else { return nil }
    return TargetSurvey(listing, program)
  }

  private init(_ listing: Listing, _ program: MappingProgram) {
    byNaturalKey = listing.objects
    let all = Array(listing.objects.values.joined()) + listing.nameless
    objects = Dictionary(all.map { (ExactText($0.id), $0.object) }) { first, _ in first }
    shown = Set(
      program.fields.compactMap { field in
        field.readPath.flatMap { path in
          all.contains { $0.object.value(at: path) != nil } ? field.path : nil
        }
      })
  }

  /// Of the fields that are compared, those whose value at the target is not the one that was sent. `sent` is masked, and so
  /// is what is returned.
  func edits(
    of object: JSON, since sent: FlatRecord, in compared: Set<String>,
    by comparison: RecordComparison
  ) -> [FieldChange] {
    comparison.program.fields.compactMap { field in
      guard compared.contains(field.path), let path = field.readPath,
        let before = sent[field.path]
      else { return nil }
      let held = object.value(at: path)
      if comparison.holds(before, held, at: field.path) { return nil }
      return FieldChange(
        path: field.path, before: before, after: comparison.shown(held, at: field.path))
    }
  }
}
