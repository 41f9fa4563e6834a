import Engine

/// The key whose values, or whose link, the ledger is to forget.
public struct ForgetRequest: Sendable {
  public var mapping: String
  /// As the reports write it.
  public var key: String
  public var who: String
  /// Why, for the history.
  public var note: String?
  /// Whether it is done; otherwise it is only shown.
  public var applies: Bool
  public var wait: Waiting

  public init(
    _ mapping: String, _ key: String, who: String, note: String? = nil, applies: Bool = false,
    wait: Waiting = .no
  ) {
    self.mapping = mapping
    self.key = key
    self.who = who
    self.note = note
    self.applies = applies
    self.wait = wait
  }
}

/// What the ledger knows, or knew, about a key, and what follows from forgetting it.
public struct ForgottenRecord: Sendable {
  public let mapping: String
  public let key: Key
  public let contents: KeyContents
  public let isDone: Bool
  /// What remains, and what the next run does; one sentence each.
  public let consequences: [String]
}

extension Operations {
  /// Forgets all values of a key, durably: see ``UpkeepStore/forget(_:epoch:)``.
  public func forget(_ request: ForgetRequest) async throws(OperationFailure) -> ForgottenRecord {
    try await settle(request) { open, key, contents, writer in
      try await writer?.forget(request.decision(.forget, key, open.clock.wall))
      return open.afterForgetting(key, of: request.mapping, contents)
    }
  }

  /// Forgets which object a key has.
  public func unlink(_ request: ForgetRequest) async throws(OperationFailure) -> ForgottenRecord {
    try await settle(request) { open, key, contents, writer in
      guard let link = contents.link else {
        throw OperationFailure(
          .unreadable, "\(request.mapping) \(request.key) has no link",
          remedy: "`crosswalk links show \(request.mapping)` lists those that have one")
      }
      if let writer {
        var decision = request.decision(.unlink, key, open.clock.wall)
        decision.targetID = link.targetID
        try await writer.decide(decision)
      }
      return open.afterUnlinking(link, contents)
    }
  }

  private func settle(
    _ request: ForgetRequest,
    _ body: (OpenLedger, Key, KeyContents, ProjectWriter?) async throws -> [String]
  ) async throws(OperationFailure) -> ForgottenRecord {
    func settle(_ open: OpenLedger, _ writer: ProjectWriter?) async throws -> ForgottenRecord {
      let key = try await open.key(request.key, of: request.mapping)
      let contents = try await open.ledger.contents(of: request.mapping, key: key)
      guard !contents.isBusy else {
        throw OperationFailure(
          .rejected, "a write of \(request.mapping) \(key) has no known end yet",
          remedy:
            "run again first: the next run looks at the target; `crosswalk failures` says if it "
            + "waits for a decision")
      }
      let consequences = try await body(open, key, contents, writer)
      return ForgottenRecord(
        mapping: request.mapping, key: key, contents: contents, isDone: writer != nil,
        consequences: consequences)
    }
    return try await failing {
      guard request.applies else {
        let open = try readLedger()
        try open.workspace.ledger.requireLedger()
        return try await settle(open, nil)
      }
      return try await writeLedger(of: request.mapping, wait: request.wait) { open, writer in
        try await settle(open, writer)
      }
    }
  }
}

extension ForgetRequest {
  fileprivate func decision(_ verb: Decision.Verb, _ key: Key, _ now: Instant) -> Decision {
    Decision(verb: verb, mapping: mapping, key: key, who: who, note: note, at: now)
  }
}

extension OpenLedger {
  fileprivate func afterForgetting(
    _ key: Key, of mapping: String, _ contents: KeyContents
  ) -> [String] {
    var consequences: [String] = []
    if let link = contents.link, let resource = contents.resource {
      consequences += [
        "the object \(link.targetID) of \(resource) stays at the target, and the key stays linked to it",
        "while the source has the row, the next run compares it again and sends all of its fields; "
          + "then the ledger holds them again",
      ]
    } else {
      consequences.append(fate(ofRowIn: mapping))
    }
    consequences += contents.formerKeys.map { former in
      "the object came from \(former): `crosswalk ledger forget \(former.contains(" ") ? former : mapping + " " + former)` "
        + "for what is known under that key"
    }
    consequences.append("backups that were made before hold the values until you delete those")
    return consequences
  }

  fileprivate func afterUnlinking(_ link: Link, _ contents: KeyContents) -> [String] {
    [
      "the object \(link.targetID) of \(contents.resource ?? "?") stays at the target as it is",
      fate(ofRowIn: link.mapping),
    ]
  }

  /// What the next run does with a row that has no link.
  private func fate(ofRowIn mapping: String) -> String {
    guard let definition = definition(mapping) else {
      return "the project has no mapping `\(mapping)`: no run asks for the row"
    }
    let resource = workspace.project.targets
      .first { $0.name.value.utf8.elementsEqual(definition.target.value.utf8) }?
      .resources.first { $0.name.value.utf8.elementsEqual(definition.resource.value.utf8) }
    return (definition.match ?? resource?.match) == nil
      ? "while the source has the row, the next run creates an object for it, which may be a second one"
      : "while the source has the row, the next run looks for its object by `match`, and creates one "
        + "where there is none"
  }
}
