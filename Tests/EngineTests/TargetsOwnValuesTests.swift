import JSON
import Ledger
import Testing

@testable import Engine

/// What the target makes of the values that it is sent, and which of them it shows.
@Suite struct TargetsOwnValuesTests {
  private static let reconciling = Stage.Options(reconciles: true)

  /// Cuts what the schema says nothing about.
  @Sendable private static func cut(_ object: JSON) -> JSON {
    guard let note = object["note"]?.stringValue else { return object }
    return object.merging(["note": .string(String(note.prefix(4)))])
  }

  @Sendable private static func withoutNote(_ object: JSON) -> JSON {
    object.merging(["note": .null])
  }

  private func rows(_ stage: Stage, note: String = "a long note") {
    stage.source.set(
      "things",
      (1...3).map { id in
        [.int(Int64(id)), .text("Thing \(id)"), .text(note), .int(1), .null]
      })
  }

  private func patches(_ stage: Stage) -> Int {
    stage.target.writes.count { $0.method == "PATCH" }
  }

  private func setNotes(_ stage: Stage, _ note: JSON) {
    stage.target.state.withLock { state in
      for (id, object) in state.objects["things"] ?? [:] {
        state.objects["things"]?[id] = object.merging(["note": note])
      }
    }
  }

  @Test("What is written back twice and still differs is said once, and left")
  func perpetual() async throws {
    let stage = try Stage()
    rows(stage)
    stage.target.show(written: false, Self.cut)
    _ = try await stage.run()
    for round in 1...2 {
      let found = try #require(try await stage.runThings(Self.reconciling).reconciled)
      #expect(found.edited.count == 3 && found.altered.isEmpty)
      #expect(patches(stage) == 3 * round)
    }
    let plan = try await stage.runThings(
      Stage.Options(mode: .plan(details: 9), reconciles: true))
    #expect(plan.reconciled?.altered.count == 3 && plan.reconciled?.edited.isEmpty == true)
    let third = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(third.altered.count == 3 && third.edited.isEmpty)
    #expect(
      third.altered.first?.fields == [
        FieldChange(path: "note", before: "a long note", after: "a lo")
      ])
    let fourth = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(fourth.isClean)
    #expect(patches(stage) == 6)

    // Another value of theirs is an edit again, and another of ours is written.
    setNotes(stage, "else")
    let edited = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(edited.edited.count == 3)
    #expect(patches(stage) == 9)
    rows(stage, note: "another note")
    #expect(try await stage.runThings().updated == 3)
    #expect(try await stage.runThings(Self.reconciling).reconciled?.edited.count == 3)
  }

  @Test(
    "The same edit, made again and again, stays an edit where the value was seen in its place between"
  )
  func repeatedEdits() async throws {
    let stage = try Stage()
    rows(stage)
    _ = try await stage.run()
    for _ in 1...4 {
      setNotes(stage, "theirs")
      let edited = try #require(try await stage.runThings(Self.reconciling).reconciled)
      #expect(edited.edited.count == 3 && edited.altered.isEmpty)
      #expect(try await stage.runThings(Self.reconciling).reconciled?.isClean == true)
    }
  }

  @Test("An answer to a write that shows another value says so at once")
  func answers() async throws {
    let stage = try Stage()
    rows(stage)
    stage.target.show(Self.cut)
    _ = try await stage.run()
    let first = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(first.altered.count == 3 && first.edited.isEmpty)
    #expect(try await stage.runThings(Self.reconciling).reconciled?.isClean == true)
    #expect(patches(stage) == 0)
  }

  @Test("That an answer leaves out zero is the target's way; that it leaves out more says nothing")
  func leftOut() async throws {
    let stage = try Stage()
    stage.source.set(
      "things",
      [
        [.int(1), .text("One"), .text("note"), .int(0), .null],
        [.int(2), .text("Two"), .text("note"), .int(5), .null],
      ])
    stage.target.show { object in
      object["size"] == 0 ? object.merging(["size": .null]) : object
    }
    _ = try await stage.run()
    let found = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(found.edited.isEmpty && found.altered.count == 1, "\(found)")
    stage.target.state.withLock { state in
      for (id, object) in state.objects["things"] ?? [:] {
        state.objects["things"]?[id] = object.merging(["size": .null])
      }
    }
    let emptied = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(emptied.edited.map { $0.fields.map(\.before) } == [[5]])
  }

  @Test("An answer older than the write says nothing")
  func staleAnswers() async throws {
    let stage = try Stage()
    rows(stage)
    _ = try await stage.run()
    let before = stage.target.objects("things")
    stage.target.state.withLock { state in
      state.showWritten = { object in before.first { $0["id"] == object["id"] } ?? object }
    }
    rows(stage, note: "a new note")
    #expect(try await stage.runThings().updated == 3)
    setNotes(stage, "a long note")
    let found = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(found.edited.count == 3 && found.altered.isEmpty)
  }

  @Test("A field that was emptied in all objects is noticed")
  func emptied() async throws {
    let stage = try Stage()
    rows(stage)
    _ = try await stage.run()
    setNotes(stage, .null)
    let found = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(found.edited.count == 3 && found.notCompared.isEmpty, "\(found)")
    #expect(stage.target.objects("things").allSatisfy { $0["note"] == "a long note" })
  }

  @Test("A field that lists never show is named, and not written")
  func neverListed() async throws {
    let stage = try Stage()
    rows(stage)
    _ = try await stage.run()
    stage.target.state.withLock { $0.showListed = Self.withoutNote }
    let found = try #require(try await stage.runThings(Self.reconciling).reconciled)
    #expect(found.isClean)
    #expect(found.notCompared == ["note"])
    #expect(patches(stage) == 0)
  }

  private static let withoutGet = Stage.target.replacing(
    "    get: { call: \"GET /things/{id}\", object: data }\n", with: "")

  @Test("Without a call for one object an earlier listing tells, or nobody")
  func withoutGet() async throws {
    for isListedBefore in [true, false] {
      let stage = try Stage(target: Self.withoutGet)
      rows(stage)
      _ = try await stage.run()
      if isListedBefore { _ = try await stage.runThings(Self.reconciling) }
      setNotes(stage, .null)
      let found = try #require(try await stage.runThings(Self.reconciling).reconciled)
      #expect(found.edited.count == (isListedBefore ? 3 : 0))
      #expect(found.notCompared == (isListedBefore ? [] : ["note"]))
    }
  }

  @Test("A field that the target has never shown is named, and not written")
  func neverShown() async throws {
    let stage = try Stage()
    rows(stage)
    stage.target.show(Self.withoutNote)
    _ = try await stage.run()
    for _ in 1...2 {
      let found = try #require(try await stage.runThings(Self.reconciling).reconciled)
      #expect(found.isClean)
      #expect(found.notCompared == ["note"])
    }
    #expect(patches(stage) == 0)
  }
}
