import JSON
import Programs

/// All objects of a mapping's resource as the target holds them, from one whole listing.
struct TargetSurvey {
  typealias Found = (id: String, object: JSON)

  let objects: [ExactText: JSON]
  let byNaturalKey: [ExactText: [Found]]
  /// Paths of the mapping's fields that the listing gives at all.
  private let given: Set<String>

  /// `nil` when the resource cannot be listed, or nothing tells whose an object is.
  static func read(
    _ program: MappingProgram, from target: TargetConnection, context: RunContext
  ) async throws -> TargetSurvey? {
    guard let list = program.resource.list, program.match != nil else { return nil }
    let listing = try await Listing.read(list, of: program, wanted: nil, from: target)
    context.report(.listing(mapping: program.name, objects: listing.count))
    return TargetSurvey(listing, program)
  }

  private init(_ listing: Listing, _ program: MappingProgram) {
    byNaturalKey = listing.objects
    let all = Array(listing.objects.values.joined()) + listing.nameless
    objects = Dictionary(all.map { (ExactText($0.id), $0.object) }) { first, _ in first }
    // A listing may show less of an object than a read of it alone.
    given = Set(
      program.fields.compactMap { field in
        Self.readPath(field).flatMap { path in
          all.contains { $0.object.value(at: path) != nil } ? field.path : nil
        }
      })
  }

  static func readPath(_ field: FieldProgram) -> String? {
    switch field.schema?.readPath ?? .same {
    case .same: field.path
    case .path(let other): other
    case .never: nil
    }
  }

  /// The fields whose value at the target is not the one that was sent. `sent` is masked, and so is what is returned.
  func edits(
    of object: JSON, since sent: FlatRecord, program: MappingProgram, masking: Masking
  ) -> [FieldChange] {
    program.fields.compactMap { field in
      guard given.contains(field.path), let path = Self.readPath(field),
        let before = sent[field.path]
      else { return nil }
      let held = object.value(at: path) ?? .null
      if Loose.equal(held, before) || held.isNothing && before.isNothing { return nil }
      guard field.isSensitive else {
        return FieldChange(path: field.path, before: before, after: held)
      }
      // What was sent is known by its hash alone; the same number may come back as text.
      let forms: [JSON] =
        [held]
        + (held.identifier.map { text in
          [.string(text)] + (JSON(number: text).map { [$0] } ?? [])
        } ?? [])
      if forms.contains(where: { masking.mask($0) == before }) { return nil }
      return FieldChange(path: field.path, before: before, after: masking.mask(held))
    }
  }
}
