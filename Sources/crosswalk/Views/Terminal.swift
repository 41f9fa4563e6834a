import Diagnostics
import Foundation
import JSON
import Synchronization

/// The two streams that people and programs read.
///
/// Nothing foreign steers a terminal: what is printed here has its control characters made visible.
enum Terminal {
  enum Output: Int32 {
    case standard = 1
    case error = 2

    var name: String { self == .standard ? "standard output" : "standard error" }
  }

  static let isInteractive = isatty(STDERR_FILENO) == 1
  static let hasColour =
    isatty(STDOUT_FILENO) == 1 && ProcessInfo.processInfo.environment["NO_COLOR"] == nil

  /// Results, on standard output.
  static func print(_ text: String) {
    write(VisibleText.escaped(text, keepsLines: true) + "\n", to: .standard)
  }

  static func print(json: JSON) {
    write(VisibleText.escaped(json: json.description) + "\n", to: .standard)
  }

  /// Progress and complaints, on standard error.
  static func complain(_ text: String) {
    write(VisibleText.escaped(text, keepsLines: true) + "\n", to: .error)
  }

  static func show(_ diagnostics: [Diagnostic]) {
    guard !diagnostics.isEmpty else { return }
    show(render(diagnostics, as: .text, colour: isInteractive && hasColour), on: .error)
  }

  /// What has been rendered: its colours are ours, and what is foreign in it is safe.
  static func show(_ rendered: String, on output: Output) {
    write(rendered.hasSuffix("\n") || rendered.isEmpty ? rendered : rendered + "\n", to: output)
  }

  /// Writes over the current line of a terminal.
  static func rewriteLine(_ line: String) {
    write("\r\u{1B}[K" + VisibleText.escaped(line), to: .error)
  }

  // MARK: Writing

  /// Why something could not be written.
  private static let loss = Mutex<String?>(nil)

  private static func write(_ text: String, to output: Output) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes {
        writeBytes(output.rawValue, $0.baseAddress, $0.count)
      }
      if count >= 0 {
        start += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN:
        // Another program has made the stream one that does not wait.
        var stream = pollfd(fd: output.rawValue, events: Int16(POLLOUT), revents: 0)
        _ = poll(&stream, 1, -1)
      // A reader that went away has read enough, and is no reason to stop the work.
      case EPIPE: return
      default:
        let reason = String(cString: strerror(errno)).lowercased()
        loss.withLock { $0 = $0 ?? "\(output.name) cannot be written: \(reason)" }
        return
      }
    }
  }

  /// The status with which the program ends: a result that was not written is not a success.
  static func status(_ status: Int32) -> Int32 {
    guard let loss = loss.withLock({ $0 }) else { return status }
    complain("error: \(loss)\n  = help: make room, or write the output elsewhere")
    return Exit.unavailable.rawValue
  }

  /// Keeps the numbers of streams that were closed from the start: a file that got one of them would be written into.
  static func reserveStreams() {
    for number in STDIN_FILENO...STDERR_FILENO where fcntl(number, F_GETFD) < 0 {
      // For reading only, so that writing fails.
      _ = open("/dev/null", O_RDONLY)
    }
  }
}

private func writeBytes(_ file: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
  write(file, bytes, count)
}
