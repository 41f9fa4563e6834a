import JSON
import Programs

/// Reads single objects by their ids, and the list of all at most once.
struct ObjectReader {
  enum Held: Sendable {
    case object(JSON)
    /// The target says so when asked for the id.
    case gone
    /// A search does not show it.
    case notFound
    /// The target answers about another object.
    case another(ObjectIdentity.Difference)
    /// The target cannot be asked.
    case unknown
  }

  private let mapping: MappingWriter
  private var survey: TargetSurvey?

  init(_ mapping: MappingWriter) { self.mapping = mapping }

  private var program: MappingProgram { mapping.program }

  /// An object that was to be deleted, or given former values, is searched for where it cannot be asked for by its id.
  mutating func read(
    _ known: Remembered, for intent: Intent, _ naturalKey: ExactText?
  ) async throws -> Held {
    let id = known.link.targetID
    switch try await mapping.target.object(id, of: program, keys: try keys(known, naturalKey)) {
    case .object(let object): return .object(object)
    case .gone: return .gone
    case .another(let difference): return .another(difference)
    case .unreadable: break
    }
    guard intent.operation == .delete || intent.operation == .restore else { return .unknown }
    if program.resource.list != nil {
      if survey == nil {
        survey = try await TargetSurvey.read(
          program, from: mapping.target, .writing(mapping.writer))
      }
      if let survey { return survey.objects[ExactText(id)].map { .object($0) } ?? .notFound }
    }
    let finder = mapping.finder
    guard finder.canSearch, let naturalKey else { return .unknown }
    let search = try await finder.search(for: [naturalKey])
    let found = try await search.objects(for: naturalKey)
    if let own = found.first(where: { $0.id.hasSameBytes(as: id) }) { return .object(own.object) }
    return found.isEmpty ? .notFound : .unknown
  }

  /// The natural keys that the object may have: that of the write, or that of before.
  private func keys(
    _ known: Remembered, _ naturalKey: ExactText?
  ) throws(UnreadableRecord) -> [ExactText] {
    guard let match = program.match, let naturalKey,
      program.definition.onConflict.winner(of: match.path) == .source
    else { return [] }
    return [naturalKey, match.normalised(try known.record()[match.path])].compactMap(\.self)
  }
}

extension FlatRecord {
  /// Stands for a value that the target may hold or not: it differs from whatever is wanted.
  static let unknown = JSON.string("(unknown)")
}

extension MappingProgram {
  func hasField(_ path: String) -> Bool { fields.contains { $0.path == path } }

  /// Where an object shows the value of a path that is written; `nil` when it does not.
  func readPath(of path: String) -> String? {
    guard let field = fields.first(where: { $0.path == path }) else { return path }
    return field.readPath
  }

  /// Whether an object still holds what was written, or may have been, when its key was given up, as far as the record does
  /// not say it itself. `sent`: what the ledger remembers.
  func needsRestoring(_ sent: [UInt8]?, of key: Key) throws(UnreadableRecord) -> Bool {
    guard let sent, let absence = whenAbsent else { return false }
    let beyond = absence.restore.filter { !hasField($0.path) }
    guard !beyond.isEmpty else { return false }
    let held = try FlatRecord(remembered: sent, of: name, key)
    return beyond.contains { field in
      held[field.path].map { !meaning(of: field.path).equal(field.value, held: $0) } ?? false
    }
  }
}
