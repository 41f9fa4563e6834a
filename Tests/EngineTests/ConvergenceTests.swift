import Engine
import JSON
import Ledger
import Rows
import Synchronization
import Testing

/// Random tables, edits, refusals, lost answers and killed runs: whatever happens on the way, nothing is lost and nothing
/// is made twice.
@Suite struct ConvergenceTests {
  @Test(arguments: [UInt64(0), 1_000, 2_000, 3_000])
  func theTargetComesToHoldWhatTheTablesSay(first: UInt64) async throws {
    for seed in first..<first + 30 {
      try await Scenario(seed: seed).play()
    }
  }

  @Test(arguments: ["each", "whole"], [UInt64(4_000), 5_000])
  func soItDoesWhereItTakesManyInOneCall(way: String, first: UInt64) async throws {
    for seed in first..<first + 30 {
      try await Scenario(seed: seed, target: Stage.bulk(way, size: 2 + Int(seed % 4))).play()
    }
  }
}

private struct Thing: Hashable {
  var name: String
  var note: String?
  var size: Int64?
  var group: Int64?
}

private final class Scenario {
  let seed: UInt64
  var random: SplitMix
  let stage: Stage
  var groups: [Int64: String] = [:]
  var things: [Int64: Thing] = [:]

  init(seed: UInt64, target: String = Stage.target) throws {
    self.seed = seed
    random = SplitMix(state: seed)
    let things =
      Stage.things + "\nguard: { deactivations: { percent: 100, count: 1000 },"
      + " source_drop: { percent: 100 } }\n"
    stage = try Stage(
      things: things, target: target, seed: seed, batchSize: 1 + Int(seed % 5))
  }

  func play() async throws {
    for _ in 0..<Int.random(in: 2...5, using: &random) {
      edit()
      publish(duplicate: random.oneIn(4))
      spoil()
      do {
        try await stage.run()
      } catch is CancellationError {
        // Killed: the next run finds what this one wrote down.
      }
      if random.oneIn(2) { stage.clock.advance(by: .seconds(200)) }
      expectNoDoubles()
    }
    stage.target.spoil { _ in .none }
    for thing in things where thing.value.group.map({ groups[$0] == nil }) ?? false {
      things[thing.key]?.group = nil
    }
    publish(duplicate: false)
    for _ in 0..<3 {
      stage.clock.advance(by: .seconds(200))
      try await forgetRefusals()
      try await stage.run()
    }
    expectNoDoubles()
    try await expectConverged()
  }

  func edit() {
    for id in Int64(1)...4 where random.oneIn(3) {
      groups[id] = groups[id] == nil || !random.oneIn(4) ? "group \(random.next() % 3)" : nil
    }
    for id in Int64(1)...9 where random.oneIn(2) {
      if things[id] != nil, random.oneIn(4) {
        things[id] = nil
      } else {
        things[id] = Thing(
          name: random.oneIn(9) ? String(repeating: "x", count: 41) : "name \(random.next() % 4)",
          note: random.oneIn(2) ? nil : "note \(random.next() % 2)",
          size: random.oneIn(2) ? nil : Int64(random.next() % 3),
          group: random.oneIn(2) ? nil : Int64(random.next() % 5))
      }
    }
  }

  func publish(duplicate: Bool) {
    stage.source.set(
      "groups", groups.sorted { $0.key < $1.key }.map { [.int($0.key), .text($0.value)] })
    var rows = things.sorted { $0.key < $1.key }.map { id, thing -> [Cell] in
      [
        .int(id), .text(thing.name), thing.note.map { .text($0) } ?? .null,
        thing.size.map { .int($0) } ?? .null, thing.group.map { .int($0) } ?? .null,
      ]
    }
    if duplicate, let place = rows.indices.randomElement(using: &random) {
      rows.insert(rows[place], at: place)
    }
    stage.source.set("things", rows)
  }

  func spoil() {
    let generator = Mutex(SplitMix(state: random.next()))
    let severity = Int.random(in: 3...12, using: &random)
    stage.target.spoil { request in
      generator.withLock { random in
        guard random.oneIn(severity) else { return .none }
        switch random.next() % 9 {
        case 0: return .status(429, retryAfter: .seconds(2))
        case 1: return .status(422, body: #"{"errors":{"name":["is not nice"]}}"#)
        case 2: return .lostBefore
        case 3: return .lostAfter
        case 4: return .notSent
        case 5: return .answered(502, body: "<html>bad gateway</html>")
        case 6: return random.oneIn(3) ? .killedBefore : .none
        case 7: return random.oneIn(3) ? .killedAfter : .none
        default: return random.oneIn(6) ? .status(401) : .answered(200, body: "{}")
        }
      }
    }
  }

  /// As a person does with `failures retry`.
  func forgetRefusals() async throws {
    for failure in try await stage.ledger.failures(of: nil) {
      guard
        case .acquired(let lease) = try await stage.ledger.acquireLease(
          holder: "test", for: .seconds(30), now: stage.clock.wall)
      else { return }
      try await stage.ledger.clearFailures(
        of: failure.mapping, keys: [failure.key], epoch: lease.epoch)
    }
  }

  func expectNoDoubles() {
    for collection in ["groups", "things"] {
      let codes = stage.target.objects(collection).compactMap { $0["code"]?.stringValue }
      #expect(Set(codes).count == codes.count, "seed \(seed): \(codes)")
    }
  }

  func expectConverged() async throws {
    let held = stage.target.objects("things")
    for (id, thing) in things {
      let object = held.first { $0["code"]?.stringValue == "t\(id)" }
      if thing.name.count > 40 { continue }
      let group = thing.group.flatMap { group in
        stage.target.objects("groups").first { $0["code"]?.stringValue == "g\(group)" }?["id"]
      }
      let wanted: JSON = [
        "code": .string("t\(id)"), "name": .string(thing.name),
        "note": thing.note.map { .string($0) } ?? .null,
        "size": thing.size.map { .integer($0) } ?? .null, "group_id": group ?? .null,
        "active": 1, "made_by": "crosswalk", "id": object?["id"] ?? .null,
      ]
      #expect(object == JSON.object([]).merging(wanted), "seed \(seed)")
    }
    for object in held {
      let code = object["code"]?.stringValue ?? ""
      guard let id = Int64(code.dropFirst()), things[id] == nil else { continue }
      #expect(object["active"] == 0, "seed \(seed): \(object)")
    }
    let before = stage.target.calls.count
    let reports = try await stage.run()
    #expect(stage.target.calls.count == before, "seed \(seed): \(stage.target.calls[before...])")
    for report in reports.values {
      let changes =
        report.created + report.updated + report.deactivated + report.unknown + report.deferred
      #expect(changes == 0, "seed \(seed): \(report)")
    }
    #expect(try await stage.ledger.openIntents(of: "things").isEmpty, "seed \(seed)")
  }
}
