import JSON
import Programs

/// What becomes of what a comparison with the target finds: a run writes it down, so that its comparison of the rows starts
/// from there; a plan foresees it.
protocol FindingStage {
  /// What the target makes of values.
  mutating func note(_ alterations: [Alteration]) async throws
  /// An object that was gone is there again, and holds this.
  mutating func findAgain(_ link: Link, holding held: FlatRecord) async throws
  /// Values that were edited at the target, or that it changes by itself.
  mutating func take(_ found: DifferencesAtTarget.Sorted, of link: Link, _ sent: FlatRecord)
    async throws
  /// The object is gone, and a person decides. `held`: by what it would be found.
  mutating func miss(_ link: Link, _ failure: Failure, holding held: FlatRecord) async throws
  /// Another object takes the place of the one that is gone.
  mutating func relink(_ link: Link, to id: String, holding held: FlatRecord) async throws
  /// What the comparison of the rows is to take for written down.
  var foreseen: Foreseen { get }
}

/// Of a plan.
struct ForeseeingStage: FindingStage {
  private(set) var foreseen = Foreseen()

  func note(_ alterations: [Alteration]) {}

  mutating func findAgain(_ link: Link, holding held: FlatRecord) {
    foreseen.held[link.key] = held.bytes
    foreseen.overcome.insert(link.key)
  }

  mutating func take(
    _ found: DifferencesAtTarget.Sorted, of link: Link, _ sent: FlatRecord
  ) {
    guard !found.writtenBack.isEmpty else { return }
    foreseen.held[link.key] = found.baseline(sent).bytes
    if link.state == .inactive { foreseen.givenBack.insert(link.key) }
  }

  mutating func miss(_ link: Link, _ failure: Failure, holding held: FlatRecord) {
    foreseen.failures[link.key] = failure
    foreseen.held[link.key] = held.bytes
  }

  mutating func relink(_ link: Link, to id: String, holding held: FlatRecord) {
    foreseen.held[link.key] = held.bytes
    foreseen.relinked[link.key] = id
    foreseen.overcome.insert(link.key)
  }
}

/// Of a run.
struct RecordingStage: FindingStage {
  private let mapping: MappingWriter

  init(_ mapping: MappingWriter) { self.mapping = mapping }

  var foreseen: Foreseen { Foreseen() }
  private var name: String { mapping.program.name }

  func note(_ alterations: [Alteration]) async throws {
    try await mapping.writer.keep(alterations)
  }

  func findAgain(_ link: Link, holding held: FlatRecord) async throws {
    try await mapping.keep(link.toBeCompared, sent: held.bytes)
    try await mapping.writer.clearFailures(of: name, keys: [link.key])
  }

  func take(
    _ found: DifferencesAtTarget.Sorted, of link: Link, _ sent: FlatRecord
  ) async throws {
    var link = link
    if !found.writtenBack.isEmpty {
      link = link.toBeCompared
      if link.state == .inactive, let absence = mapping.program.whenAbsent {
        // To be given up again by this run, behind the guard like any other.
        link.state = .active
        link.absences = max(0, absence.after - 1)
      }
    }
    try await mapping.writer.keep(
      link, resource: mapping.program.resourceName, sent: found.baseline(sent).bytes,
      change: found.altered.isEmpty ? nil : entry(link.key, found.altered))
  }

  private func entry(_ key: Key, _ altered: [FieldChange]) -> ChangeEntry {
    func record(_ value: (FieldChange) -> JSON?) -> [UInt8] {
      FlatRecord(
        altered.compactMap { change in
          value(change).map { JSON.Member(name: change.path, value: $0) }
        }
      ).bytes
    }
    return ChangeEntry(
      run: mapping.writer.run, mapping: name, key: key, operation: ChangeEntry.altered,
      before: record(\.before), after: record(\.after), at: mapping.clock.wall)
  }

  /// First the link: a process that ends in between leaves a row that is written, and found to be gone. The other way round
  /// the row would count as unchanged.
  func miss(_ link: Link, _ failure: Failure, holding held: FlatRecord) async throws {
    try await mapping.keep(link.toBeCompared, sent: held.bytes)
    try await mapping.writer.record([failure])
  }

  func relink(_ link: Link, to id: String, holding held: FlatRecord) async throws {
    var link = link.toBeCompared
    link.targetID = id
    try await mapping.adopt(link, holding: held)
    try await mapping.writer.clearFailures(of: name, keys: [link.key])
  }
}

extension Link {
  /// Its row is compared with what is remembered, whatever the row is.
  fileprivate var toBeCompared: Link {
    var link = self
    link.fingerprint = Fingerprint.unknown
    return link
  }
}

extension DifferencesAtTarget.Sorted {
  /// What was sent, and what the target holds of what is written back.
  fileprivate func baseline(_ sent: FlatRecord) -> FlatRecord {
    var baseline = sent
    for edit in writtenBack { baseline[edit.path] = edit.after }
    return baseline
  }
}
