import JSON
import Programs

/// Which fields of a mapping a listing can be compared by.
///
/// A field that the listing shows of no object is either one that it never shows, or one that was emptied in all of them. What
/// is known from elsewhere decides: the schema (`x-absent`), earlier listings, and objects that are read one by one. What
/// nobody can tell is not compared, and named.
struct ListedFields {
  let program: MappingProgram
  let target: TargetConnection
  let access: LedgerAccess

  struct Result {
    var compared: Set<String>
    /// Not compared, though something was sent.
    var untold: [String] = []
  }

  /// So many objects are read for a field.
  private static let samples = 3

  func find(in survey: TargetSurvey) async throws -> Result {
    let readable = program.fields.filter { $0.readPath != nil }.map(\.path)
    var result = Result(compared: survey.shown)
    result.compared.formUnion(readable.filter { program.meaning(of: $0).saysByAbsence })
    let known = try await access.ledger.shownFields(of: program.resourceName)
    if let writer = access.writer, !survey.shown.isSubset(of: known.listed) {
      try await writer.keep(ShownFields(listed: survey.shown), of: program.resourceName)
    }
    result.compared.formUnion(known.listed.intersection(readable))
    let open = readable.filter { !result.compared.contains($0) }
    guard !open.isEmpty else { return result }
    let links = try await links(with: open, in: survey)
    let objects = try await read(Set(links.values.joined()))
    for field in program.fields {
      guard let ids = links[field.path], !ids.isEmpty, let path = field.readPath else { continue }
      let read = ids.compactMap { objects[$0] }
      let held = read.compactMap { $0.value(at: path) }
      // An object that is read by itself and shows nothing there was emptied, if its like has shown it before.
      let isEmptied =
        !read.isEmpty && held.allSatisfy(\.isNothing)
        && (!held.isEmpty || known.answered.contains(field.path))
      if isEmptied { result.compared.insert(field.path) } else { result.untold.append(field.path) }
    }
    return result
  }

  /// By field, objects to which a value of it was sent.
  private func links(
    with fields: [String], in survey: TargetSurvey
  ) async throws -> [String: [String]] {
    var found: [String: [String]] = [:]
    var keys: [Key] = []
    func look() async throws {
      for (key, known) in try await access.ledger.remembered(of: program.name, keys: keys) {
        guard known.link.key == key, known.link.state == .active,
          survey.objects[ExactText(known.link.targetID)] != nil
        else { continue }
        let sent = try known.record()
        for field in fields where found[field, default: []].count < Self.samples {
          guard let value = sent[field], !value.isNothing else { continue }
          found[field, default: []].append(known.link.targetID)
        }
      }
      keys = []
    }
    var cursor = LinkCursor(mapping: program.name, ledger: access.ledger, clock: target.clock)
    while try await cursor.hasLink() {
      keys.append(cursor.key)
      cursor.advance()
      guard keys.count == Self.chunk else { continue }
      try await look()
      if fields.allSatisfy({ found[$0]?.count == Self.samples }) { return found }
    }
    try await look()
    return found
  }

  private static let chunk = 500

  private func read(_ ids: Set<String>) async throws -> [String: JSON] {
    var objects: [String: JSON] = [:]
    for id in ids.sorted() {
      if case .object(let object) = try await target.object(id, of: program) {
        objects[id] = object
      }
    }
    return objects
  }
}
