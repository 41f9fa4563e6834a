import Engine
import Foundation
import JSON
import Ledger
import Testing

/// `kill -9` at random moments of `crosswalk run`; `script/torture` asks for a thousand kills, the tests for a few.
@Suite struct TortureTests {
  private static let kills =
    ProcessInfo.processInfo.environment["CROSSWALK_KILLS"].flatMap { Int($0) } ?? 12
  private static let records = 500
  /// From a new ledger and an empty depot: so that creates are hit as often as updates.
  private static let killsPerWorld = 12

  private struct Figures {
    var worlds = 0
    var kills = 0
    /// Kills after which the ledger held an intent whose end nobody knew.
    var midway = 0
    var objects = 0
  }

  @Test(
    "Killed at random moments: after one undisturbed run every object is there, once, as it should be"
  )
  func killed() async throws {
    var figures = Figures()
    while figures.kills < Self.kills {
      try await world(&figures, kills: min(Self.killsPerWorld, Self.kills - figures.kills))
    }
    print(
      "torture: \(figures.kills) kills in \(figures.worlds) worlds of \(Self.records) records, "
        + "\(figures.midway) of them with calls under way; "
        + "\(figures.objects) objects at the end, each once")
  }

  private func world(_ figures: inout Figures, kills: Int) async throws {
    // The depot takes whatever it is sent: what keeps objects single is the tool alone.
    try await Storehouse.open(refusesTwins: false) { store in
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Clamp ' || n from generate_series(2001, 1995 + \(Self.records)) n
        """)
      try store.edit("mappings/targets/depot.yaml", "settle: 1s", "settle: 0s")
      // Killed twice before one and the same call, a person would be asked.
      try store.edit(
        "mappings/targets/depot.yaml", "look_up: { every: 200ms }",
        "look_up: { every: 200ms, attempts: 20 }")
      try store.edit("mappings/targets/depot.yaml", "size: 2,", "size: 100,")
      try store.edit("mappings/targets/depot.yaml", "calls: 100,", "calls: 1000,")
      for _ in 0..<kills {
        try await store.sql(
          "update inventory.tools set label = 'Clamp ' || random() where store = 1 and random() < 0.3"
        )
        let before = store.writes.count
        let run = try RunningCrosswalk.start(
          ["run"], in: store.folder, environment: store.environment)
        if Bool.random() {
          let share = Int.random(in: 0...150)
          let patience = ContinuousClock.now + .seconds(4)
          while store.writes.count < before + share, ContinuousClock.now < patience {
            try await Task.sleep(for: .milliseconds(1))
          }
          try await Task.sleep(for: .microseconds(Int.random(in: 0...3000)))
        } else {
          try await Task.sleep(for: .milliseconds(Int.random(in: 0...700)))
        }
        run.send(SIGKILL)
        let end = try await run.end()
        figures.kills += 1
        if end.status == -SIGKILL, try await leavesIntents(store) { figures.midway += 1 }
      }
      let report = try await store.run()
      #expect(report.status == "succeeded", "\(report.json)")
      // `objects` fails on two with one code.
      let objects = try store.objects("tools")
      let wanted = try await store.sql(
        "select number, label from inventory.tools where store = 1 and not scrapped")
      var labels: [String: String] = [:]
      for line in wanted.split(separator: "\n") {
        let parts = line.split(separator: "|", maxSplits: 1).map(String.init)
        labels[parts[0]] = parts[1].trimmingCharacters(in: .whitespaces)
      }
      #expect(labels.count == Self.records)
      #expect(Set(objects.keys) == Set(labels.keys))
      for (code, object) in objects {
        #expect(object["name"]?.stringValue == labels[code])
      }
      #expect(try store.objects("boxes").count == 4)
      #expect(try await store.run().calls == 0)
      figures.worlds += 1
      figures.objects += objects.count
    }
  }

  private func leavesIntents(_ store: Storehouse) async throws -> Bool {
    do {
      let ledger = try SQLiteLedger.openReadOnly(path: store.ledger.path)
      return try await !ledger.openIntents(of: "tools").isEmpty
    } catch let error as LedgerError where error.code == .older {
      // Killed while it made its tables.
      return false
    }
  }
}
