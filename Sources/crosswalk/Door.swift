import Diagnostics
import Engine
import Foundation
import Operations
import Signals

/// The command line as a door to the operations: its environment, its signals, its terminal.
enum Door {
  /// What the first SIGINT or SIGTERM does. The second ends the program at once.
  enum Interrupted {
    /// What only reads ends at once.
    case endsAtOnce
    /// Calls under way are waited for, since their outcome would be unknown.
    case endsInOrder
  }

  /// Lets `body` work until it is done or told to end, by a signal or a deadline.
  static func open<Result>(
    _ project: String, _ progress: ProgressView = ProgressView(isQuiet: true),
    whenInterrupted interrupted: Interrupted = .endsAtOnce, deadline: Duration? = nil,
    variables: [String: String] = ProcessInfo.processInfo.environment,
    _ body: (Operations) async throws -> Result
  ) async throws -> Result {
    let stop = StopSignal()
    let signals = Task { await end(stop, when: interrupted) }
    let timer = Task {
      guard let deadline else { return }
      do { try await Task.sleep(for: deadline) } catch { return }
      end(stop, because: "the deadline of \(deadline.words) has passed")
    }
    defer {
      signals.cancel()
      timer.cancel()
    }
    let environment = OperationEnvironment(variables: variables, stop: stop) {
      show($0, progress)
    }
    do {
      return try await body(Operations(project: project, environment))
    } catch  where interrupted == .endsAtOnce && stop.isSet {
      // Whatever came of it, that is why.
      throw OperationFailure.interrupted
    }
  }

  // MARK: Ends

  /// For telling the servers to leave their statements; whether they have is not waited for.
  private static let farewell = Duration.milliseconds(300)

  /// Waits for signals.
  private static func end(_ stop: StopSignal, when interrupted: Interrupted) async {
    guard await Interruption.wait() else { return }
    switch interrupted {
    case .endsInOrder:
      end(stop, because: "interrupted")
      guard await Interruption.wait(for: 2) else { return }
    case .endsAtOnce:
      stop.set("interrupted")
      do { try await Task.sleep(for: farewell) } catch { return }
      Terminal.complain(OperationFailure.interrupted.description)
    }
    Crosswalk.end(with: Exit.unavailable.rawValue)
  }

  private static func end(_ stop: StopSignal, because reason: String) {
    Terminal.complain("\(reason): waiting for the calls that are under way")
    stop.set(reason)
  }

  // MARK: Events

  private static func show(_ event: OperationEvent, _ progress: ProgressView) {
    switch event {
    case .run(let event): progress.show(event)
    case .warning(let text): Terminal.complain("warning: \(text)")
    case .note(let text): Terminal.complain("note: \(text)")
    case .waiting(let text): Terminal.complain("waiting \(text)")
    case .findings(let findings): Terminal.show(findings)
    case .checked(let line): CheckView.show(line)
    }
  }
}

extension OperationFailure {
  static let interrupted = OperationFailure(
    .unavailable, "interrupted before it was done", remedy: "run it again when it may take its time"
  )
}
