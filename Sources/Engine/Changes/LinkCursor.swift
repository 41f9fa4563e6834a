/// Walks a mapping's links in key order, a page at a time; the next page is read while this one is at work.
struct LinkCursor {
  private let mapping: String
  private let ledger: any LedgerStore
  private let clock: any Timekeeper
  /// How long pages were waited for.
  private(set) var waited = Duration.zero
  /// The active links passed so far.
  private(set) var activeCount = 0
  private var page = LinkPage()
  private var index = 0
  private var atEnd = false
  private var ahead: Task<LinkPage, any Error>?
  private static let pageSize = 4096

  init(mapping: String, ledger: any LedgerStore, clock: any Timekeeper) {
    self.clock = clock
    self.mapping = mapping
    self.ledger = ledger
  }

  /// Whether a link is there; fetches the next page when the present one is used up.
  mutating func hasLink() async throws -> Bool {
    if index < page.count { return true }
    if atEnd { return false }
    let asked = clock.monotonic
    page = try await (ahead ?? read(after: nil)).value
    waited += clock.monotonic - asked
    index = 0
    atEnd = page.count < Self.pageSize
    ahead = atEnd ? nil : read(after: page.key(at: page.count - 1))
    return page.count > 0
  }

  private func read(after key: Key?) -> Task<LinkPage, any Error> {
    Task { [ledger, mapping] in
      try await ledger.links(of: mapping, after: key, limit: Self.pageSize)
    }
  }

  /// The fingerprint of the next link, if it is the key's, in use, and has not been absent.
  @inline(__always)
  func settledFingerprint(of key: [UInt8]) -> Fingerprint? {
    guard index < page.count else { return nil }
    let entry = page[index]
    guard entry.state == .active, entry.absences == 0, page.compareKey(at: index, with: key) == 0
    else { return nil }
    return entry.fingerprint
  }

  func compare(with key: [UInt8]) -> Int { page.compareKey(at: index, with: key) }
  var key: Key { page.key(at: index) }
  var fingerprint: Fingerprint { page[index].fingerprint }
  var state: LinkState { page[index].state }
  var absences: Int { Int(page[index].absences) }

  mutating func advance() {
    if state == .active { activeCount += 1 }
    index += 1
  }
}
