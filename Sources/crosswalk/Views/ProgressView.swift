import Engine
import Foundation
import Synchronization

/// Shows how far a run is: one line that is written over on a terminal, plain lines elsewhere.
final class ProgressView: Sendable {
  private struct State {
    var line = ""
    var forecast: [String: Duration] = [:]
    var lastPlain: [String: ContinuousClock.Instant] = [:]
  }
  private let state = Mutex(State())
  private let isInteractive: Bool
  private let isQuiet: Bool
  /// Whether changes are sent: then the end of each mapping is a line that stays.
  private let sends: Bool

  init(isQuiet: Bool = false, sends: Bool = true) {
    isInteractive = Terminal.isInteractive
    self.isQuiet = isQuiet
    self.sends = sends
  }

  func show(_ event: RunEvent) {
    // A long wait is said aloud in any case: otherwise it looks like a program that hangs.
    if isQuiet {
      guard case .waiting = event else { return }
    }
    state.withLock { state in
      switch event {
      case .started(let mapping, _): rewrite("\(mapping): reading", &state)
      case .read(let mapping, let rows):
        rewrite("\(mapping): \(rows.counted("row")) read", &state)
      case .listing(let mapping, let objects):
        rewrite("\(mapping): \(objects.counted("object")) at the target", &state)
      case .planned(let mapping, let changes, let forecast):
        state.forecast[mapping] = forecast
        guard changes > 0, sends else { return }
        plain(
          "\(mapping): \(changes.counted("change")) to send, about \(forecast.words)", &state)
      case .sent(let mapping, let done, let total): sent(mapping, done, total, &state)
      case .waiting(let target, let reason, let duration):
        plain("\(target): \(reason); waiting \(duration.words)", &state)
      case .finished(let report):
        if sends { plain(RunView.line(report), &state) } else { clear(&state) }
      }
    }
  }

  private func sent(_ mapping: String, _ done: Int, _ total: Int, _ state: inout State) {
    let left = total - done
    let share = total > 0 ? Double(left) / Double(total) : 0
    let time = (state.forecast[mapping] ?? .zero) * share
    let words =
      "\(mapping): \(done.grouped) of \(total.grouped) sent, \(left.grouped) left, about \(time.words)"
    if isInteractive {
      rewrite(words, &state)
    } else if left > 0 {
      let now = ContinuousClock.now
      if let last = state.lastPlain[mapping], last.duration(to: now) < .seconds(10) { return }
      if state.lastPlain.updateValue(now, forKey: mapping) != nil { Terminal.complain(words) }
    }
  }

  private func rewrite(_ line: String, _ state: inout State) {
    guard isInteractive else { return }
    state.line = line
    Terminal.rewriteLine(line)
  }

  private func clear(_ state: inout State) {
    guard isInteractive, !state.line.isEmpty else { return }
    state.line = ""
    Terminal.rewriteLine("")
  }

  private func plain(_ line: String, _ state: inout State) {
    clear(&state)
    Terminal.complain(line)
  }
}
