import Engine
import JSON
import Ledger
import Mappings
import Programs
import Rows
import Synchronization
import Testing

/// Mappings of one table each, `things` of a target each, with links as the fields say.
private struct Town {
  let ledger: SQLiteLedger
  let clock = SteppingClock()
  let wires: [String: SimulatedTarget]
  let source: MemorySource
  let programs: [MappingProgram]
  let definitions: [TargetDefinition]

  private static let columns = [
    column("id", .int, nullable: false), column("chief", .int), column("name", .text),
  ]

  /// `mappings`: name, target, further fields.
  init(_ mappings: [(name: String, target: String, more: String)]) throws {
    ledger = try SQLiteLedger()
    var text = ProjectText(target: "", schemas: Stage.schemas, mappings: [:])
    text.files["targets/crm.yaml"] = nil
    for target in Set(mappings.map(\.target)) {
      text.files["targets/\(target).yaml"] = Stage.target.replacing(
        "target: crm", with: "target: \(target)")
    }
    for mapping in mappings {
      text.files["\(mapping.name).yaml"] = """
        mapping: \(mapping.name)
        source: db
        target: \(mapping.target)
        resource: things
        query: { sql: 'select id, chief, name from \(mapping.name)' }
        key: id
        fields:
          code: '"\(mapping.name)" + string(row.id)'
          name: row.name
        \(mapping.more)
        """
    }
    let names = mappings.map(\.name)
    programs = try text.programs(
      Dictionary(uniqueKeysWithValues: names.map { ($0, Self.columns) }))
    definitions = try text.compiler().1.targets
    wires = Dictionary(
      uniqueKeysWithValues: definitions.map { ($0.name.value, SimulatedTarget()) })
    source = MemorySource(
      Dictionary(
        uniqueKeysWithValues: names.map { ($0, MemorySource.Table(columns: Self.columns)) }))
  }

  /// Rows by number, with the number of their chief.
  func set(_ table: String, _ rows: [(Int64, Int64?)]) {
    source.set(
      table, rows.map { [.int($0), $1.map { .int($0) } ?? .null, .text("name \($0)")] })
  }

  func run(
    invalid: [InvalidMapping] = [], _ heard: @escaping @Sendable (RunEvent) -> Void = { _ in }
  ) async throws -> [MappingReport] {
    guard
      case .acquired(let lease) = try await ledger.acquireLease(
        holder: "test", for: .seconds(30), now: clock.wall)
    else { throw CancellationError() }
    var targets: [String: TargetConnection] = [:]
    for definition in definitions {
      let name = definition.name.value
      targets[name] = TargetConnection(
        definition: definition, wire: try #require(wires[name]),
        gate: TargetGate(limits: definition.limits, scale: 1, clock: clock), clock: clock,
        windowScale: 1)
    }
    let context = RunContext(
      project: RunProject(
        sources: ["db": source], targets: targets, integerIDs: programs.integerIDs),
      access: .writing(LedgerWriter(ledger, lease, run: 1)),
      environment: RunEnvironment(
        clock: clock, masking: Masking(key: Array(repeating: 7, count: 32)), report: heard),
      spool: try SQLiteSpool())
    let left = programs.filter { program in !invalid.contains { $0.name == program.name } }
    let reports = try await ProjectRun(programs: left, invalid: invalid, context: context).run()
      .report.mappings
    for report in reports { expectCountsAddUp(report) }
    return reports
  }
}

@Suite struct ProjectRunTests {
  private static func chief(_ mapping: String) -> String {
    "  chief_id: link(\"\(mapping)\", row.chief)"
  }

  @Test func mappingsRunBehindThoseTheyLinkToAcrossTargets() async throws {
    let town = try Town([
      ("a", "one", Self.chief("b")), ("b", "two", Self.chief("c")), ("c", "one", "after: [d]"),
      ("d", "two", ""),
    ])
    #expect(RunOrder.sorted(town.programs).map(\.name) == ["d", "c", "b", "a"])
    for name in ["a", "b", "c", "d"] { town.set(name, [(1, 1)]) }
    let reports = try await town.run()
    #expect(reports.map(\.mapping) == ["d", "c", "b", "a"])
    #expect(reports.allSatisfy { $0.created == 1 })
    #expect(reports.allSatisfy { $0.calls > 0 })
  }

