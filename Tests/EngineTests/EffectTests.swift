import Engine
import Testing

/// Every transition of the protocol, as a table.
@Suite struct EffectTests {
  private static let rules = EffectRules(
    settle: .seconds(120), lookUps: 2, interval: .seconds(30), attempts: 2, canSearch: true)
  private static let blind = EffectRules(canSearch: false)

  struct Row: Sendable, CustomStringConvertible {
    var operation = Engine.Operation.create
    var from: IntentState
    var lookUps = 0
    var losses = 0
    var event: Effect.Event
    var isBlind = false
    var to: IntentState
    var description: String { "\(operation) \(from) \(event) → \(to)" }
  }

  private static func answer(
    _ operation: Engine.Operation, _ answer: Effect.Answer, _ to: IntentState, losses: Int = 0,
    isBlind: Bool = false
  ) -> Row {
    Row(
      operation: operation, from: .sent, losses: losses, event: .answered(answer), isBlind: isBlind,
      to: to)
  }

  static let answers: [Row] =
    Engine.Operation.allCases.flatMap { operation in
      [
        answer(operation, .done, .done), answer(operation, .refused, .rejected),
        answer(operation, .unknown, .unknown),
        answer(operation, .later(notBefore: 5), .planned), answer(operation, .over, .absent),
        answer(operation, .over, .planned, losses: 1),
      ]
    } + [
      answer(.create, .taken, .resolving), answer(.create, .taken, .rejected, isBlind: true),
      answer(.update, .taken, .rejected), answer(.create, .gone, .rejected),
      answer(.update, .gone, .resolving), answer(.update, .gone, .quarantined, isBlind: true),
      answer(.restore, .gone, .resolving), answer(.deactivate, .gone, .resolving),
      answer(.deactivate, .gone, .unknown, isBlind: true), answer(.delete, .gone, .done),
    ]

  static let findings: [Row] = [
    Row(from: .sent, event: .inherited, to: .unknown),
    Row(from: .planned, event: .inherited, to: .planned),
    Row(from: .resolving, event: .inherited, to: .resolving),
    Row(from: .planned, event: .left, to: .sent),
    Row(from: .unknown, event: .lookedUp(.one), to: .done),
    Row(operation: .update, from: .resolving, event: .lookedUp(.one), to: .absent),
    Row(from: .unknown, event: .lookedUp(.none), to: .unknown),
    Row(from: .unknown, lookUps: 1, event: .lookedUp(.none), to: .planned),
    Row(from: .unknown, lookUps: 1, losses: 1, event: .lookedUp(.none), to: .quarantined),
    Row(from: .unknown, event: .lookedUp(.none), isBlind: true, to: .quarantined),
    Row(operation: .update, from: .resolving, event: .lookedUp(.none), to: .resolving),
    Row(
      operation: .update, from: .resolving, lookUps: 1, event: .lookedUp(.none), to: .quarantined),
    Row(from: .unknown, event: .lookedUp(.ambiguous), to: .quarantined),
    Row(from: .unknown, event: .lookedUp(.inconclusive), to: .unknown),
    Row(operation: .update, from: .unknown, event: .lookedUp(.readBack), to: .absent),
    Row(operation: .delete, from: .unknown, event: .lookedUp(.readBack), to: .absent),
    Row(operation: .delete, from: .unknown, event: .lookedUp(.gone), to: .done),
    Row(operation: .delete, from: .unknown, event: .lookedUp(.none), to: .unknown),
    Row(operation: .delete, from: .unknown, lookUps: 1, event: .lookedUp(.none), to: .done),
    Row(operation: .deactivate, from: .unknown, event: .lookedUp(.gone), to: .resolving),
    Row(operation: .deactivate, from: .unknown, event: .lookedUp(.gone), isBlind: true, to: .done),
    Row(operation: .deactivate, from: .resolving, lookUps: 1, event: .lookedUp(.none), to: .done),
    Row(operation: .deactivate, from: .unknown, event: .lookedUp(.asWritten), to: .done),
    Row(operation: .update, from: .unknown, event: .lookedUp(.gone), to: .resolving),
    Row(
      operation: .update, from: .unknown, event: .lookedUp(.gone), isBlind: true, to: .quarantined),
    Row(operation: .restore, from: .unknown, event: .lookedUp(.asWritten), to: .done),
    Row(
      operation: .restore, from: .resolving, lookUps: 1, event: .lookedUp(.none), to: .quarantined),
    Row(from: .resolving, event: .lookedUpTaken(.one), to: .done),
    Row(from: .resolving, event: .lookedUpTaken(.none), to: .rejected),
    Row(from: .resolving, event: .lookedUpTaken(.ambiguous), to: .quarantined),
    Row(from: .resolving, event: .lookedUpTaken(.inconclusive), to: .resolving),
  ]

