import Engine
import Foundation
import GRDB
import Testing

@testable import Ledger

@Suite struct MarkFileTests {
  private func put(_ count: Int, _ ledger: SQLiteLedger, _ lease: Lease) async throws {
    for number in 0..<count {
      try await ledger.keep(
        link(key(number), id: "\(number)"), resource: resource, sent: Array("{}".utf8), change: nil,
        epoch: lease.epoch)
    }
  }

  @Test func theMarkIsNeverBehindWhatACallerKnows() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    let mark = MarkFile(path: folder.ledger + ".mark")
    #expect(mark.read() == .none)
    try mark.write(MarkFile.Content(name: "ab", writeCount: 0, state: .open))
    ledger.follow(mark)
    for _ in 1...3 {
      try await put(5, ledger, lease)
      let count = try await ledger.identity().writeCount
      // As another process reads it, while this one lives or after it was killed.
      #expect(
        MarkFile(path: mark.path).read()
          == .content(MarkFile.Content(name: "ab", writeCount: count, state: .open)))
    }
    let mode = try FileManager.default.attributesOfItem(atPath: mark.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func whatCannotBeUnderstoodIsNoAnswer() throws {
    let path = Folder().path + "/mark"
    for text in ["", "ab", "ab x", "ab 1 perhaps", "ab 1 open 2"] {
      try Data(text.utf8).write(to: URL(filePath: path))
      #expect(MarkFile(path: path).read() == .unreadable, "\(text)")
    }
    // As earlier releases wrote it.
    try Data("ab 12\n".utf8).write(to: URL(filePath: path))
    #expect(
      MarkFile(path: path).read()
        == .content(MarkFile.Content(name: "ab", writeCount: 12, state: .closed)))
  }

  @Test func aBackupIsWholeWhileOthersWrite() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    try await put(50, ledger, lease)
    let copy = folder.path + "/copy.sqlite"
    try SQLiteLedger.openReadOnly(path: folder.ledger).backUp(to: copy)
    try await put(80, ledger, lease)
    let restored = try SQLiteLedger(path: copy)
    #expect(try await restored.linkCount(of: "users").active == 50)
    #expect(try await restored.identity().id == ledger.identity().id)
    try await restored.verify(isInDoubt: true)
    #expect(await refusal { try ledger.backUp(to: copy) } == .permission)
    let mode = try FileManager.default.attributesOfItem(atPath: copy)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func twoKeysWithOneObjectAreNoticed() async throws {
    let folder = Folder()
    let ledger = try SQLiteLedger(path: folder.ledger)
    let lease = try await ledger.lease()
    try await put(3, ledger, lease)
    try await ledger.verify(isInDoubt: false)
    try ledger.close()
    let queue = try DatabaseQueue(path: folder.ledger)
    try await queue.write { database in
      try database.execute(sql: "DROP INDEX link_target")
      try database.execute(sql: "UPDATE link SET target_id = '1' WHERE target_id = '2'")
    }
    try queue.close()
    let damaged = try SQLiteLedger(path: folder.ledger)
    #expect(await refusal { try await damaged.verify(isInDoubt: false) } == .corrupt)
    #expect(try await damaged.checkIntegrity().contains { $0.contains("two keys are linked") })
  }
}
