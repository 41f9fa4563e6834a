import Engine
import Foundation
import Ledger
import Synchronization
import Testing

/// A folder that goes away when the tests have ended, for a ledger may outlive the last mention of its folder.
struct Folder {
  let path: String

  private static let made = Mutex<[String]>([])
  private static let removal: Int32 = atexit {
    for path in Folder.made.withLock({ $0 }) { try? FileManager.default.removeItem(atPath: path) }
  }

  init() {
    path = NSTemporaryDirectory() + "ledger-" + UUID().uuidString
    try! FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    _ = Self.removal
    Self.made.withLock { [path] in $0.append(path) }
  }

  var ledger: String { path + "/state/ledger.sqlite" }
}

let length = Duration.seconds(30)
let resource = "people/users"

extension LeaseStore {
  func lease(
    _ holder: String = "a:1", of scope: LeaseScope = .project, now: Instant = 1000
  ) async throws -> Lease {
    guard
      case .acquired(let lease) = try await acquireLease(
        of: scope, holder: holder, for: length, now: now)
    else {
      Issue.record("the lease is held")
      throw CancellationError()
    }
    return lease
  }

}

extension LinkStore {
  func allLinks(of mapping: String, limit: Int) async throws -> [Key] {
    var keys: [Key] = []
    while true {
      let page = try await links(of: mapping, after: keys.last, limit: limit)
      keys += (0..<page.count).map(page.key(at:))
      if page.count < limit { return keys }
    }
  }
}

extension UpkeepStore {
  /// In small steps, to the end.
  func pruneAll(before moment: Instant, epoch: LeaseEpoch, now: Instant = 1_000_000) async throws {
    for _ in 0..<10_000 {
      if try await prune(before: moment, atMost: 2, now: now, epoch: epoch).isDone { return }
    }
    Issue.record("pruning does not come to an end")
  }
}

func key(_ number: Int) -> Key { Key([.int(1), .int(Int64(number))]) }

func link(
  _ key: Key, id: String, mapping: String = "users", state: LinkState = .active
) -> Link {
  Link(
    mapping: mapping, key: key, targetID: id, state: state,
    fingerprint: Fingerprint(of: key.bytes))
}

func intent(
  _ key: Key, epoch: LeaseEpoch, naturalKey: String? = nil, id: Int64 = 0,
  mapping: String = "users",
  operation: Engine.Operation = .create
) -> Intent {
  Intent(
    id: id, run: 1, mapping: mapping, key: key, operation: operation, resource: resource,
    naturalKey: naturalKey, targetID: nil, fingerprint: Fingerprint(of: key.bytes),
    sent: Array(#"{"name":"x"}"#.utf8), epoch: epoch, sentAt: 5)
}

func done(
  _ id: Int64, _ key: Key, targetID: String, epoch: LeaseEpoch, mapping: String = "users"
) -> Settlement {
  Settlement(
    intent: id, state: .done, attempt: 1, resource: resource,
    object: Remembered(
      link: link(key, id: targetID, mapping: mapping), sent: Array(#"{"name":"x"}"#.utf8)),
    change: ChangeEntry(
      run: 1, mapping: mapping, key: key, operation: "create", before: [], after: [], at: 9),
    clearsFailure: true, epoch: epoch)
}

/// The code with which `body` is refused; `nil` when it is not.
func refusal(_ body: () async throws -> Void) async -> LedgerError.Code? {
  do {
    try await body()
    return nil
  } catch let error as LedgerError {
    return error.code
  } catch {
    Issue.record("not a ledger error: \(error)")
    return nil
  }
}
