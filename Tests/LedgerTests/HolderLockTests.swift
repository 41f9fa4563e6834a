import Ledger
import Testing

@Suite struct HolderLockTests {
  @Test func theHoldersLockEndsWithTheHolder() throws {
    let folder = Folder()
    _ = try SQLiteLedger(path: folder.ledger)
    func isTaken() -> Bool {
      if case .taken = HolderLock.attempt(ledger: folder.ledger) { true } else { false }
    }
    var attempt: HolderLock.Attempt? = HolderLock.attempt(ledger: folder.ledger)
    #expect(!isTaken())
    guard case .taken? = attempt else {
      Issue.record("the lock was free")
      return
    }
    attempt = nil
    #expect(isTaken())
    #expect(isTaken())
    guard case .unavailable = HolderLock.attempt(ledger: "/nowhere/at/all/ledger.sqlite") else {
      Issue.record("a lock where no file can be")
      return
    }
  }
}