  @Test func targetsRunBesideEachOtherAndOneStopLeavesTheOthers() async throws {
    let town = try Town([("a", "one", ""), ("b", "two", ""), ("c", "one", "")])
    for name in ["a", "b", "c"] { town.set(name, [(1, nil), (2, nil)]) }
    town.wires["one"]?.spoil { $0.method == "POST" ? .status(403) : .none }
    let reports = try await town.run()
    #expect(reports.map(\.status) == [.failed, .succeeded, .failed])
    #expect(reports.map(\.created) == [0, 2, 0])
    #expect(reports[0].deferred == 2)
    // The second mapping of a stopped target is not begun.
    #expect(
      town.wires["one"]?.writes.allSatisfy { $0.json?["code"]?.stringValue?.first == "a" } == true)
    #expect(reports[2].message == reports[0].message)
    #expect(RunReport(run: 1, mappings: reports).status == .failed)
  }

  @Test func whatDoesNotCompileStopsItselfAndWhatDependsOnIt() async throws {
    let town = try Town([
      ("a", "one", Self.chief("b")), ("b", "two", Self.chief("c")), ("c", "one", ""),
      ("d", "two", "after: [a]"), ("e", "two", ""), ("f", "one", Self.chief("e")),
    ])
    for name in ["a", "b", "c", "d", "e", "f"] { town.set(name, [(1, nil)]) }
    let reports = try await town.run(
      invalid: [InvalidMapping(name: "b", target: "two", problems: ["b.yaml:9:1: error[E205]: x"])])
    #expect(reports.map(\.mapping) == ["c", "e", "f", "b", "a", "d"])
    #expect(reports.map(\.created) == [1, 1, 1, 0, 0, 0])
    #expect(reports.dropFirst(3).allSatisfy { $0.status == .invalid })
    #expect(reports[3].problems.count == 1)
    #expect(reports[4].message == "not begun: it depends on `b`, which cannot run")
    #expect(reports[5].message == "not begun: it depends on `a`, which cannot run")
    #expect(RunReport(run: 1, mappings: reports).status == .invalid)
  }

  @Test func rowsOfOneTableMayLinkToEachOther() async throws {
    let town = try Town([("a", "one", Self.chief("a"))])
    // 1 → 4 → 3 → none; 5 → 9, which is not there.
    town.set("a", [(1, 4), (2, nil), (3, nil), (4, 3), (5, 9)])
    let report = try await town.run().only()
    #expect(report.created == 5)
    #expect(report.deferred == 0)
    #expect(
      try report.reasons.only().message == "sent without its link to a, which is not there")
    #expect(try report.reasons.only().examples == ["9"])
    let objects = try #require(town.wires["one"]?.objects("things"))
    func object(_ code: String) -> JSON? { objects.first { $0["code"]?.stringValue == code } }
    #expect(object("a1")?["chief_id"] == object("a4")?["id"])
    #expect(object("a4")?["chief_id"] == object("a3")?["id"])
    let writes = town.wires["one"]?.writes.count
    let second = try await town.run().only()
    #expect(second.unchanged == 5)
    #expect(second.deferred == 0)
    #expect(town.wires["one"]?.writes.count == writes)
  }

  @Test func whoWaitedIsLookedUpBeforeItIsMade() async throws {
    let town = try Town([("a", "one", Self.chief("a"))])
    town.wires["one"]?.put(["code": "a1", "name": "name 1"], in: "things")
    town.set("a", [(1, 2), (2, nil)])
    let report = try await town.run().only()
    #expect(report.created == 1)
    #expect(report.adopted == 1)
    #expect(town.wires["one"]?.objects("things").count == 2)
  }

  @Test func whoWaitedAndIsOpenIsLeftAlone() async throws {
    let town = try Town([("a", "one", Self.chief("a"))])
    town.set("a", [(1, nil)])
    town.wires["one"]?.spoil { $0.method == "POST" ? .lostAfter : .none }
    #expect(try await town.run().only().unknown == 1)
    town.wires["one"]?.spoil { _ in .none }
    town.set("a", [(1, 2), (2, nil)])
    let report = try await town.run().only()
    #expect(report.created == 1)
    #expect(report.unknown == 1)
    #expect(town.wires["one"]?.objects("things").count == 2)
  }

  @Test func whoWaitedMayBeRefusedWithItsReason() async throws {
    let town = try Town([
      ("a", "one", Self.chief("a") + "\n  note: 'row.id == 1 ? string(1/(row.id - 1)) : \"\"'")
    ])
    town.set("a", [(1, 2), (2, nil)])
    let report = try await town.run().only()
    #expect(report.created == 1)
    #expect(report.rejected == 1)
    #expect(try report.reasons.only().field == "note")
  }

  @Test func aCycleOfMappingsIsClosedByASecondUpdate() async throws {
    func optional(_ mapping: String) -> String {
      "  chief_id: link(\"\(mapping)\", row.chief).orValue(null)"
    }
    let town = try Town([("a", "one", optional("b")), ("b", "one", optional("a"))])
    for name in ["a", "b"] { town.set(name, [(1, 1)]) }
    #expect(try await town.run().map(\.created) == [1, 1])
    #expect(try await town.run().map(\.updated).reduce(0, +) == 1)
    let objects = try #require(town.wires["one"]?.objects("things"))
    #expect(objects.map { $0["chief_id"]?.intValue } == [2, 1])
    #expect(try await town.run().allSatisfy { $0.unchanged == 1 })
  }

  @Test func aSourceThatFailsLeavesTheOtherMappings() async throws {
    let town = try Town([("a", "one", ""), ("b", "two", "")])
    town.set("a", [(1, nil)])
    town.source.tables.withLock {
      $0["b"]?.failure = SourceFailure(
        kind: .extract, source: "db", message: "no", remedy: "remedy")
    }
    let reports = try await town.run()
    #expect(reports.map(\.status) == [.succeeded, .failed])
    #expect(reports[1].remedy == "remedy")
  }
}
