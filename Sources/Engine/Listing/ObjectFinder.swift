import JSON
import Mappings
import Programs

/// Finds objects that exist at the target by their natural keys: one by one when that takes fewer calls, else by one
/// listing.
struct ObjectFinder {
  typealias Found = [ExactText: [Listing.Found]]

  let program: MappingProgram
  let target: TargetConnection
  let access: LedgerAccess

  init(_ program: MappingProgram, _ target: TargetConnection, _ access: LedgerAccess) {
    self.program = program
    self.target = target
    self.access = access
  }

  private var ledger: any LedgerStore { access.ledger }

  var canSearch: Bool { program.canSearch }

  /// The calls that a listing takes at least, when so many objects are known.
  private func listingCalls(known: Int) -> Int {
    guard let list = program.resource.list else { return .max }
    let size =
      switch list.page {
      case .none: Int.max
      case .number(_, _, _, let size, _), .cursor(_, _, _, _, let size, _): max(1, size)
      }
    return list.calls.count + known / size
  }

  /// The calls that a listing takes at least, as far as the ledger knows how much there is.
  func listingCalls() async throws -> Int {
    let links = try await ledger.linkCount(of: program.name)
    let listed = try await ledger.listedCount(of: program.resourceName)
    return listingCalls(known: max(links.active + links.inactive, listed ?? 0))
  }

  /// A search for objects with these keys. Where a listing takes fewer calls it has been made on return; else each key is
  /// asked for when it is needed, so that what has been done with one is kept when the process ends before the others.
  ///
  /// - Parameters:
  ///   - others: Keys that will perhaps be asked for later, and are looked for where that costs nothing.
  ///   - found: What an earlier search of the run has found of other keys.
  func search(
    for naturalKeys: Set<ExactText>, alongside others: Set<ExactText> = [],
    besides found: Found = [:]
  ) async throws -> TargetSearch {
    guard canSearch, !naturalKeys.isEmpty else { return TargetSearch(found: found) }
    let lister = ListingReader(program, target, access)
    let known = try await ledger.linkCount(of: program.name)
    let byListing = listingCalls(known: known.active + known.inactive)
    if let find = program.resource.find, let match = program.match, naturalKeys.count < byListing {
      return TargetSearch(
        for: naturalKeys, besides: found,
        asking: KeyQuestion(find: find, match: match, resource: program.resource, target: target),
        list: { try await lister.read(wanted: naturalKeys) })
    }
    let listing = try await lister.read(wanted: naturalKeys.union(others))
    return TargetSearch(
      found: found.merging(listing?.objects ?? [:]) { _, new in new }, ids: listing?.ids ?? [])
  }
}

/// What the target holds of some natural keys: known from a listing, or asked key by key.
///
/// An actor, since changes that are sent side by side share a listing that one of them had to make.
actor TargetSearch {
  private let question: KeyQuestion?
  private let wanted: Set<ExactText>
  private let list: @Sendable () async throws -> Listing?
  private var listing: Task<Listing?, any Error>?
  /// What a listing found.
  nonisolated let found: ObjectFinder.Found
  /// The ids of all objects in it, whatever their keys: none of them is made afterwards.
  nonisolated let ids: Set<ExactText>
  /// Whether each key takes a call.
  nonisolated var asks: Bool { question != nil }

  init(found: ObjectFinder.Found, ids: Set<ExactText> = []) {
    self.found = found
    self.ids = ids
    question = nil
    wanted = []
    list = { nil }
  }

  /// `list`: asked once when the target refuses a question; `nil` where the resource cannot be listed.
  init(
    for wanted: Set<ExactText>, besides found: ObjectFinder.Found = [:],
    asking question: KeyQuestion,
    list: @escaping @Sendable () async throws -> Listing?
  ) {
    self.found = found
    ids = []
    self.wanted = wanted
    self.question = question
    self.list = list
  }

  /// The objects with a natural key; none for a key that was not to be searched for.
  func objects(for naturalKey: ExactText) async throws -> [Listing.Found] {
    guard let question, wanted.contains(naturalKey) else { return found[naturalKey] ?? [] }
    if let listing, let listed = try await listing.value { return listed.objects[naturalKey] ?? [] }
    switch try await question.ask(for: naturalKey) {
    case .found(let object): return [object]
    case .nothing: return []
    case .refused(let stopped):
      let task = listing ?? Task { [list] in try await list() }
      listing = task
      guard let listed = try await task.value else { throw stopped }
      return listed.objects[naturalKey] ?? []
    }
  }

  /// No tuple, see ``BatchSender``.
  private struct Answered: Sendable {
    var key: ExactText
    var objects: [Listing.Found]
  }

  /// The objects with each of these keys, asked for side by side as far as the target's limits allow.
  nonisolated func objects(
    for naturalKeys: some Collection<ExactText>, atOnce: Int
  ) async throws -> ObjectFinder.Found {
    guard let question else { return found }
    var waiting = naturalKeys.sorted()[...]
    return try await withThrowingTaskGroup(of: Answered.self) { group in
      func begin() throws {
        try question.target.stop?.check()
        guard let key = waiting.popFirst() else { return }
        group.addTask { Answered(key: key, objects: try await self.objects(for: key)) }
      }
      for _ in 0..<max(1, atOnce) { try begin() }
      var all = found
      while let answered = try await group.next() {
        if !answered.objects.isEmpty { all[answered.key] = answered.objects }
        try begin()
      }
      return all
    }
  }
}

