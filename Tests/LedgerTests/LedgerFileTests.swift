import Engine
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct LedgerFileTests {
  private func mode(_ path: String) throws -> Int {
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    return try #require(attributes[.posixPermissions] as? Int)
  }

  @Test func fileAndFolderAreTheOwnersAlone() async throws {
    let folder = Folder()
    let path = folder.path + "/deep/er/ledger.sqlite"
    let ledger = try SQLiteLedger(path: path)
    _ = try await ledger.lease()
    #expect(try mode(folder.path + "/deep") == 0o700)
    #expect(try mode(folder.path + "/deep/er") == 0o700)
    #expect(try mode(path) == 0o600)
    #expect(try mode(path + "-wal") == 0o600)
    try ledger.close()

    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)
    _ = try SQLiteLedger(path: path)
    #expect(try mode(path) == 0o600)
  }

  @Test func commitsAreFlushed() throws {
    let ledger = try SQLiteLedger(path: Folder().ledger)
    #expect(try ledger.setting("synchronous") == "2")
    #expect(try ledger.setting("journal_mode") == "wal")
    #expect(try ledger.setting("foreign_keys") == "1")
  }

  @Test func readOnlyOpeningCreatesAndChangesNothing() async throws {
    let folder = Folder()
    let absent = try SQLiteLedger.openReadOnly(path: folder.ledger)
    #expect(try await absent.linkCount(of: "users") == (0, 0))
    #expect(FileManager.default.fileExists(atPath: folder.path + "/state") == false)

    let writer = try SQLiteLedger(path: folder.ledger)
    let lease = try await writer.lease()
    try await writer.keep(
      link(key(1), id: "1"), resource: resource, sent: [], change: nil, epoch: lease.epoch)
    try writer.close()
    let before = try Data(contentsOf: URL(fileURLWithPath: folder.ledger))

    let reader = try SQLiteLedger.openReadOnly(path: folder.ledger)
    #expect(try await reader.linkCount(of: "users") == (1, 0))
    #expect(await refusal { _ = try await reader.startRun(start(lease.epoch)) } == .readOnly)
    #expect(await refusal { _ = try await reader.lease("b:2", now: 99_000) } == .readOnly)
    try reader.close()
    #expect(try Data(contentsOf: URL(fileURLWithPath: folder.ledger)) == before)
  }

  private func start(_ epoch: LeaseEpoch) -> RunStart {
    RunStart(command: "run", mappings: [], startedAt: 1, epoch: epoch)
  }

  @Test func readerSeesWhatAWriterHasJustCommitted() async throws {
    let folder = Folder()
    let writer = try SQLiteLedger(path: folder.ledger)
    let reader = try SQLiteLedger.openReadOnly(path: folder.ledger)
    let lease = try await writer.lease()
    try await writer.keep(
      link(key(1), id: "1"), resource: resource, sent: [], change: nil, epoch: lease.epoch)
    #expect(try await reader.linkCount(of: "users") == (1, 0))
  }

  @Test func foreignAndNewerFilesAreRefusedUnchanged() async throws {
    let folder = Folder()
    let foreign = folder.path + "/foreign.sqlite"
    try await DatabaseQueue(path: foreign).write { try $0.execute(sql: "CREATE TABLE t (x)") }
    let newer = folder.path + "/newer.sqlite"
    try SQLiteLedger(path: newer).close()
    try await DatabaseQueue(path: newer).write { try $0.execute(sql: "PRAGMA user_version = 99") }
    let text = folder.path + "/text"
    try Data(repeating: 0x41, count: 9000).write(to: URL(fileURLWithPath: text))
    let wanted: [(String, LedgerError.Code)] = [
      (foreign, .foreign), (newer, .newer), (text, .corrupt), (folder.path, .foreign),
    ]
    for (path, code) in wanted {
      let before = try? Data(contentsOf: URL(fileURLWithPath: path))
      #expect(await refusal { _ = try SQLiteLedger(path: path) } == code)
      #expect(await refusal { _ = try SQLiteLedger.openReadOnly(path: path) } == code)
      #expect((try? Data(contentsOf: URL(fileURLWithPath: path))) == before)
    }
  }

  @Test func openingThatWasCutShortIsTakenUpAgain() async throws {
    let folder = Folder()
    let path = folder.path + "/ledger.sqlite"
    try Data().write(to: URL(fileURLWithPath: path))
    #expect(try await SQLiteLedger.openReadOnly(path: path).linkCount(of: "users") == (0, 0))
    try await DatabaseQueue(path: path).write {
      try $0.execute(sql: "CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY)")
    }
    _ = try await SQLiteLedger.openReadOnly(path: path).lease()
    _ = try await SQLiteLedger(path: path).lease()
  }

  @Test func severalMayCreateItAtOnce() async throws {
    let path = Folder().path + "/ledger.sqlite"
    try await withThrowingTaskGroup(of: [UInt8].self) { group in
      for _ in 0..<8 { group.addTask { try await SQLiteLedger(path: path).identity().id } }
      let names = try await group.reduce(into: Set<[UInt8]>()) { $0.insert($1) }
      #expect(names.count == 1)
    }
  }

  @Test func closedLedgerIsOneFile() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    try await ledger.keep(
      link(key(1), id: "1"), resource: resource, sent: [], change: nil, epoch: lease.epoch)
    #expect(try await ledger.linkCount(of: "users") == (1, 0))
    try ledger.close()
    let copy = folder.path + "/copy.sqlite"
    try FileManager.default.copyItem(atPath: folder.ledger, toPath: copy)
    #expect(try await SQLiteLedger(path: copy).linkCount(of: "users") == (1, 0))
  }

  @Test func closedLedgerRefuses() async throws {
    let ledger = try SQLiteLedger(path: Folder().ledger)
    try ledger.close()
    #expect(await refusal { _ = try await ledger.lease() } == .sqlite)
    #expect(await refusal { _ = try await ledger.linkCount(of: "users") } == .sqlite)
  }

  @Test func damageIsNamed() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    for number in 0..<300 {
      try await ledger.keep(
        link(key(number), id: "\(number)"), resource: resource,
        sent: [UInt8](repeating: 65, count: 500), change: nil, epoch: lease.epoch)
    }
    #expect(try await ledger.checkIntegrity() == [])
    try ledger.close()
    let file = try FileHandle(forUpdating: URL(fileURLWithPath: folder.ledger))
    let size = try file.seekToEnd()
    try file.seek(toOffset: 8192)
    try file.write(contentsOf: Data(repeating: 0xA5, count: Int(size) - 8192))
    try file.close()

    let code = await refusal {
      let damaged = try SQLiteLedger(path: folder.ledger)
      _ = try await damaged.allLinks(of: "users", limit: 50)
      _ = try await damaged.sent(of: "users", keys: (0..<300).map(key))
    }
    #expect(code == .corrupt)
  }

  @Test func lockedFileIsNamed() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger, lockTimeout: .milliseconds(20))
    var configuration = Configuration()
    configuration.allowsUnsafeTransactions = true
    let other = try DatabaseQueue(path: folder.ledger, configuration: configuration)
    try await other.writeWithoutTransaction { try $0.execute(sql: "BEGIN IMMEDIATE") }
    #expect(await refusal { _ = try await ledger.lease() } == .locked)
    try await other.writeWithoutTransaction { try $0.execute(sql: "ROLLBACK") }
    _ = try await ledger.lease()
  }

  @Test func writeCountGrowsWithCommits() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let first = try await ledger.identity()
    let lease = try await ledger.lease()
    let second = try await ledger.identity()
    #expect(second.id == first.id)
    #expect(second.id.count == 16)
    // A copy of the ledger must not catch up with its mark by being asked for the lease.
    #expect(second.writeCount == first.writeCount)
    _ = try await ledger.begin(intent(key(2), epoch: lease.epoch))
    #expect(try await ledger.identity().writeCount == first.writeCount + 1)
    _ = await refusal { _ = try await ledger.begin(intent(key(1), epoch: lease.epoch.next)) }
    #expect(try await ledger.identity().writeCount == first.writeCount + 1)
    #expect(try await SQLiteLedger().identity().id != first.id)
  }

  @Test func mountTableFindsTheMountThatHoldsTheFolder() {
    let lines = [
      "1 0 8:1 / / rw - ext4 /dev/sda1 rw", "2 1 0:40 / /data rw shared:1 - nfs4 host:/x rw",
      "3 2 8:2 / /data/local rw - xfs /dev/sdb rw",
    ]
    func kind(_ folder: String) -> String? {
      var table = MountTable(folder: folder)
      for line in lines { table.read(line) }
      return table.networkFileSystem
    }
    #expect(kind("/data/ledger") == "nfs4")
    #expect(kind("/data") == "nfs4")
    #expect(kind("/data/local/ledger") == nil)
    #expect(kind("/database") == nil)
  }
}
