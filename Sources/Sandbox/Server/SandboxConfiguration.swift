/// What a sandbox serves, where, and how fast its time runs.
public struct SandboxConfiguration: Sendable {
  /// The address to listen on. Control calls are accepted from this machine only, whatever it is.
  public var host = "127.0.0.1"
  /// Ports; 0 takes a free one.
  public var safetyampPort = 0
  public var samsaraPort = 0
  public var genericPort = 0

  /// nil: not served.
  public var safetyamp: SafetyAmpSettings? = SafetyAmpSettings()
  public var samsara: SamsaraSettings? = SamsaraSettings()
  public var generic: GenericCollection? = GenericCollection()

  /// The length of every rate window is divided by it: with 100 a minute lasts 0.6 seconds.
  public var timeScale = 1.0
  /// Draws the faults that have a probability.
  public var seed: UInt64 = 1
  /// What the calendar says at the start, in seconds since 1970, UTC; nil asks the machine.
  public var startedAt: Int64?

  public init() {}
}
