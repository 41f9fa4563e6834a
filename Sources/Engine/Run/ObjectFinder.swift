import JSON
import Mappings
import Programs

/// Finds objects that exist at the target by their natural keys: one by one when that is cheaper, else by one listing.
struct ObjectFinder {
  typealias Found = [ExactText: [(id: String, object: JSON)]]

  let program: MappingProgram
  let target: TargetConnection

  var canSearch: Bool { program.canSearch }

  /// The calls that a listing takes at least, when so many objects are known.
  private func listingCalls(known: Int) -> Int {
    guard let list = program.resource.list else { return .max }
    let size =
      switch list.page {
      case .none: Int.max
      case .number(_, _, _, let size, _), .cursor(_, _, _, _, let size): max(1, size)
      }
    return list.calls.count + known / size
  }

  func find(_ naturalKeys: Set<ExactText>, context: RunContext) async throws -> Found {
    guard !naturalKeys.isEmpty else { return [:] }
    let known = try await context.ledger.linkCount(of: program.name)
    let byListing = listingCalls(known: known.active + known.inactive)
    if let find = program.resource.find, naturalKeys.count < byListing,
      let found = try await ask(find, for: naturalKeys)
    {
      return found
    }
    guard let list = program.resource.list else { return [:] }
    let listing = try await Listing.read(list, of: program, wanted: naturalKeys, from: target)
    context.report(.listing(mapping: program.name, objects: listing.count))
    try await believe(listing, list, known: known.active, context)
    return listing.objects
  }

  /// A listing that has shrunk is no proof that something is not there.
  private func believe(
    _ listing: Listing, _ list: ListDefinition, known: Int, _ context: RunContext
  ) async throws {
    let last = try await context.ledger.listedCount(of: program.resourceName)
    if let shrunk = listing.shrinkage(since: last, linked: known, atLeast: list.atLeast) {
      throw TargetStopped(
        target: target.definition.name.value,
        message: "a listing of \(program.resource.name.value) is not believed: \(shrunk)",
        mend: "look at the target; when the objects are rightly gone, lower `at_least` in its file "
          + "for one run")
    }
    if !context.isPlan, listing.count != last {
      try await context.ledger.setListedCount(
        listing.count, of: program.resourceName, epoch: context.lease.epoch)
    }
  }

  /// Asks for each key by itself; `nil` when the target refuses one of the questions and can be listed instead.
  private func ask(_ find: ReadDefinition, for naturalKeys: Set<ExactText>) async throws -> Found? {
    var found: Found = [:]
    let reader = AnswerReader(target: target.definition, resource: program.resource)
    for naturalKey in naturalKeys.sorted() {
      guard let request = RequestBuilder(program: program).find(naturalKey.text) else { return nil }
      let problem: String
      switch try await target.read(request, object: find.object, reader: reader) {
      case .gone: continue
      case .done(let object?):
        if let id = object.value(at: program.resource.identity.path)?.identifier,
          isAnswer(object, to: naturalKey)
        {
          found[naturalKey] = [(id, object)]
          continue
        }
        problem = "answered with another object"
      case .rejected(let status, _), .taken(let status, _): problem = "answered \(status)"
      default: problem = "gave no answer that counts"
      }
      if program.resource.list != nil { return nil }
      throw TargetStopped(
        target: target.definition.name.value,
        message: "\(request.route) \(problem): it cannot be told whether the object exists",
        mend: "compare `find` in the target's file with the API")
    }
    return found
  }

  /// Whether an object has the key that was asked for. An answer may leave the field out.
  private func isAnswer(_ object: JSON, to naturalKey: ExactText) -> Bool {
    guard let match = program.match, let held = match.normalised(object.value(at: match.readPath))
    else { return true }
    return held == naturalKey
  }
}
