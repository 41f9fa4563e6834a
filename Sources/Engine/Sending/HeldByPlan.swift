import Programs

/// What is sent, where a plan is applied.
extension RecordSender {
  /// What becomes of a change that the applied plan does not let through; `nil` where it may be sent.
  func held(
    _ step: Approval.Step, _ change: PlannedChange, id: String = "", sent: [UInt8] = []
  ) -> RecordOutcome? {
    guard let gate else { return nil }
    switch gate.verdict(step, change, of: program.name, id: id, sent: sent) {
    case .approved: return nil
    case .unplanned: return .unplanned
    case .waits(let reason): return .busy(reason)
    case .outdated(let reason): return .outdated(reason)
    }
  }
}
