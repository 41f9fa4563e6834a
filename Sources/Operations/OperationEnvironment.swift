import Engine

/// What a door supplies to an operation. Each operation has its own, with its own stop signal.
public struct OperationEnvironment: Sendable {
  /// The variables from which the files' settings are resolved.
  public var variables: [String: String]
  /// Set when the operation is to end in order.
  public var stop: StopSignal
  /// Receives events, from any task.
  public var report: @Sendable (OperationEvent) -> Void
  let clock = SystemClock()

  public init(
    variables: [String: String], stop: StopSignal = StopSignal(),
    report: @escaping @Sendable (OperationEvent) -> Void = { _ in }
  ) {
    self.variables = variables
    self.stop = stop
    self.report = report
  }
}
