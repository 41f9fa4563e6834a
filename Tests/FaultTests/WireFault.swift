import Foundation
import Loopback

/// One way in which a call goes wrong.
struct WireFault: Sendable {
  enum Place: Sendable {
    /// The target is said to be at an address where it is not; the text is made when it is needed.
    case address(@Sendable () throws -> Address)
    /// At so many calls.
    case call(times: Int, @Sendable (Exchange) -> Void)
    /// At every call, whoever makes it.
    case everyCall(@Sendable (Exchange) -> Void)
  }

  /// An address, with what must live as long as it is in use.
  struct Address {
    var url: String
    var keeper: AnyObject?
  }

  let place: Place
  /// How long the client waits for an answer.
  var patience: Duration = .seconds(60)

  /// For calls that are never answered. No other call may take as long, on however busy a machine.
  static let short = Duration.seconds(15)

  // MARK: Addresses

  /// A reserved name that nobody can register.
  static let noSuchName = WireFault(place: .address { Address(url: "https://shop.invalid") })

  /// Nobody listens at a port that was free a moment ago.
  static let refused = WireFault(
    place: .address {
      let closed = try RawServer { connection, _ in connection.end() }
      return Address(url: closed.url)
    })

  static let selfSigned = WireFault(
    place: .address {
      let folder = try TLSServer.makeCertificates()
      defer { try? FileManager.default.removeItem(at: folder) }
      let server = try TLSServer(certificate: "self", in: folder)
      return Address(url: "https://127.0.0.1:\(server.port)", keeper: server)
    })

  // MARK: Calls

  /// Whether the target carries the call out before the fault shows.
  enum Effect: Sendable {
    case none
    case applied
    /// Only after the client has given up.
    case late
  }

  /// Something done to the connection in place of an answer.
  static func at(
    _ effect: Effect, patience: Duration = .seconds(60),
    _ act: @escaping @Sendable (Connection) -> Void
  ) -> WireFault {
    let place = Place.call(times: 1) { exchange in
      switch effect {
      case .none: break
      case .applied: _ = exchange.apply()
      case .late: exchange.applyLater()
      }
      act(exchange.connection)
    }
    return WireFault(place: place, patience: patience)
  }

  /// No answer comes within the client's patience.
  static func silence(_ effect: Effect) -> WireFault {
    at(effect, patience: short) { _ in }
  }

  /// Another answer than the target's own.
  static func answer(
    _ status: Int, _ body: String = "{}", _ headers: [String] = [],
    type: String = "application/json",
    after effect: Effect = .none, times: Int = 1
  ) -> WireFault {
    let place = Place.call(times: times) { exchange in
      if effect == .applied { _ = exchange.apply() }
      exchange.connection.answer(status, headers: ["Content-Type: \(type)"] + headers, body)
    }
    return WireFault(place: place)
  }

  /// The target's own answer, changed on its way. A deletion is answered with nothing, of which nothing can be changed.
  static func changed(
    _ change: @escaping @Sendable (Connection, [UInt8]) -> Void
  ) -> WireFault {
    WireFault(
      place: .call(times: 1) { exchange in
        guard let answer = exchange.apply() else { return exchange.connection.end() }
        let said = #"{ "deleted": true }"#
        change(exchange.connection, answer.body.isEmpty ? Array(said.utf8) : answer.body)
      })
  }

  /// Every connection is closed as soon as it has carried one answer, and the answer promises otherwise.
  static let closedWhenIdle = WireFault(
    place: .everyCall { exchange in
      exchange.relay()
      exchange.connection.end()
    })
}
