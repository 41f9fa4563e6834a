import Engine
import Programs

/// What the operator decides about records that failed or whose outcome is unknown.
public struct DecisionRequest: Sendable {
  /// Keys as the reports write them.
  public enum Keys: Sendable {
    case named([String])
    /// Every waiting record of the mapping.
    case all
  }
  public enum Verb: Sendable {
    /// They are tried again in the next run.
    case retry(Keys)
    /// They are left alone until their data change.
    case dismiss(Keys)
    /// This key's object does not exist at the target.
    case absent(String)
    /// This key's object is the one with this id. `moves`: its link comes from a key that no longer has a row.
    case adopt(String, targetID: String, moves: Bool)
  }
  public var mapping: String
  public var verb: Verb
  public var who: String
  /// Why, for the history.
  public var note: String?
  public var wait = Waiting.no

  public init(
    _ verb: Verb, _ mapping: String, who: String, note: String? = nil, wait: Waiting = .no
  ) {
    self.mapping = mapping
    self.verb = verb
    self.who = who
    self.note = note
    self.wait = wait
  }
}

/// A recorded decision, and what follows from it.
public struct Decided: Sendable {
  public let decision: Decision
  public let consequence: String
}

extension Operations {
  /// Everything that waits, in all mappings or in one; the open writes of each come first.
  public func waitingRecords(
    of mapping: String? = nil
  ) async throws(OperationFailure) -> [WaitingRecord] {
    try await failing { try await WaitingRecord.all(in: try readLedger(), of: mapping) }
  }

  /// Records decisions durably.
  public func decide(_ request: DecisionRequest) async throws(OperationFailure) -> [Decided] {
    try await failing {
      try await writeLedger(of: request.mapping, wait: request.wait) { open, writer in
        let desk = DecisionDesk(request: request, open: open, writer: writer)
        return try await desk.decide()
      }
    }
  }
}

/// Makes decisions with an open ledger.
private struct DecisionDesk {
  let request: DecisionRequest
  let open: OpenLedger
  let writer: ProjectWriter

  private var mapping: String { request.mapping }
  private var now: Instant { open.clock.wall }

  func decide() async throws -> [Decided] {
    switch request.verb {
    case .retry(let keys): return try await decide(.retry, keys, consequence)
    case .dismiss(let keys):
      return try await decide(.dismiss, keys) { _ in "left alone until its data change" }
    case .absent(let written):
      return try await decide(.absent, .named([written])) { _ in
        "made again by the next run, as far as its row is still there"
      }
    case .adopt(let written, let id, let moves):
      return [
        try await LinkDecision(request: request, open: open, writer: writer, targetID: id).adopt(
          try await WaitingRecord.one(mapping, written, in: open), moves: moves)
      ]
    }
  }

  private func decide(
    _ verb: Decision.Verb, _ keys: DecisionRequest.Keys, _ consequence: (WaitingRecord) -> String
  ) async throws -> [Decided] {
    let waiting = try await WaitingRecord.all(in: open, of: mapping)
    let records =
      switch keys {
      case .all: waiting.filter { !$0.isDismissed }
      case .named(let keys): try keys.map { try WaitingRecord.one(of: waiting, mapping, $0) }
      }
    var decided: [Decided] = []
    for record in records {
      let decision = request.decision(verb, record.mapping, record.key, at: now)
      try await writer.decide(decision)
      decided.append(Decided(decision: decision, consequence: consequence(record)))
    }
    return decided
  }

  /// What a retry does.
  private func consequence(of record: WaitingRecord) -> String {
    guard case .open(let intent) = record.state else { return "tried again in the next run" }
    let words = "looked up at the target by the next run"
    guard intent.state != .planned else { return "sent again by the next run" }
    guard let settle = open.settle(of: record.mapping), let sentAt = intent.sentAt,
      sentAt.later(by: settle) > now
    else { return words }
    return "\(words) after \(sentAt.later(by: settle).moment)"
  }
}

extension DecisionRequest {
  func decision(
    _ verb: Decision.Verb, _ mapping: String, _ key: Key, targetID: String? = nil, at now: Instant
  ) -> Decision {
    Decision(
      verb: verb, mapping: mapping, key: key, targetID: targetID, who: who, note: note, at: now)
  }
}
