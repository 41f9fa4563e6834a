import Engine
import Foundation

/// Where a ledger is, and how often it was written.
public struct LedgerInfo: Sendable {
  public let path: String
  /// In hexadecimal digits.
  public let id: String
  /// The number of writes since it was created.
  public let writes: Int64
  /// Why it is not to be trusted before it has been compared with the targets; `nil` when it is.
  public let doubt: String?
  public let summary: LedgerSummary
  /// How long history is kept; `nil`: permanently.
  public let keep: Duration?
}

/// What was removed from a ledger.
public struct CompactedLedger: Sendable {
  public let path: String
  /// Entries that were older than the project keeps.
  public let removed: Int
  /// Bytes.
  public let before: Int64
  public let after: Int64
}

/// Where a ledger's objects were, and where they are from now on.
public struct LedgerMove: Sendable {
  public let before: String?
  public let after: String
}

/// Who decided that a ledger belongs to another place from now on, and why.
public struct MoveRequest: Sendable {
  public enum Subject: Sendable {
    case project
    case target(String)
  }
  public var who: String
  public var note: String?
  public var wait = Waiting.no

  public init(who: String, note: String? = nil, wait: Waiting = .no) {
    self.who = who
    self.note = note
    self.wait = wait
  }
}

extension Operations {
  public func ledgerInfo() async throws(OperationFailure) -> LedgerInfo {
    try await failing {
      let open = try readLedger()
      let place = try open.workspace.ledger
      try place.requireLedger()
      let identity = try await open.ledger.identity()
      return LedgerInfo(
        path: place.path, id: identity.name, writes: identity.writeCount,
        doubt: try await LedgerMark(of: place).doubt(about: open.ledger),
        summary: try await open.ledger.summary(), keep: open.workspace.project.ledger.keep)
    }
  }

  /// Writes a whole copy of the ledger and its key, also during a run.
  public func backUpLedger(to file: String) async throws(OperationFailure) {
    try failingAtOnce {
      let open = try readLedger()
      let place = try open.workspace.ledger
      try place.requireLedger()
      try open.ledger.backUp(to: file)
      try place.copyKey(to: file + ".key")
    }
  }

  /// Reads the whole ledger. Returns its path when it is sound, and throws when it is not.
  public func verifyLedger() async throws(OperationFailure) -> String {
    try await failing {
      let open = try readLedger()
      let place = try open.workspace.ledger
      try place.requireLedger()
      let problems = try await open.ledger.problems()
      guard problems.isEmpty else {
        throw OperationFailure(
          .unavailable, "the ledger is damaged: " + problems.prefix(5).joined(separator: "; "),
          remedy: "keep the file, restore the newest backup, and run `crosswalk plan` before `run`")
      }
      return place.path
    }
  }

  /// Removes everything older than the project keeps, and returns its space to the disk. Other writers wait meanwhile.
  public func compactLedger(
    wait: Waiting = .no
  ) async throws(OperationFailure) -> CompactedLedger {
    try await failing {
      let place = try workspaceLedger()
      try place.requireLedger()
      return try await writeLedger(wait: wait) { open, writer in
        let ledger = open.ledger
        let before = try await ledger.summary().size ?? 0
        var removed = 0
        if let keep = open.workspace.project.ledger.keep {
          removed = try await LedgerUpkeep(
            writer: writer, keep: keep, clock: clock, stop: stop
          ).run()
        }
        try stop.check()
        try ledger.compact()
        return CompactedLedger(
          path: place.path, removed: removed, before: before,
          after: try await ledger.summary().size ?? 0)
      }
    }
  }

  /// Says that the objects of a target, or the project, are now at the place that the files name.
  public func moveLedger(
    _ subject: MoveRequest.Subject, _ request: MoveRequest
  ) async throws(OperationFailure) -> LedgerMove {
    try await failing {
      try await writeLedger(wait: request.wait) { open, writer in
        let all = open.workspace.project.targets
        let tie: Tie.Subject
        switch subject {
        case .project: tie = .project
        case .target(let name):
          guard all.contains(where: { $0.name.value == name }) else {
            throw OperationFailure(
              .unreadable, "there is no target `\(name)`",
              remedy: "the targets are \(all.map(\.name.value).joined(separator: ", "))")
          }
          tie = .target(name)
        }
        let targets = all.filter { tie == .target($0.name.value) }
        let (before, after) = try await LedgerTies(open.workspace, targets: targets).move(
          tie, writer, who: request.who, note: request.note, at: open.clock.wall)
        return LedgerMove(before: before?.inOneLine, after: after.inOneLine)
      }
    }
  }

  /// Says that a resource, written `TARGET/RESOURCE`, now has another name in the files, and the same objects.
  public func renameResource(
    _ old: String, to new: String, _ request: MoveRequest
  ) async throws(OperationFailure) {
    try await failing {
      try await writeLedger(wait: request.wait) { open, writer in
        let names = open.workspace.known.resources
        guard names.contains(new) else {
          throw OperationFailure(
            .unreadable, "the project has no resource `\(new)`",
            remedy: "the resources are \(names.sorted().joined(separator: ", "))")
        }
        guard !names.contains(old) else {
          throw OperationFailure(
            .unreadable, "the project still has the resource `\(old)`: it keeps its objects",
            remedy: "give the mapping another name instead")
        }
        let isKnown = try await writer.renameResource(
          old, to: new, who: request.who, note: request.note, at: open.clock.wall)
        guard isKnown else {
          throw OperationFailure(
            .unreadable, "the ledger knows no resource `\(old)`",
            remedy: "write it as TARGET/RESOURCE")
        }
      }
    }
  }
}

extension LedgerPlace {
  func requireLedger() throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw OperationFailure(
        .unreadable, "there is no ledger at \(path)",
        remedy: "the first `crosswalk run` makes it")
    }
  }

  /// Copies the key of the masked values, readable only by its owner.
  func copyKey(to file: String) throws {
    let key = path + ".key"
    guard let bytes = FileManager.default.contents(atPath: key) else {
      throw OperationFailure(
        .unavailable, "the key of the ledger's masked values, \(key), cannot be read",
        remedy: "give this user the right to read it")
    }
    guard !FileManager.default.fileExists(atPath: file),
      FileManager.default.createFile(
        atPath: file, contents: bytes, attributes: [.posixPermissions: 0o600])
    else {
      throw OperationFailure(
        .unavailable, "\(file) cannot be written",
        remedy: "name a file that is not there yet, in a folder that can be written")
    }
  }
}
