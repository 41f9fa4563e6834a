import Engine
import Foundation
import Synchronization
import Testing

@testable import Ledger

@Suite struct DurabilityTests {
  @Test func refusedWritesFailAloneInAGroup() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    let before = try await ledger.identity().writeCount
    let count = 400
    let outcomes = try await withThrowingTaskGroup(of: (Int, LedgerError.Code?).self) { group in
      for number in 0..<count {
        group.addTask {
          let code = await refusal {
            switch number % 4 {
            // A quarter under a foreign epoch, a quarter with one natural key for all.
            case 0: _ = try await ledger.begin(intent(key(number), epoch: lease.epoch.next))
            case 1:
              do {
                _ = try await ledger.begin(
                  intent(key(number), epoch: lease.epoch, naturalKey: "same"))
              } catch is KeyIsBusy {
                throw LedgerError(code: .intentState, message: "busy", remedy: "")
              }
            default: _ = try await ledger.begin(intent(key(number), epoch: lease.epoch))
            }
          }
          return (number, code)
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    func codes(_ kinds: ClosedRange<Int>) -> [LedgerError.Code?] {
      (0..<count).filter { kinds.contains($0 % 4) }.map { outcomes[$0] ?? nil }
    }
    #expect(codes(0...0).allSatisfy { $0 == .fenced })
    #expect(codes(1...1).filter { $0 == nil }.count == 1)
    #expect(codes(1...1).filter { $0 == .intentState }.count == count / 4 - 1)
    #expect(codes(2...3).allSatisfy { $0 == nil })
    #expect(try await ledger.openIntents(of: "users").count == count / 2 + 1)
    #expect(try await ledger.identity().writeCount - before < Int64(count / 2))
  }

  @Test func cancelledCallerStillWrites() async throws {
    let ledger = try SQLiteLedger(path: Folder().ledger)
    let lease = try await ledger.lease()
    let id = try await ledger.begin(intent(key(1), epoch: lease.epoch))
    let task = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      try await ledger.settle(done(id, key(1), targetID: "1", epoch: lease.epoch))
    }
    try await task.value
    #expect(try await ledger.openIntents(of: "users").isEmpty)
  }

  @Test func whatBeginReturnedSurvivesAKill() async throws {
    let folder = Folder()
    let path = folder.ledger
    let witness = folder.path + "/witness"
    await #expect(processExitsWith: .signal(SIGKILL)) {
      [path = path as String, witness = witness as String] in
      try await Self.beginUntilKilled(path, witness: witness)
    }
    let text = try String(contentsOfFile: witness, encoding: .utf8)
    let returned = Set(text.split(separator: "\n").compactMap { Int64($0) })
    #expect(returned.count >= 1999)
    let ledger = try SQLiteLedger(path: path)
    #expect(try await ledger.checkIntegrity() == [])
    let kept = Set(try await ledger.openIntents(of: "users").map(\.id))
    #expect(returned.isSubset(of: kept))
  }

  private static let returned = Atomic(0)

  /// Begins from 16 tasks, notes each id that came back, and dies in the middle of it.
  private static func beginUntilKilled(_ path: String, witness: String) async throws {
    let ledger = try SQLiteLedger(path: path)
    let epoch = try await ledger.lease().epoch
    let file = open(witness, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<16 {
        group.addTask {
          for number in 0..<10_000 {
            let id = try await ledger.begin(intent(key(task * 10_000 + number), epoch: epoch))
            let line = "\(id)\n"
            _ = line.withCString { write(file, $0, strlen($0)) }
            if returned.add(1, ordering: .relaxed).newValue == 2000 { kill(getpid(), SIGKILL) }
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test(.enabled(if: SmallDisk.isAllowed, "this process may not mount a small disk"))
  func fullDiskIsNamedAndWaitsForSpace() async throws {
    let folder = Folder()
    try #require(try SmallDisk.mount(at: folder.path, size: "2m"))
    defer { SmallDisk.unmount(folder.path) }
    let ledger = try SQLiteLedger(path: folder.path + "/ledger.sqlite")
    let lease = try await ledger.lease()
    var kept = 0
    let code = await refusal {
      while kept < 5000 {
        try await ledger.keep(
          link(key(kept), id: "\(kept)"), resource: resource,
          sent: [UInt8](repeating: 65, count: 4000), change: nil, epoch: lease.epoch)
        kept += 1
      }
    }
    #expect(code == .diskFull)
    #expect(try await ledger.linkCount(of: "users") == (kept, 0))
    #expect(try SmallDisk.resize(folder.path, to: "16m"))
    try await ledger.keep(
      link(key(kept), id: "\(kept)"), resource: resource, sent: [], change: nil,
      epoch: lease.epoch)
    #expect(try await ledger.checkIntegrity() == [])
  }

  @Test func failedWriteStopsTheLedgerUntilItIsOpenedAgain() async throws {
    let folder = Folder()
    await #expect(processExitsWith: .success) { [path = folder.ledger as String] in
      let ledger = try SQLiteLedger(path: path)
      let lease = try await ledger.lease()
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 200_000, rlim_max: .max)
      setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
      var kept = 0
      let code = await refusal {
        while kept < 5000 {
          try await ledger.keep(
            link(key(kept), id: "\(kept)"), resource: resource,
            sent: [UInt8](repeating: 65, count: 4000), change: nil, epoch: lease.epoch)
          kept += 1
        }
      }
      let next = await refusal { _ = try await ledger.renewLease(lease, for: length, now: 1) }
      let count = try await SQLiteLedger.openReadOnly(path: path).linkCount(of: "users").active
      guard code == .inputOutput, next == .inputOutput, count >= kept else { exit(1) }
    }
  }
}

/// A file system in memory that is soon full.
enum SmallDisk {
  /// Whether this process may mount, which most containers forbid even to root.
  static let isAllowed: Bool = {
    let folder = Folder()
    guard (try? mount(at: folder.path, size: "64k")) == true else { return false }
    unmount(folder.path)
    return true
  }()

  static func mount(at path: String, size: String) throws -> Bool {
    try run("/bin/mount", "-t", "tmpfs", "-o", "size=\(size)", "tmpfs", path)
  }

  static func resize(_ path: String, to size: String) throws -> Bool {
    try run("/bin/mount", "-o", "remount,size=\(size)", path)
  }

  static func unmount(_ path: String) { _ = try? run("/bin/umount", "-l", path) }

  private static func run(_ program: String, _ arguments: String...) throws -> Bool {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardError = nil
    try process.run()
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}
