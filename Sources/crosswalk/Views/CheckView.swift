import Operations

/// A line of `check`, with the way out where something is wrong.
enum CheckView {
  static func show(_ line: CheckLine) {
    let isGood = line.standing == .good && line.remedy == nil
    let sign = line.standing == .bad ? "✗" : isGood ? "✓" : "!"
    Terminal.print("\(sign) \(line.isPart ? "  " : "")\(line.subject): \(line.words)")
    if let remedy = line.remedy { Terminal.print("    = help: \(remedy)") }
  }
}
