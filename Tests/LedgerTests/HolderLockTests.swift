import Engine
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

  private func isTaken(_ attempt: HolderLock.Attempt) -> Bool {
    if case .taken = attempt { true } else { false }
  }

  private func waiter(_ attempt: HolderLock.Attempt) -> String? {
    if case .behind(let waiter) = attempt { waiter } else { nil }
  }

  @Test func nobodyPassesOneWhoWaits() throws {
    let folder = Folder()
    _ = try SQLiteLedger(path: folder.ledger)
    func attempt(_ scope: LeaseScope, _ turn: LockTurn? = nil) -> HolderLock.Attempt {
      HolderLock.attempt(ledger: folder.ledger, for: scope, in: turn)
    }
    func turn(_ scope: LeaseScope, _ name: String) -> LockTurn {
      LockTurn(ledger: folder.ledger, for: scope, holder: name)
    }
    for (scope, stopped, free) in [
      (LeaseScope.project, LeaseScope.targets(["b"]), nil),
      (.targets(["a", "b"]), .targets(["b"]), LeaseScope.targets(["c"])),
    ] {
      var running: HolderLock.Attempt? = attempt(.targets(["a"]))
      #expect(running.map(isTaken) == true)
      var mine: LockTurn? = turn(scope, "host:1")
      #expect(!isTaken(attempt(scope, mine)))
      mine?.announce()
      mine?.announce()
      #expect(waiter(attempt(stopped)) == "host:1")
      if let free { #expect(isTaken(attempt(free))) }
      // One who waits behind it is announced when its turn comes, and not before.
      let next = turn(stopped, "host:2")
      next.announce()
      #expect(waiter(attempt(stopped, next)) == "host:1")
      running = nil
      #expect(waiter(attempt(stopped)) == "host:1")
      var taken: HolderLock.Attempt? = attempt(scope, mine)
      #expect(taken.map(isTaken) == true)
      mine = nil
      #expect(!isTaken(attempt(stopped, next)))
      taken = nil
      next.announce()
      #expect(isTaken(attempt(stopped, next)))
    }
  }
}
