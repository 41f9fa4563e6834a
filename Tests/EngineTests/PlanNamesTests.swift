import Engine
import JSON
import Rows
import Testing

/// What people call the objects of a plan.
@Suite struct PlanNamesTests {
  private static let things = Stage.things + "\ntitle: [name, code]\n"

  private func row(_ id: Int64, _ name: String, group: Int64? = nil) -> [Cell] {
    [.int(id), .text(name), .null, .null, group.map { .int($0) } ?? .null]
  }

  private func items(_ stage: Stage) async throws -> [PlannedChange.Kind: PlanItem] {
    let plan = try await stage.outcome(Stage.Options(mode: .plan(details: 10)))
    return Dictionary(
      plan.items.filter { $0.mapping == "things" }.map { ($0.kind, $0) }
    ) { first, _ in first }
  }

  @Test func aChangeIsNamedByTheMappingsTitle() async throws {
    let stage = try Stage(things: Self.things)
    stage.source.set("groups", [[.int(7), .text("North")]])
    stage.source.set("things", [row(1, "One", group: 7), row(2, "Two")])
    try await stage.run()
    stage.source.set("things", [row(1, "Uno", group: 7), row(3, "Three", group: 7)])
    try await stage.run()
    let items = try await items(stage)
    #expect(items[.create] == nil)
    #expect(items[.deactivate]?.title == "Two t2")
    stage.source.set(
      "things", [row(1, "Ein"), row(3, "Three", group: 7), row(4, "Four", group: 7)])
    let later = try await self.items(stage)
    #expect(later[.create]?.title == "Four t4")
    let update = try #require(later[.update])
    #expect(update.title == "Ein t1")
    #expect(update.linked.values.map(\.mapping) == ["groups"])
    #expect(update.linked.values.map { "\($0.key)" } == ["7"])
  }

  @Test func withoutATitleThereIsNone() async throws {
    let stage = try Stage()
    stage.source.set("things", [row(1, "One")])
    #expect(try await items(stage)[.create]?.title == nil)
  }
}
