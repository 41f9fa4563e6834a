import JSON
import Programs

/// Whether what stood against records at the target still does: objects that fit and belong to others, or several that fit.
///
/// A search finds that out as well, and can be a long listing in every run for one such row. The objects are known, so that
/// each is read by itself; where it cannot be, the search is made more and more seldom.
struct ConflictCheck {
  let program: MappingProgram
  let target: TargetConnection
  let access: LedgerAccess

  /// A search of so many calls is made in every run.
  private static let shortListing = 5

  /// The keys of the failures that need no search this time.
  func standing(_ failures: [Failure], read: Int) async throws -> Set<Key> {
    let finder = ObjectFinder(program, target, access)
    // Asked one by one, the search is as cheap.
    guard program.resource.find == nil else { return [] }
    let waiting = failures.filter { $0.conflict != nil && $0.standing == .waiting }
    guard !waiting.isEmpty else { return [] }
    let listing = try await finder.listingCalls()
    guard listing > Self.shortListing else { return [] }
    let calls = waiting.reduce(0) { $0 + ($1.conflict?.objects.count ?? 0) }
    let isCheap = calls < listing
    var standing: Set<Key> = []
    for failure in waiting {
      guard let conflict = failure.conflict else { continue }
      if program.resource.get != nil, isCheap {
        if try await stands(conflict, against: failure.key) { standing.insert(failure.key) }
      } else if failure.rests(read: read, now: target.clock.wall) {
        standing.insert(failure.key)
      }
    }
    return standing
  }

  private func stands(_ conflict: Failure.Conflict, against key: Key) async throws -> Bool {
    guard let get = program.resource.get, let match = program.match,
      let naturalKey = conflict.naturalKey
    else { return false }
    if conflict.objects.count == 1, let id = conflict.objects.first {
      guard
        let owner = try await access.ledger.objectOwner(of: id, resource: program.resourceName)
      else { return false }
      // Of an own key without a row the review of absences says more, and asks nobody.
      if owner.mapping == program.name, owner.isLeft || owner.key == key { return false }
    }
    let reader = AnswerReader(target: target.definition, resource: program.resource)
    for id in conflict.objects {
      guard let request = RequestBuilder(program: program).get(id: id),
        case .done(let object?) = try await target.read(
          request, object: get.object, reader: reader),
        let held = match.normalised(object.value(at: match.readPath)),
        held == ExactText(naturalKey)
      else { return false }
    }
    return true
  }
}
