import Engine
import GRDB

extension SQLiteLedger {
  /// The current places, by subject.
  public func ties() async throws -> [Tie.Subject: String] {
    try await read { database in
      var ties: [Tie.Subject: String] = [:]
      try database.each("SELECT subject, place FROM tie ORDER BY id", []) { row in
        ties[try Tie.Subject(row.text(0))] = row.text(1)
      }
      return ties
    }
  }

  /// Ties the ledger to places, instead of those that its subjects had.
  public func tie(_ ties: [Tie], epoch: LeaseEpoch) async throws {
    try await write(epoch: epoch) { database in
      for tie in ties {
        try database.run(
          "INSERT INTO tie (subject, place, who, note, at) VALUES (?, ?, ?, ?, ?)",
          .text(tie.subject.text), .text(tie.place), .text(ifAny: tie.who),
          .text(ifAny: tie.note), .moment(tie.at))
      }
    }
  }

  /// Whether anything is known about objects there: a link, or an open write.
  public func knowsObjects(of subject: Tie.Subject) async throws -> Bool {
    let names: String
    let prefix: String
    switch subject {
    case .project: (names, prefix) = ("?1 = ''", "")
    case .target(let name): (names, prefix) = ("substr(name, 1, length(?1)) = ?1", name + "/")
    case .resource(let name): (names, prefix) = ("name = ?1", name)
    }
    return try await read { database in
      try database.first(
        """
        SELECT 1 FROM resource WHERE \(names) AND (
          EXISTS (SELECT 1 FROM link WHERE link.resource = resource.id)
          OR EXISTS (SELECT 1 FROM intent WHERE intent.resource = resource.id AND \(Schema.isOpen)))
        """, .text(prefix)
      ) { _ in true } ?? false
    }
  }
}

extension SQLiteLedger {
  /// Renames a resource; its objects stay the same. Refused when the new name is already known.
  ///
  /// - Returns: Whether the ledger knew the old name.
  public func renameResource(
    _ old: String, to new: String, who: String, note: String?, at now: Instant, epoch: LeaseEpoch
  ) async throws -> Bool {
    guard try await !knowsObjects(of: .resource(new)) else {
      throw LedgerError.nameIsTaken(new, remedy: "Two resources cannot become one.")
    }
    return try await write(epoch: epoch) { database in
      let number = try database.first("SELECT id FROM resource WHERE name = ?", .text(old)) {
        $0.int(0)
      }
      guard let number else { return false }
      let other = try database.first("SELECT id FROM resource WHERE name = ?", .text(new)) {
        $0.int(0)
      }
      if let other {
        try database.run(
          "UPDATE intent SET resource = ? WHERE resource = ?", .int(number), .int(other))
        try database.run("DELETE FROM listing WHERE resource = ?", .int(other))
        try database.run("DELETE FROM resource WHERE id = ?", .int(other))
      }
      try database.run("UPDATE resource SET name = ? WHERE id = ?", .text(new), .int(number))
      try database.run(
        "UPDATE mapping_shape SET resource = ? WHERE resource = ?", .text(new), .text(old))
      try database.run(
        "INSERT INTO tie (subject, place, who, note, at) VALUES (?, ?, ?, ?, ?)",
        .text(Tie.Subject.resource(new).text), .text(old), .text(who), .text(ifAny: note),
        .moment(now))
      return true
    }
  }
}

extension Tie.Subject {
  fileprivate var text: String {
    switch self {
    case .project: "project"
    case .target(let name): "target \(name)"
    case .resource(let name): "resource \(name)"
    }
  }

  fileprivate init(_ text: String) throws {
    let words = text.split(separator: " ", maxSplits: 1).map(String.init)
    switch (words.first, words.count) {
    case ("project", 1): self = .project
    case ("target", 2): self = .target(words[1])
    case ("resource", 2): self = .resource(words[1])
    default: throw LedgerError.corrupt("a tie has the unknown subject \(text)")
    }
  }
}
