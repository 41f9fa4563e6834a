import Diagnostics

/// A system written to: how to reach it, what it allows, and the resources it has.
public struct TargetDefinition: Sendable {
  public var name: Located<String>
  public var file: SourceFile
  public var baseURL: Setting
  /// Sent as `Authorization: Bearer …`.
  public var bearer: Setting?
  public var headers: [Header]
  public var connectTimeout: Duration
  public var totalTimeout: Duration
  /// Requests under way at once.
  public var concurrency: Int
  /// Bytes of the largest body of an answer.
  public var maxAnswer = 10 << 20
  public var limits: [LimitDefinition]
  /// What an answer takes, for forecasts; `nil` for what a run sees.
  public var latency: Duration?
  /// Divides the length of every window; 1 outside demonstrations and tests.
  public var windowScale: Setting?
  public var retry: RetryDefinition
  public var breaker: BreakerDefinition
  /// How long an unknown outcome rests before the target is asked.
  public var settle: Duration
  public var lookUp: LookUpDefinition
  /// What answers mean, first match first; the built-in meanings follow.
  public var answers: [AnswerRule]
  public var errorBody: ErrorBody
  /// A cheap call that proves the address and the token, for `check`.
  public var probe: CallDefinition?
  /// Whether plain HTTP and loopback addresses are allowed: for a sandbox on this machine only.
  public var development: Setting?
  /// The file of the authorities to trust in place of the system's.
  public var authority: Setting?
  /// The address of a proxy, or `environment`.
  public var proxy: Setting?
  public var resources: [ResourceDefinition]

  public struct Header: Sendable {
    public var name: Located<String>
    public var value: Setting

    public init(name: Located<String>, value: Setting) {
      self.name = name
      self.value = value
    }
  }

  public init(
    name: Located<String>, file: SourceFile, baseURL: Setting, bearer: Setting?, headers: [Header],
    connectTimeout: Duration, totalTimeout: Duration, concurrency: Int, limits: [LimitDefinition],
    latency: Duration? = nil, windowScale: Setting?, retry: RetryDefinition,
    breaker: BreakerDefinition, settle: Duration, lookUp: LookUpDefinition = LookUpDefinition(),
    answers: [AnswerRule], errorBody: ErrorBody, probe: CallDefinition?, development: Setting?,
    resources: [ResourceDefinition]
  ) {
    self.name = name
    self.file = file
    self.baseURL = baseURL
    self.bearer = bearer
    self.headers = headers
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.concurrency = concurrency
    self.limits = limits
    self.latency = latency
    self.windowScale = windowScale
    self.retry = retry
    self.breaker = breaker
    self.settle = settle
    self.lookUp = lookUp
    self.answers = answers
    self.errorBody = errorBody
    self.probe = probe
    self.development = development
    self.resources = resources
  }
}
