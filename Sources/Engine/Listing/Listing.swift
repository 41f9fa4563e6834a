import JSON
import Mappings
import Programs
import Synchronization

/// All objects of a resource, from one reading of its list.
struct Listing {
  typealias Found = (id: String, object: JSON)

  /// The objects with each natural key, with their ids.
  private(set) var objects: [ExactText: [Found]] = [:]
  /// The objects without a natural key; only where all were wanted.
  private(set) var nameless: [Found] = []
  fileprivate(set) var ids: Set<ExactText> = []
  /// The ids of the objects without a natural key.
  fileprivate(set) var keyless: Set<ExactText> = []

  var count: Int { ids.count }

  /// Takes a page's objects; those whose natural key is not among `wanted` are only counted.
  fileprivate mutating func add(
    _ page: [ListedObject], _ match: MatchProgram, wanted: Set<ExactText>?
  ) {
    for listed in page {
      guard let key = match.normalised(listed.object.value(at: match.readPath)) else {
        keyless.insert(ExactText(listed.id))
        if wanted == nil { nameless.append((listed.id, listed.object)) }
        continue
      }
      if wanted?.contains(key) == false { continue }
      objects[key, default: []].append((listed.id, listed.object))
    }
  }
}

/// Reads lists, and decides whether they are whole. Whatever concludes something from an object's absence asks here.
///
/// A listing is whole when every page was understood, no id came twice, the end was proved, a total, where there is one, is
/// reached, and the linked objects and those of the last listing are there, but for as many as `at_least` allows.
struct ListingReader {
  let program: MappingProgram
  let target: TargetConnection
  private let access: LedgerAccess

  /// How often a list is read whose objects move from page to page meanwhile.
  static let readings = 3

  /// Where the ledger can be written to, the size of a whole listing is written down.
  init(_ program: MappingProgram, _ target: TargetConnection, _ access: LedgerAccess) {
    self.program = program
    self.target = target
    self.access = access
  }

  private var ledger: any LedgerStore { access.ledger }

  /// A whole listing. Only objects whose natural key is among `wanted` are kept, all of them where it is `nil`.
  ///
  /// Returns `nil` when the resource cannot be listed, or nothing tells whose an object is. Throws ``TargetStopped`` when
  /// the listing is not whole.
  func read(wanted: Set<ExactText>? = nil) async throws -> Listing? {
    guard let listing = try await readPages(wanted: wanted) else { return nil }
    target.report(.listing(mapping: program.name, objects: listing.count))
    try await proveWhole(listing)
    return listing
  }

  /// A listing whose pages were all understood. Its objects are there; of others it says nothing before
  /// ``proveWhole(_:)``.
  func readPages(wanted: Set<ExactText>? = nil) async throws -> Listing? {
    guard let list = program.resource.list, let match = program.match else { return nil }
    var reading = 1
    while true {
      do {
        var listing = Listing()
        for call in list.calls {
          var pages = ListPages(
            list, call, of: program.resource, from: target)
          while let page = try await pages.next(&listing.ids) {
            listing.add(page, match, wanted: wanted)
          }
        }
        return listing
      } catch let moved as ObjectsMoved {
        guard reading < Self.readings else {
          throw TargetStopped(
            target: target.definition.name.value,
            message: "the listing of \(program.resource.name.value) \(moved.reason), "
              + "\(Self.readings) times over: it cannot be told what it leaves out",
            remedy: "compare `page` in the target's file with the API, or run again when nobody "
              + "else changes the objects")
        }
        reading += 1
      }
    }
  }

  /// A listing that has shrunk, or that lacks linked objects, is no proof that something is not there.
  func proveWhole(_ listing: Listing) async throws {
    let last = try await ledger.listedCount(of: program.resourceName)
    if let doubt = try await doubt(about: listing, last: last) {
      throw TargetStopped(
        target: target.definition.name.value,
        message: "the listing of \(program.resource.name.value) is not whole: \(doubt.message)",
        remedy: doubt.remedy)
    }
    if let writer = access.writer, listing.count != last {
      try await writer.setListedCount(listing.count, of: program.resourceName)
    }
  }

  /// Few objects may always be missing.
  private static let floor = 5

  private func doubt(about listing: Listing, last: Int?) async throws -> ListFault? {
    guard let atLeast = program.resource.list?.atLeast, atLeast > 0 else { return nil }
    func isTooFew(_ there: Int, of all: Int) -> Bool {
      all - there > Self.floor && Double(there) < Double(all) * atLeast / 100
    }
    func few(_ words: String) -> ListFault {
      ListFault(
        message: words,
        remedy:
          "look at the target; if the objects are really gone, lower `at_least` in its file for "
          + "one run")
    }
    let links = try await links(in: listing)
    let count = listing.count
    if count == 0, links.active > 0 {
      return few("it is empty, and \(links.active) objects are linked")
    }
    if let last, last > 0, count == 0 {
      return few("it is empty, and the last one named \(last) objects")
    }
    if let last, isTooFew(count, of: last) {
      return few("it names \(count) objects, and the last one \(last)")
    }
    if isTooFew(links.active - links.missing, of: links.active) {
      return few(
        "it names \(count) objects, and lacks \(links.missing) of the \(links.active) linked ones")
    }
    // Then the natural keys of the others are not shown either, and nothing could be found by them.
    let there = links.active - links.missing
    if there > Self.floor, links.keyless == there, let match = program.match {
      return ListFault(
        message: "none of the \(there) linked objects in it has `\(match.readPath)`",
        remedy: "see whether the list must be asked for `\(match.path)`, or shows it elsewhere: "
          + "`x-readPath` in the schema says where")
    }
    return nil
  }

  private struct LinkedObjects {
    var active = 0
    /// Those that the listing does not name.
    var missing = 0
    /// Those that it names, without a natural key.
    var keyless = 0
  }

  /// The active links, but for those whose object is known to be gone: they wait for a person, and are missing for good.
  private func links(in listing: Listing) async throws -> LinkedObjects {
    let gone = try await ledger.missingObjects(of: program.name)
    let counts = Mutex(LinkedObjects())
    let (ids, keyless) = (listing.ids, listing.keyless)
    try await ledger.targetIDs(of: program.name, onlyActive: true) { key, id in
      let id = ExactText(id)
      let isThere = ids.contains(id)
      if !isThere, gone[key] != nil { return }
      counts.withLock { counts in
        counts.active += 1
        if !isThere { counts.missing += 1 } else if keyless.contains(id) { counts.keyless += 1 }
      }
    }
    return counts.withLock { $0 }
  }
}

extension LedgerStore {
  /// The objects that are known to be gone, by the keys that wait for a person.
  func missingObjects(of mapping: String) async throws -> [Key: String] {
    Dictionary(
      try await failures(of: mapping).compactMap { failure in
        failure.missingObject.map { (failure.key, $0) }
      }
    ) { first, _ in first }
  }
}