/// The call that answers with the object that has a natural key.
struct KeyQuestion: Sendable {
  let find: ReadDefinition
  let match: MatchProgram
  let resource: ResourceDefinition
  let target: TargetConnection

  enum Answer {
    case found(Listing.Found)
    case nothing
    /// The answer does not tell.
    case refused(TargetStopped)
  }

  func ask(for naturalKey: ExactText) async throws -> Answer {
    let request = RequestBuilder.request(
      find.call, values: ["match.name": match.name, "match.value": naturalKey.text])
    let reader = AnswerReader(target: target.definition, resource: resource)
    let problem: String
    switch try await target.read(request, object: find.object, reader: reader) {
    case .gone: return .nothing
    case .done(let object?):
      guard let id = object.value(at: resource.identity.path)?.identifier else {
        problem = "answered without `\(resource.identity.path)`: \(object.outline)"
        break
      }
      if isAnswer(object, to: naturalKey) { return .found((id, object)) }
      problem = "answered with another object"
    case .rejected(let status, _), .taken(let status, _): problem = "answered \(status)"
    default: problem = "gave no answer that counts"
    }
    return .refused(
      TargetStopped(
        target: target.definition.name.value,
        message: "\(request.route) \(problem): it cannot be told whether the object exists",
        remedy: "compare `find` in the target's file with the API"))
  }

  /// Whether an object has the key that was asked for. An answer may leave the field out.
  private func isAnswer(_ object: JSON, to naturalKey: ExactText) -> Bool {
    guard let held = object.value(at: match.readPath) else { return true }
    return match.normalised(held) == naturalKey
  }
}

/// A mapping's search for the objects that are at the target already, which looks for no key twice in a run.
struct ObjectSearch {
  let finder: ObjectFinder
  private(set) var target = TargetSearch(found: [:])
  private var covered: Set<ExactText> = []

  init(_ finder: ObjectFinder) { self.finder = finder }

  /// Looks for those of the keys that were not looked for before, and returns these. `alongside`: of rows that still wait for
  /// a link.
  mutating func look(
    for keys: Set<ExactText>, alongside: Set<ExactText>
  ) async throws -> Set<ExactText> {
    let new = keys.subtracting(covered)
    guard finder.canSearch, !new.isEmpty else { return [] }
    let others = alongside.subtracting(covered)
    target = try await finder.search(for: new, alongside: others, besides: target.found)
    covered.formUnion(new)
    if !target.asks { covered.formUnion(others) }
    return new
  }
}

extension MappingProgram {
  /// Whether the target can be asked which object has a key.
  var canSearch: Bool { match != nil && (resource.find != nil || resource.list != nil) }
}