  @Test(arguments: answers + findings) func aTransition(_ row: Row) {
    var effect = Effect(
      row.operation, state: row.from, attempt: 1, sentAt: 0, lookUps: row.lookUps,
      losses: row.losses)
    effect.take(row.event, at: 1000, row.isBlind ? Self.blind : Self.rules)
    #expect(effect.state == row.to)
  }

  @Test(arguments: [IntentState.done, .rejected, .absent, .quarantined])
  func nothingMovesWhatIsClosedOrAPersons(_ state: IntentState) {
    for row in Self.answers + Self.findings {
      var effect = Effect(row.operation, state: state, attempt: 1, sentAt: 0)
      let before = effect
      effect.take(row.event, at: 1000, Self.rules)
      #expect(effect == before, "\(row)")
    }
  }

  @Test func whatHasLeftRestsAndIsThenLookedUpTwice() {
    var effect = Effect(.create)
    #expect(effect.next(at: 0, Self.rules) == .send)
    effect.take(.left, at: 10, Self.rules)
    #expect(effect.attempt == 1)
    #expect(effect.next(at: 10, Self.rules) == .wait(until: 120_010))
    effect.take(.answered(.unknown), at: 20, Self.rules)
    #expect(effect.next(at: 120_009, Self.rules) == .wait(until: 120_010))
    #expect(effect.next(at: 120_010, Self.rules) == .lookUp)
    effect.take(.lookedUp(.none), at: 130_000, Self.rules)
    #expect(effect.next(at: 130_000, Self.rules) == .wait(until: 160_000))
    effect.take(.lookedUp(.none), at: 160_000, Self.rules)
    #expect(effect.next(at: 160_000, Self.rules) == .send)
    #expect(effect.losses == 1)
    // The second attempt begins to count anew, and is the last.
    effect.take(.left, at: 200_000, Self.rules)
    #expect(effect.lookUps == 0)
    effect.take(.answered(.unknown), at: 200_100, Self.rules)
    effect.take(.lookedUp(.none), at: 330_000, Self.rules)
    effect.take(.lookedUp(.none), at: 360_000, Self.rules)
    #expect(effect.next(at: 360_000, Self.rules) == .ask)
  }

  @Test func aReadingThatIsNotWholeIsNotRepeatedAtOnce() {
    var effect = Effect(.create, state: .unknown, attempt: 1, sentAt: 0)
    effect.take(.lookedUp(.inconclusive), at: 200_000, Self.rules)
    #expect(effect.lookUps == 0)
    #expect(effect.next(at: 200_000, Self.rules) == .wait(until: 320_000))
  }

  @Test func whatIsToComeLaterWaitsAsLong() {
    var effect = Effect(.update, state: .sent, attempt: 1, sentAt: 0)
    effect.take(.answered(.later(notBefore: 9_000)), at: 100, Self.rules)
    #expect(effect.next(at: 8_999, Self.rules) == .wait(until: 9_000))
    #expect(effect.next(at: 9_000, Self.rules) == .send)
  }

  @Test func closedMeansNothingIsLeftToDo() {
    for state in IntentState.allCases where !state.isOpen {
      #expect(Effect(.create, state: state).next(at: 0, Self.rules) == .nothing)
    }
  }
}
