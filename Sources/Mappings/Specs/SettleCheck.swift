import Diagnostics

/// How long a write of unknown outcome rests, beside how long its answer may take.
enum SettleCheck {
  static func check(
    _ settle: Duration, total: Duration, at range: SourceRange, _ reading: inout Reading
  ) {
    guard settle <= total else { return }
    reading.report(
      Codes.shortRest, severity: .warning,
      "`settle` (\(seconds(settle))) is not longer than `timeouts.total` (\(seconds(total)))",
      at: range,
      notes: [
        Diagnostic.Note(
          "a write may still take effect when it is looked up, and would then be made twice")
      ],
      help: ["set `settle` above `timeouts.total`; 120s is the default"])
  }

  private static func seconds(_ duration: Duration) -> String {
    let milliseconds = Int64(duration / .milliseconds(1))
    return milliseconds.isMultiple(of: 1000) ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
  }
}
