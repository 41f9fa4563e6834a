import JSON
import Programs

/// A link that has no row.
struct MissingRow: Sendable {
  var key: Key
  var fingerprint: Fingerprint
  /// Complete reads in a row without it, this one included.
  var absences: Int
  /// Whether it has been absent often enough to be given up.
  var isDue: Bool
}

/// Who really is no longer there, of the links that have no row.
///
/// A missing key is no proof that a person left: the person may have come back under another key, or in a row whose key has
/// turned NULL. An object that a row still matches stays as it is.
struct AbsenceReview: Sendable {
  /// An absent key whose object a row under another key matches: perhaps its link is to move there.
  struct Claim: Sendable, Hashable {
    var from: Key
    var targetID: String
  }

  /// Links without a row that count as absent once more.
  private(set) var counted: [MissingRow] = []
  /// Those that are given up now.
  private(set) var due: [MissingRow] = []
  /// By the value of the match field.
  private(set) var claims: [ExactText: Claim] = [:]
  /// Keys whose object a row under another key, of this mapping or of another one, matches; they count as absent, and are not given up.
  private(set) var claimed: Set<Key> = []
  /// Links that may be those of rows without a key, and do not count as absent.
  private(set) var spared = 0
  /// Rows without a key that may be anybody's.
  private(set) var strangers = 0

  init() {}

  /// - Parameters:
  ///   - missing: The links that have no row.
  ///   - matches: What rows without a link of their own have in the match field.
  ///   - keyless: The same of rows without a key; `nil` where that is not known either.
  init(
    of missing: [MissingRow], matches: Set<ExactText>, keyless: [ExactText?],
    program: MappingProgram,
    ledger: any LedgerStore
  ) async throws {
    strangers = keyless.count
    guard !missing.isEmpty else { return }
    var present: Set<Key> = []
    let elsewhere = try await ledger.objectsClaimed(
      of: program.resourceName, byOthersThan: program.name)
    if let match = program.match, !matches.isEmpty || !keyless.isEmpty || !elsewhere.isEmpty {
      let known = Set(keyless.compactMap(\.self))
      var accounted: Set<ExactText> = []
      for start in stride(from: 0, to: missing.count, by: Self.chunk) {
        let keys = missing[start..<min(start + Self.chunk, missing.count)].map(\.key)
        for (key, object) in try await ledger.remembered(of: program.name, keys: keys) {
          if elsewhere.contains(object.link.targetID) { claimed.insert(key) }
          guard let value = match.normalised(try object.record()[match.path]) else { continue }
          if known.contains(value) {
            present.insert(key)
            accounted.insert(value)
          } else if matches.contains(value) {
            claims[value] = Claim(from: key, targetID: object.link.targetID)
            claimed.insert(key)
          }
        }
      }
      strangers = keyless.count { $0.map { !accounted.contains($0) } ?? true }
    }
    for one in missing {
      if claimed.contains(one.key) {
        counted.append(one)
      } else if strangers > 0 || present.contains(one.key) {
        spared += 1
      } else if one.isDue {
        due.append(one)
      } else {
        counted.append(one)
      }
    }
  }

  /// Leaves the keys as they are. The claims stay: nobody makes their objects once more.
  mutating func leaveAlone() {
    counted = []
    due = []
    spared = 0
    strangers = 0
  }

  /// How many would be given up if no row matched their objects.
  var atStake: Int { due.count + counted.count { $0.isDue && claimed.contains($0.key) } }

  /// All keys without a row.
  var absent: Int { counted.count + due.count + spared }

  private static let chunk = 500
}

extension AbsenceReview.Claim {
  /// Why the record of another key is not sent.
  func reason(_ match: MatchProgram, _ mapping: String, _ change: PlannedChange) -> Failure.Reason {
    let key = change.key
    guard change.kind == .create else {
      return Failure.Reason(
        field: match.path,
        message:
          "is that of the object \(targetID), whose key \(from) has no row any more, and \(key) "
          + "has an object: has the key changed?")
    }
    return Failure.Reason(
      field: match.path,
      message:
        "is that of the object \(targetID), whose key \(from) has no row any more: if the key "
        + "has changed, `crosswalk failures adopt \(mapping) \(key.argument) "
        + "\(targetID.shellWord) --move`")
  }
}

extension RunContext {
  /// After how many complete reads without it a key is given up; `nil` for never.
  func patience(with program: MappingProgram) async throws -> Int? {
    guard let absent = program.whenAbsent else { return nil }
    // A person may have gone over to another mapping of the same resource, whose rows may be read after these.
    let isShared = try await ledger.shapes().contains { name, shape in
      name != program.name && shape.resource.isSameName(as: program.resourceName)
        && project.known.names?.contains(name) ?? true
    }
    return max(absent.after, isShared ? 2 : 1)
  }
}
