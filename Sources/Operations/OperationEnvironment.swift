import Engine

/// What an operation gets from its door. Each operation has its own, and so its own stop.
public struct OperationEnvironment: Sendable {
  /// By which the settings of the files are resolved.
  public var variables: [String: String]
  /// Says when the operation is to end in order.
  public var stop: StopSignal
  /// Told of what happens, from any task.
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
