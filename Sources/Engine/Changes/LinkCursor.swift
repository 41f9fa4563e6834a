/// Walks a mapping's links in key order, a page at a time.
struct LinkCursor {
  private let mapping: String
  private let ledger: any LedgerStore
  private var page = LinkPage()
  private var index = 0
  private var atEnd = false
  private static let pageSize = 4096

  init(mapping: String, ledger: any LedgerStore) {
    self.mapping = mapping
    self.ledger = ledger
  }

  /// Whether a link is there; fetches the next page when the present one is used up.
  mutating func hasLink() async throws -> Bool {
    if index < page.count { return true }
    if atEnd { return false }
    let last = page.count > 0 ? page.key(at: page.count - 1) : nil
    page = try await ledger.links(of: mapping, after: last, limit: Self.pageSize)
    index = 0
    atEnd = page.count < Self.pageSize
    return page.count > 0
  }

  func compare(with key: [UInt8]) -> Int { page.compareKey(at: index, with: key) }
  var key: Key { page.key(at: index) }
  var fingerprint: Fingerprint { page.fingerprints[index] }
  var state: LinkState { page.states[index] }
  var absences: Int { Int(page.absences[index]) }
  mutating func advance() { index += 1 }
}
