import Diagnostics
import Foundation

/// The two streams that people and programs read.
enum Terminal {
  static let isInteractive = isatty(STDERR_FILENO) == 1
  static let hasColour =
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

  /// Results, on standard output.
  static func print(_ text: String) {
    write(text + "\n", to: .standardOutput)
  }

  /// Progress and complaints, on standard error.
  static func complain(_ text: String) {
    write(text + "\n", to: .standardError)
  }

  static func write(_ text: String, to handle: FileHandle) {
    // A reader that went away is no reason to stop the work.
    try? handle.write(contentsOf: Data(text.utf8))
  }

  static func show(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    let text = render(diagnostics, as: .text, colour: isInteractive && hasColour)
    write(text.hasSuffix("\n") ? text : text + "\n", to: .standardError)
  }
}

extension Duration {
  /// `33 s`, `4 min 10 s`, `2 h 5 min`.
  var words: String {
    let seconds = Int((self / .seconds(1)).rounded(.up))
    switch seconds {
    case ..<120: return "\(seconds) s"
    case ..<7200:
      return seconds % 60 == 0 ? "\(seconds / 60) min" : "\(seconds / 60) min \(seconds % 60) s"
    default: return "\(seconds / 3600) h \(seconds % 3600 / 60) min"
    }
  }
}

extension Int {
  /// `1,800`
  var grouped: String {
    let digits = String(magnitude)
    var text = ""
    for (index, digit) in digits.enumerated() {
      if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
      text.append(digit)
    }
    return self < 0 ? "-" + text : text
  }

  func counted(_ noun: String) -> String { "\(grouped) \(noun)\(self == 1 ? "" : "s")" }
}
