import Foundation
import Loopback
import Sandbox
import Synchronization

/// Stands before a pretended system on a loopback port, hands calls on, and does a fault to those that it is told.
final class FaultProxy: Sendable {
  private struct State: Sendable {
    var fault: (@Sendable (Exchange) -> Void)?
    var isVictim: @Sendable (RawServer.Seen) -> Bool = { _ in false }
    var left = 0
    var struck = 0
    /// Calls that are to land later.
    var late: [Exchange] = []
  }

  /// What the connections' threads share with the test.
  private final class Orders: Sendable {
    let state = Mutex(State())
  }

  private let server: RawServer
  private let orders: Orders

  var url: String { server.url }

  init(before system: PretendSystem) throws {
    let orders = Orders()
    let upstream = UInt16(system.url.split(separator: ":").last ?? "") ?? 0
    self.orders = orders
    server = try RawServer { connection, seen in
      let exchange = Exchange(
        connection: connection, seen: seen, upstream: upstream,
        postpone: { late in orders.state.withLock { $0.late.append(late) } })
      let fault = orders.state.withLock { state -> (@Sendable (Exchange) -> Void)? in
        guard state.left > 0, state.isVictim(seen) else { return nil }
        state.left -= 1
        state.struck += 1
        return state.fault
      }
      if let fault { fault(exchange) } else { exchange.relay() }
    }
  }

  /// From now on, so many calls that fit meet the fault.
  func strike(
    _ times: Int, _ isVictim: @escaping @Sendable (RawServer.Seen) -> Bool,
    with fault: @escaping @Sendable (Exchange) -> Void
  ) {
    orders.state.withLock { state in
      state.fault = fault
      state.isVictim = isVictim
      state.left = times
    }
  }

  /// Ends the fault, lets land what was held back, and tells how many calls were struck.
  func relent() async -> Int {
    let (late, struck) = orders.state.withLock { state in
      defer { state = State() }
      return (state.late, state.struck)
    }
    for exchange in late {
      // Not on a thread of the pool: the system behind needs one to answer.
      await withCheckedContinuation { landed in
        Thread {
          _ = exchange.apply()
          landed.resume()
        }.start()
      }
    }
    return struck
  }
}

/// One call at the proxy, with what can be done to it.
struct Exchange: Sendable {
  let connection: Connection
  let seen: RawServer.Seen
  let upstream: UInt16
  fileprivate let postpone: @Sendable (Exchange) -> Void

  /// The target carries the call out; `body`: with this in place of its own body.
  func apply(_ body: [UInt8]? = nil) -> (status: Int, contentType: String, body: [UInt8])? {
    Upstream.answer(to: seen, body: body, at: upstream)
  }

  /// Nothing is wrong: the target's own answer.
  func relay() {
    guard let answer = apply() else { return connection.end() }
    connection.answer(
      answer.status, headers: ["Content-Type: \(answer.contentType)"], bytes: answer.body)
  }

  /// The target carries the call out when the fault is over.
  func applyLater() { postpone(self) }
}
