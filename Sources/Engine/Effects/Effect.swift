/// What is agreed about the writes of unknown outcome at one target.
public struct EffectRules: Sendable, Hashable {
  /// How long such a write rests, so that a late one has landed and can be found.
  public var settle: Duration
  /// Look-ups in a row that must find nothing before it counts as not there.
  public var lookUps: Int
  public var interval: Duration
  /// Attempts that may come to nothing in this way before a person decides.
  public var attempts: Int
  /// Whether the target can be asked for an object by its key.
  public var canSearch: Bool
  /// Whether the target can be asked for an object by its id.
  public var canRead: Bool

  public init(
    settle: Duration = .seconds(120), lookUps: Int = 2, interval: Duration = .seconds(30),
    attempts: Int = 2, canSearch: Bool = true, canRead: Bool = true
  ) {
    self.settle = settle
    self.lookUps = lookUps
    self.interval = interval
    self.attempts = attempts
    self.canSearch = canSearch
    self.canRead = canRead
  }
}

/// Where one write stands, and what follows from what happens to it. Neither clock nor ledger nor wire: `docs/effects.md`
/// as a value. Times are milliseconds since 1970.
public struct Effect: Sendable, Hashable {
  public let operation: Operation
  public private(set) var state: IntentState
  /// Requests that may have left.
  public private(set) var attempt: Int
  public private(set) var sentAt: Instant?
  /// Before this nothing is to be done about it.
  public private(set) var notBefore: Instant?
  /// Look-ups in a row that found nothing.
  public private(set) var lookUps: Int
  /// Attempts of unknown outcome that turned out not to have happened.
  public private(set) var losses: Int

  public init(
    _ operation: Operation, state: IntentState = .planned, attempt: Int = 0, sentAt: Instant? = nil,
    notBefore: Instant? = nil, lookUps: Int = 0, losses: Int = 0
  ) {
    self.operation = operation
    self.state = state
    self.attempt = attempt
    self.sentAt = sentAt
    self.notBefore = notBefore
    self.lookUps = lookUps
    self.losses = losses
  }

  /// What an attempt's answer says about the write.
  public enum Answer: Sendable, Hashable {
    case done
    /// The record is wrong.
    case refused
    /// A unique value is in use: perhaps by an earlier write of our own.
    case taken
    /// The object is not there.
    case gone
    /// Nothing changed; not again before this.
    case later(notBefore: Instant)
    /// Nothing changed, and no more can be sent in this run.
    case over
    case unknown
    /// A success, with another object than the one that was meant.
    case another
  }

  /// What looking at the target has shown.
  public enum Finding: Sendable, Hashable {
    /// One object fits and belongs to nobody else.
    case one
    /// Nothing, in a reading that is whole.
    case none
    /// Several objects fit, or the one belongs to another key.
    case ambiguous
    /// The reading was not whole.
    case inconclusive
    /// The object's fields were read, or are taken for unknown: the next comparison decides.
    case readBack
    /// The object holds what was to be written.
    case asWritten
    /// The target has no object with the id.
    case gone
  }

  public enum Event: Sendable, Hashable {
    /// `sent` is durable, and the first byte may leave.
    case left
    case answered(Answer)
    /// A run finds the intent as an earlier one, or another process, left it.
    case inherited
    case lookedUp(Finding)
    /// The same, after the target had said that a value is taken.
    case lookedUpTaken(Finding)
  }

  /// What is to be done about it now.
  public enum Step: Sendable, Hashable {
    case send
    case wait(until: Instant)
    /// By its key; after a write of unknown outcome to a known object by its id.
    case lookUp
    /// Only a person can decide.
    case ask
    case nothing
  }

  public func next(at now: Instant, _ rules: EffectRules) -> Step {
    switch state {
    case .planned:
      guard let notBefore, notBefore > now else { return .send }
      return .wait(until: notBefore)
    case .sent, .unknown, .resolving:
      let settled = (sentAt ?? 0).later(by: rules.settle)
      let due = max(settled, notBefore ?? settled)
      return due > now ? .wait(until: due) : .lookUp
    case .quarantined: return .ask
    case .done, .rejected, .absent: return .nothing
    }
  }

  public mutating func take(_ event: Event, at now: Instant, _ rules: EffectRules) {
    // What is closed stays closed; what a person must decide, only a person moves.
    guard state.isOpen, state != .quarantined else { return }
    switch event {
    case .left: leave(at: now)
    case .answered(let answer): take(answer, rules)
    case .inherited: if state == .sent { state = .unknown }
    case .lookedUp(let finding): take(finding, at: now, rules)
    case .lookedUpTaken(let finding):
      switch finding {
      case .one: state = .done
      // The target has said no, and it was not because of us.
      case .none: state = .rejected
      case .ambiguous: state = .quarantined
      case .inconclusive, .readBack, .asWritten, .gone: break
      }
    }
  }

  private mutating func leave(at now: Instant) {
    state = .sent
    attempt += 1
    sentAt = now
    notBefore = nil
    lookUps = 0
  }

  private mutating func take(_ answer: Answer, _ rules: EffectRules) {
    switch answer {
    case .done: state = .done
    case .refused: state = .rejected
    case .taken: state = operation == .create && rules.canSearch ? .resolving : .rejected
    case .gone:
      switch operation {
      case .create: state = .rejected
      case .update, .restore: state = rules.canSearch ? .resolving : .quarantined
      // The path may be wrong, and the person still have what is to be taken away.
      case .deactivate:
        state = rules.canSearch ? .resolving : rules.canRead ? .unknown : .quarantined
      case .delete: state = .done
      }
    case .later(let moment):
      state = .planned
      notBefore = moment
    // How often it has been lost is not to be forgotten before it is done.
    case .over: state = losses > 0 ? .planned : .absent
    case .unknown: state = .unknown
    case .another:
      state = .unknown
      // The object may be there under another key. Who does not find it cannot tell, and must not make a second one.
      losses = max(losses, Self.allLost)
    }
  }

  /// More losses than any rules allow.
  private static let allLost = 1_000_000

  private mutating func take(_ finding: Finding, at now: Instant, _ rules: EffectRules) {
    switch finding {
    case .one: state = operation == .create ? .done : .absent
    case .ambiguous: state = .quarantined
    case .readBack: state = .absent
    case .asWritten: state = .done
    case .gone: vanish(rules)
    case .inconclusive: notBefore = now.later(by: max(rules.settle, rules.interval))
    case .none where !rules.canSearch: state = .quarantined
    case .none:
      lookUps += 1
      guard lookUps >= rules.lookUps else {
        notBefore = now.later(by: rules.interval)
        return
      }
      losses += 1
      notBefore = nil
      switch operation {
      case .create: state = losses >= rules.attempts ? .quarantined : .planned
      // An object that has vanished is never created again without being asked for.
      case .update, .restore: state = .quarantined
      // What is not there needs neither.
      case .deactivate, .delete: state = .done
      }
    }
  }

  /// The object is not there under its id. After our own delete that is what was wanted; in all other cases it may be there
  /// under another id.
  private mutating func vanish(_ rules: EffectRules) {
    switch operation {
    case .create: break
    case .delete: state = .done
    case .deactivate: state = rules.canSearch ? .resolving : .done
    case .update, .restore: state = rules.canSearch ? .resolving : .quarantined
    }
  }
}
