import Diagnostics
import Engine
import Mappings

/// A record that waits: it was rejected, or the outcome of its last write is unknown.
public struct WaitingRecord: Sendable {
  public enum State: Sendable {
    case failed(Failure)
    case open(Intent)
  }
  public let mapping: String
  public let key: Key
  public let state: State
  public let isDismissed: Bool
  /// What the operator can do, or why nothing is needed.
  public let advice: String
  /// The reasons, one line each.
  public let reasons: [Failure.Reason]

  /// Everything that waits, the open writes first.
  static func all(in open: OpenLedger, of mapping: String?) async throws -> [WaitingRecord] {
    let names: [String]
    if let mapping {
      names = [try await open.known(mapping)]
    } else {
      names = try await open.ledger.mappingNames()
    }
    var waiting: [WaitingRecord] = []
    let live = try await open.ledger.liveLeases(at: open.clock.wall)
    for name in names {
      let dismissed = try await open.ledger.dismissedIntents(of: name)
      let intents = try await open.ledger.openIntents(of: name).filter {
        !live.hold($0)
      }
      waiting += intents.map { WaitingRecord($0, isDismissed: dismissed.contains($0.key)) }
      let read = try await open.ledger.readCount(of: name)
      let definition = open.definition(name)
      let busy = Set(intents.map(\.key))
      for failure in try await open.ledger.failures(of: name) where !busy.contains(failure.key) {
        waiting.append(WaitingRecord(failure, definition, reads: read))
      }
    }
    return waiting
  }

  /// What waits under a key, given as the reports write it.
  static func one(
    _ mapping: String, _ written: String, in open: OpenLedger
  ) async throws -> WaitingRecord {
    try one(of: try await all(in: open, of: mapping), mapping, written)
  }

  /// Returns the one that waits among several records.
  static func one(
    of waiting: [WaitingRecord], _ mapping: String, _ written: String
  ) throws -> WaitingRecord {
    var search = KeySearch(written)
    for record in waiting { search.look(at: record.key) }
    let key = try OperationFailure.key(search, of: mapping)
    guard let found = waiting.first(where: { $0.key == key }) else {
      throw OperationFailure.nothingWaits(mapping, written)
    }
    return found
  }

  private init(_ intent: Intent, isDismissed: Bool) {
    mapping = intent.mapping
    key = intent.key
    state = .open(intent)
    self.isDismissed = isDismissed
    reasons = intent.evidence.map { [Failure.Reason(field: nil, message: $0)] } ?? []
    advice =
      intent.state == .quarantined
      ? "look at the target; then `crosswalk failures adopt \(mapping) \(key.argument) ID` or "
        + "`crosswalk failures absent \(mapping) \(key.argument)`"
      : "nothing to do: the next run looks at the target before it sends anything for this key"
  }

  private init(_ failure: Failure, _ definition: MappingDefinition?, reads: Int) {
    mapping = failure.mapping
    key = failure.key
    state = .failed(failure)
    isDismissed = failure.standing == .dismissed
    reasons = failure.reasons
    let fields = failure.reasons.compactMap(\.field)
    let columns = definition?.columnsRead(by: fields) ?? []
    let source = definition?.source.value ?? "the source"
    let place =
      columns.isEmpty
      ? "correct the record in \(source)"
      : "correct \(columns.map { "`\($0)`" }.joined(separator: ", ")) in \(source)"
    switch failure.standing {
    case .dismissed: advice = "dismissed until its data change"
    case .released: advice = "tried again in the next run"
    case .waiting where failure.missingObject != nil:
      advice =
        "the object is gone at the target: `crosswalk failures absent \(mapping) \(key.argument)` to have it "
        + "recreated, or `crosswalk failures adopt \(mapping) \(key.argument) ID`"
    case .waiting where failure.reasons.contains { $0.message.hasSuffix("--move`") }:
      advice =
        "if it is the same under a new key, the command above gives the object to it; otherwise "
        + place
    case .waiting where failure.conflict != nil:
      let ids = VisibleText.escaped((failure.conflict?.objects ?? []).joined(separator: ", "))
      advice =
        "look at \(ids) at the target; the record is tried again when that is out of the way, "
        + "or in the next run after `crosswalk failures retry \(mapping) \(key.argument)`"
    case .waiting where failure.status == nil:
      advice = "\(place); every run looks again"
    case .waiting:
      let left = failure.runsToWait.map { max(0, $0 - max(0, reads - failure.read)) }
      let turn =
        switch left {
        case 0?: "in the next run"
        case let left?: "after \(left.counted("run")), within a day"
        case nil: "a day after the last time"
        }
      advice = "\(place): it is sent at once then; unchanged, it is tried again \(turn)"
    }
  }

  /// `invalid`, `rejected`, `quarantined` or `unknown`.
  public var status: String {
    switch state {
    case .failed(let failure): failure.status == nil ? "invalid" : "rejected"
    case .open(let intent): intent.state == .quarantined ? "quarantined" : "unknown"
    }
  }
}

extension OperationFailure {
  static func nothingWaits(_ mapping: String, _ key: String) -> OperationFailure {
    OperationFailure(
      .unreadable, "\(mapping) \(key) neither failed nor has an unknown end",
      remedy: "`crosswalk failures` lists what waits for a decision")
  }
}
