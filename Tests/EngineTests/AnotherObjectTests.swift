import Engine
import JSON
import Rows
import Testing

/// What the target shows of one object is not taken for another, however alike the two are.
@Suite struct AnotherObjectTests {
  private static let composed = "Jos\u{E9}"
  private static let decomposed = "Jose\u{301}"
  /// Things that are matched by their names.
  private static let byName = Stage.things.replacing(
    #"code: '"t" + string(row.id)'"#, with: "code: row.name")

  private func thing(_ id: Int64, _ name: String) -> [Cell] {
    [.int(id), .text(name), .null, .null, .null]
  }

  @Test func anObjectWithTheSameLettersInOtherBytesIsNotAdopted() async throws {
    let stage = try Stage(things: Self.byName)
    stage.target.put(["code": .string(Self.decomposed), "name": "somebody else"], in: "things")
    stage.source.set("things", [thing(1, Self.composed)])
    let report = try await stage.runThings()
    #expect(report.created == 1)
    #expect(report.adopted == 0)
    #expect(stage.target.objects("things").first?["name"] == "somebody else")
  }

  @Test func twoRowsWithTheSameLettersInOtherBytesAreTwoObjects() async throws {
    let stage = try Stage(things: Self.byName)
    stage.source.set("things", [thing(1, Self.composed), thing(2, Self.decomposed)])
    #expect(try await stage.runThings().created == 2)
    #expect(stage.target.objects("things").count == 2)
    #expect(try await stage.runThings().unchanged == 2)
  }
}
