import JSON

/// Everything that one pretend system knows and remembers, changed by one call after the other.
struct PretendState: Sendable {
  /// What is to happen on the wire.
  struct Reaction: Sendable {
    /// nil: the connection is closed without an answer.
    var answer: Answer?
    var delay: Duration = .zero
    /// The answer's body stops after so many bytes.
    var cut: Int?
    /// The connection is closed after the answer, unannounced.
    var hangUp = false
    /// Where the connection is closed, it is reset.
    var resets = false
    /// The call takes effect only after so much time.
    var landing: Duration?
  }

  var vendor: any Vendor
  var faults: FaultPlan
  var log = CallLog()
  private var limiter: RateLimiter
  private let startedAt: Int64
  /// The limits, with the lengths that they have in reality.
  let windows: [RateWindow]

  init(
    vendor: any Vendor, windows: [RateWindow], timeScale: Double, seed: UInt64, startedAt: Int64
  ) {
    self.vendor = vendor
    self.startedAt = startedAt
    self.windows = windows
    limiter = RateLimiter(windows, timeScale: timeScale)
    faults = FaultPlan(seed: seed)
  }

  func moment(_ elapsed: Duration, indexLag: Duration = .zero) -> Moment {
    Moment(elapsed: elapsed, startedAt: startedAt, indexLag: indexLag)
  }

  /// Answers a call that arrived now: who calls, the windows, the faults, and only then the vendor's rules.
  mutating func react(to call: Call, at now: Duration) -> Reaction {
    var fault: Fault?
    var refused = false
    var reaction: Reaction
    if let refusal = vendor.refusal(of: call) {
      reaction = Reaction(answer: refusal)
    } else {
      switch limiter.admit(call, at: now) {
      case .refused(let window, let wait):
        refused = true
        reaction = Reaction(answer: vendor.tooManyCalls(in: window, wait: wait))
      case .admitted(let window, let remaining):
        fault = faults.strike(call)
        reaction = perform(call, struckBy: fault, at: now)
        if let window {
          reaction.answer?.headers += vendor.allowance(in: window, remaining: remaining)
        }
      }
    }
    log.record(
      call, at: now, status: reaction.answer?.status, refused: refused, fault: fault)
    return reaction
  }

  /// Lets a late call take effect.
  mutating func land(_ call: Call, at now: Duration) {
    _ = vendor.answer(call, at: moment(now))
  }

  private mutating func perform(_ call: Call, struckBy fault: Fault?, at now: Duration) -> Reaction
  {
    guard let fault else { return Reaction(answer: vendor.answer(call, at: moment(now))) }
    let then = moment(now, indexLag: fault.indexLag)
    var reaction = Reaction(delay: fault.delay, resets: fault.resets)
    switch fault.kind {
    case .none:
      reaction.answer = vendor.answer(call, at: then)
    case .status(let status, let retryAfter, let applied):
      if applied { _ = vendor.answer(call, at: then) }
      reaction.answer = vendor.failure(status, Self.phrase(status))
      if let retryAfter { reaction.answer?.headers.append(then.header(retryAfter)) }
    case .reply(let status, let contentType, let body, let applied):
      if applied { _ = vendor.answer(call, at: then) }
      reaction.answer = Answer(status, body: .bytes(Array(body.utf8), contentType: contentType))
    case .redirect(let location):
      reaction.answer = Answer(302, headers: [.init("Location", location)])
    case .dropBefore:
      break
    case .dropAfter:
      _ = vendor.answer(call, at: then)
    case .cut(let bytes):
      reaction.answer = vendor.answer(call, at: then)
      reaction.cut = bytes
    case .withoutID:
      reaction.answer = vendor.answer(call, at: then).without(vendor.idMember)
    case .errorBody:
      reaction.answer = vendor.failure(500, Self.phrase(500))
      reaction.answer?.status = 200
    case .emptyList:
      reaction.answer = vendor.emptyList()
    case .shift:
      vendor.shift(call)
      reaction.answer = vendor.answer(call, at: then)
    case .late(let duration):
      reaction.landing = duration
    case .hangUp:
      reaction.answer = vendor.answer(call, at: then)
      reaction.hangUp = true
    }
    return reaction
  }

  /// The words of a status that a fault brings about.
  static func phrase(_ status: Int) -> String {
    switch status {
    case 202: "Accepted"
    case 401: "Unauthenticated."
    case 403: "This action is unauthorized."
    case 408: "Request Timeout"
    case 429: "Too Many Attempts."
    case 500: "Server Error"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Status \(status)"
    }
  }
}

extension Moment {
  fileprivate func header(_ retryAfter: Fault.RetryAfter) -> Answer.Header {
    switch retryAfter {
    case .seconds(let text): Answer.Header("Retry-After", text)
    case .date(let seconds): Answer.Header("Retry-After", httpDate(after: seconds))
    }
  }
}

extension Duration {
  /// As a number of seconds.
  var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) / 1e18
  }
}
