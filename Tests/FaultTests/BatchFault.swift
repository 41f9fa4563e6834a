import JSON
import Loopback
import Synchronization

/// One way in which a call that carries many objects goes wrong.
struct BatchFault: Sendable {
  typealias Strike = @Sendable (Exchange) -> Void

  let strike: Strike
  var patience: Duration = .seconds(60)

  /// Nothing is wrong with the call.
  static let none = BatchFault { $0.relay() }

  /// What goes wrong with any other call.
  static func wire(_ fault: WireFault) -> BatchFault {
    guard case .call(_, let strike) = fault.place else { return none }
    return BatchFault(strike: strike, patience: fault.patience)
  }

  /// One fault for the first call, another for those after it.
  static func inTurn(_ first: WireFault, _ then: WireFault) -> BatchFault {
    let (first, then) = (wire(first), wire(then))
    return BatchFault { exchange in
      (exchange.codes.count == 3 ? first : then).strike(exchange)
    }
  }

  /// Nothing is stored, and the body makes of it what it wants to.
  static func refusal(_ body: @escaping @Sendable ([String]) -> JSON) -> BatchFault {
    BatchFault { $0.connection.answer(422, bytes: body($0.codes).compactBytes) }
  }

  /// The target's own answers to the objects, changed on their way.
  static func results(
    status: Int = 200, _ change: @escaping @Sendable ([JSON]) -> [JSON]
  ) -> BatchFault {
    BatchFault { exchange in
      exchange.answer(status, change(exchange.applied(to: exchange.items)))
    }
  }

  /// The target's own answer to the victim, changed on its way.
  static func victim(_ change: @escaping @Sendable (JSON) -> JSON) -> BatchFault {
    results { items in
      items.map { $0["data"]?["code"]?.stringValue == Exchange.victim ? change($0) : $0 }
    }
  }

  /// The target makes the others, and this is its answer to the victim.
  static func withoutVictim(answer: JSON?) -> BatchFault {
    BatchFault { exchange in
      let codes = exchange.codes
      let others = exchange.items.filter { $0["code"]?.stringValue != Exchange.victim }
      var results = exchange.applied(to: others).map { result in
        let place = codes.firstIndex { $0 == result["data"]?["code"]?.stringValue }
        return result.with("index", .integer(Int64(place ?? -1)))
      }
      if let answer, let place = codes.firstIndex(of: Exchange.victim) {
        results.append(answer.with("index", .integer(Int64(place))))
      }
      exchange.answer(200, results)
    }
  }
}

extension Exchange {
  static let victim = "P\(Shop.victim)"

  /// The objects that a call is to make.
  var items: [JSON] { (try? JSON(parsing: seen.body))?["items"]?.arrayValue ?? [] }

  var codes: [String] { items.compactMap { $0["code"]?.stringValue } }

  /// The target makes these, and says what came of each.
  func applied(to items: [JSON]) -> [JSON] {
    let body: JSON = ["items": .array(items)]
    let answer = apply(body.compactBytes)
    return (try? JSON(parsing: answer?.body ?? []))?["results"]?.arrayValue ?? []
  }

  func answer(_ status: Int, _ results: [JSON]) {
    let body: JSON = ["results": .array(results)]
    connection.answer(status, headers: ["Content-Type: application/json"], bytes: body.compactBytes)
  }
}

extension JSON {
  func without(_ name: String) -> JSON {
    .object((members ?? []).filter { $0.name != name })
  }

  func with(_ name: String, _ value: JSON?) -> JSON {
    .object((without(name).members ?? []) + [Member(name: name, value: value ?? .null)])
  }
}
