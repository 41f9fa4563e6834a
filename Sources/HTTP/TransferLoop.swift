import CLibCurl
import Foundation

/// Drives all transfers of one client on its own thread; nothing in here is touched by another.
final class TransferLoop {
  private let configuration: HTTPClient.Configuration
  private let mailbox: Mailbox
  private let multi: UnsafeMutableRawPointer?
  private var waiting: [Ticket] = []
  private var running: [UnsafeMutableRawPointer: Transfer] = [:]
  /// Handles of transfers that are over, to be used again.
  private var idle: [UnsafeMutableRawPointer] = []

  private static let globalInit = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

  init(configuration: HTTPClient.Configuration, mailbox: Mailbox) {
    self.configuration = configuration
    self.mailbox = mailbox
    multi = Self.globalInit == CURLE_OK ? curl_multi_init() : nil
  }

  private var maxRunning: Int { max(1, configuration.maxConnections) }

  /// Works until the mailbox closes, then fails what is left.
  func run() {
    guard let multi else { return refuseAll() }
    let limit = min(maxRunning, 1 << 16)
    curl_shim_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limit)
    curl_shim_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, limit)
    // One request at a time on a connection, also with HTTP/2: one that dies leaves one outcome unknown, not many.
    curl_shim_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_NOTHING))
    mailbox.setMulti(multi)
    while true {
      let mail = mailbox.take()
      for command in mail.commands {
        switch command {
        case .start(let ticket): waiting.append(ticket)
        case .cancel(let id): cancel(id, in: multi)
        }
      }
      if mail.closing { break }
      expireWaiting()
      startWaiting(in: multi)
      var active: Int32 = 0
      guard curl_multi_perform(multi, &active) == CURLM_OK else {
        failRunning(in: multi) { .setup("libcurl gave up on its transfers", sent: $0) }
        continue
      }
      finishDone(in: multi)
      if !waiting.isEmpty, running.count < maxRunning { continue }
      if curl_multi_poll(multi, nil, 0, pollMilliseconds, nil) != CURLM_OK {
        failRunning(in: multi) { .setup("libcurl cannot wait for its connections", sent: $0) }
        Thread.sleep(forTimeInterval: 0.05)
      }
    }
    failRunning(in: multi) { .shutDown(sent: $0) }
    for ticket in waiting { ticket.fail(.shutDown(sent: .provablyNot)) }
    mailbox.setMulti(nil)
    for easy in idle { curl_easy_cleanup(easy) }
    curl_multi_cleanup(multi)
  }

  private func startWaiting(in multi: UnsafeMutableRawPointer) {
    while running.count < maxRunning, !waiting.isEmpty {
      let ticket = waiting.removeFirst()
      guard let easy = idle.popLast() ?? curl_easy_init() else {
        ticket.fail(.setup("libcurl cannot prepare the request", sent: .provablyNot))
        continue
      }
      let transfer = Transfer(ticket, configuration, easy: easy)
      guard transfer.prepare(), curl_multi_add_handle(multi, easy) == CURLM_OK else {
        ticket.fail(.setup("libcurl cannot prepare the request", sent: .provablyNot))
        idle.append(transfer.dropOptions())
        continue
      }
      running[easy] = transfer
    }
  }

  private func finishDone(in multi: UnsafeMutableRawPointer) {
    var code = CURLE_OK
    while let easy = curl_shim_multi_next_done(multi, &code) {
      guard let transfer = running.removeValue(forKey: easy) else { continue }
      let outcome = transfer.outcome(code)
      putBack(transfer, easy, from: multi)
      transfer.ticket.continuation.resume(returning: outcome)
    }
  }

  private func cancel(_ id: UInt64, in multi: UnsafeMutableRawPointer) {
    if let index = waiting.firstIndex(where: { $0.id == id }) {
      waiting.remove(at: index).fail(.cancelled(sent: .provablyNot))
    } else if let (easy, transfer) = running.first(where: { $0.value.ticket.id == id }) {
      running[easy] = nil
      putBack(transfer, easy, from: multi)
      transfer.ticket.fail(.cancelled(sent: transfer.sent))
    }
  }

  private func putBack(
    _ transfer: Transfer, _ easy: UnsafeMutableRawPointer, from multi: UnsafeMutableRawPointer
  ) {
    curl_multi_remove_handle(multi, easy)
    idle.append(transfer.dropOptions())
  }

  private func failRunning(
    in multi: UnsafeMutableRawPointer, _ error: (HTTPError.Sent) -> HTTPError
  ) {
    for (easy, transfer) in running {
      putBack(transfer, easy, from: multi)
      transfer.ticket.fail(error(transfer.sent))
    }
    running = [:]
  }

  private func expireWaiting() {
    let now = ContinuousClock.now
    waiting.removeAll { ticket in
      guard ticket.deadline <= now else { return false }
      ticket.fail(
        HTTPError(
          .connectTimeout, "no connection became free within the time allowed",
          remedy: "Allow more connections or a longer time-out.", sent: .provablyNot))
      return true
    }
  }

  /// Until the first waiting ticket's deadline; libcurl itself shortens the wait for its own timers.
  private var pollMilliseconds: Int32 {
    guard let first = waiting.map(\.deadline).min() else { return 60_000 }
    return Int32(clamping: min(60_000, (first - .now).wholeMilliseconds))
  }

  /// Answers every request with a failure when libcurl could not even start.
  private func refuseAll() {
    while true {
      let mail = mailbox.take()
      for case .start(let ticket) in mail.commands {
        ticket.fail(.setup("libcurl cannot start", sent: .provablyNot))
      }
      if mail.closing { return }
      Thread.sleep(forTimeInterval: 0.1)
    }
  }
}

extension Duration {
  /// Rounded up to at least 1, and bounded so that it fits libcurl's 32-bit timers.
  var wholeMilliseconds: Int {
    let bounded = Swift.min(self, .seconds(2_000_000))
    let (seconds, attoseconds) = bounded.components
    let milliseconds = Int(clamping: seconds).multipliedReportingOverflow(by: 1000)
    if milliseconds.overflow { return 1 }
    return max(
      1,
      milliseconds.partialValue + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
  }
}
