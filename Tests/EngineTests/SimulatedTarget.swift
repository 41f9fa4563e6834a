import Engine
import JSON
import Synchronization

/// A target that keeps flat objects, and whose answers a test may spoil.
///
/// It refuses no second object with the same code: that is how a create that happens twice shows.
final class SimulatedTarget: Wire {
  enum Fault: Sendable {
    /// The call is carried out and answered as it should be.
    case none
    /// The call is not carried out.
    case status(Int, retryAfter: Duration? = nil, body: String = "{}")
    /// The call is carried out, and answered like this.
    case answered(Int, body: String)
    case lostBefore
    case lostAfter
    case notSent
    /// As if the process were killed.
    case killedBefore
    case killedAfter
  }

  struct State: Sendable {
    /// By collection and id.
    var objects: [String: [Int: JSON]] = [:]
    var nextID = 1
    var calls: [OutboundRequest] = []
    /// How the target shows an object: in a list, read by itself, and in the answer to a write.
    var showListed: @Sendable (JSON) -> JSON = { $0 }
    var showRead: @Sendable (JSON) -> JSON = { $0 }
    var showWritten: @Sendable (JSON) -> JSON = { $0 }
  }

  let state = Mutex(State())
  private let fault: Mutex<@Sendable (OutboundRequest) -> Fault>

  init(_ fault: @escaping @Sendable (OutboundRequest) -> Fault = { _ in .none }) {
    self.fault = Mutex(fault)
  }

  func spoil(_ fault: @escaping @Sendable (OutboundRequest) -> Fault) {
    self.fault.withLock { $0 = fault }
  }

  /// Shows objects otherwise than they are kept: everywhere, or only where something else is asked for.
  func show(written: Bool = true, _ change: @escaping @Sendable (JSON) -> JSON) {
    state.withLock { state in
      (state.showListed, state.showRead) = (change, change)
      if written { state.showWritten = change }
    }
  }

  var calls: [OutboundRequest] { state.withLock { $0.calls } }
  var writes: [OutboundRequest] { calls.filter { $0.method != "GET" } }
  func objects(_ collection: String) -> [JSON] {
    state.withLock { state in
      (state.objects[collection] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
    }
  }

  @discardableResult
  func put(_ object: JSON, in collection: String) -> Int {
    state.withLock { $0.add(object, to: collection) }
  }

  func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
    let fault = fault.withLock { $0 }(request)
    return try state.withLock { state throws(CancellationError) in
      state.calls.append(request)
      switch fault {
      case .none: return state.answer(request)
      case .status(let status, let retryAfter, let body):
        return .answer(status: status, retryAfter: retryAfter, body: Array(body.utf8))
      case .answered(let status, let body):
        _ = state.answer(request)
        return .answer(status: status, retryAfter: nil, body: Array(body.utf8))
      case .lostBefore: return .lost(message: "the connection was reset", remedy: "")
      case .lostAfter:
        _ = state.answer(request)
        return .lost(message: "timed out", remedy: "")
      case .notSent: return .notSent(message: "connection refused", remedy: "start it")
      case .killedBefore: throw CancellationError()
      case .killedAfter:
        _ = state.answer(request)
        throw CancellationError()
      }
    }
  }
}

extension SimulatedTarget.State {
  fileprivate mutating func add(_ object: JSON, to collection: String) -> Int {
    let id = nextID
    nextID += 1
    objects[collection, default: [:]][id] = JSON.object([]).merging(object).merging(
      ["id": .integer(Int64(id))])
    return id
  }

  fileprivate mutating func answer(_ request: OutboundRequest) -> WireResult {
    let parts = request.path.split(separator: "?", maxSplits: 1)
    let path = parts[0].split(separator: "/").map(String.init)
    let query = (parts.count > 1 ? parts[1] : "").split(separator: "&").map { pair in
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      return (sides[0], sides.count > 1 ? sides[1] : "")
    }
    let body = request.body.flatMap { try? JSON(parsing: $0) } ?? .object([])
    let collection = path[0]
    switch (request.method, path.count) {
    case ("POST", 1):
      let id = add(body, to: collection)
      return found(objects[collection]?[id].map(showWritten), status: 201)
    // Many in one call: answered one by one, or refused together.
    case ("POST", 2) where path[1] == "each" || path[1] == "whole":
      let items = body["items"]?.arrayValue ?? []
      func isBad(_ item: JSON) -> Bool { item["name"] == "bad" }
      if path[1] == "whole", items.contains(where: isBad) {
        return .answer(
          status: 422, retryAfter: nil, body: Array(#"{"message":"one of them is bad"}"#.utf8))
      }
      let results = items.enumerated().map { index, item -> JSON in
        let place = JSON.integer(Int64(index))
        if isBad(item) { return ["index": place, "status": 422, "message": "it is bad"] }
        let id = add(item, to: collection)
        return ["index": place, "status": 201, "data": objects[collection]?[id] ?? .null]
      }
      return ok(["results": .array(results)])
    case ("GET", 1):
      let all = (objects[collection] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        .map(showListed)
      func number(_ name: String) -> Int? { query.first { $0.0 == name }.flatMap { Int($0.1) } }
      guard let page = number("page"), let size = number("limit") else {
        return ok(["data": .array(all)])
      }
      return ok(["data": .array(Array(all.dropFirst((page - 1) * size).prefix(size)))])
    case ("GET", 3):
      return found(
        (objects[collection] ?? [:]).values.first {
          $0["code"]?.stringValue == path[2].removingPercentEncoding
        })
    case ("GET", 2): return found(Int(path[1]).flatMap { objects[collection]?[$0] }.map(showRead))
    case ("PUT", 2):
      guard let id = Int(path[1]), objects[collection]?[id] != nil else { return found(nil) }
      objects[collection]?[id] = JSON.object([]).merging(body).merging(["id": .integer(Int64(id))])
      return found(objects[collection]?[id].map(showWritten))
    case ("PATCH", 2):
      guard let id = Int(path[1]), let held = objects[collection]?[id] else { return found(nil) }
      objects[collection]?[id] = held.merging(body)
      return found(objects[collection]?[id].map(showWritten))
    case ("DELETE", 2):
      guard let id = Int(path[1]), objects[collection]?.removeValue(forKey: id) != nil else {
        return found(nil)
      }
      return .answer(status: 204, retryAfter: nil, body: [])
    default: return .answer(status: 405, retryAfter: nil, body: [])
    }
  }

  private func found(_ object: JSON?, status: Int = 200) -> WireResult {
    guard let object else { return .answer(status: 404, retryAfter: nil, body: Array("{}".utf8)) }
    return .answer(
      status: status, retryAfter: nil, body: (["data": object] as JSON).compactBytes)
  }

  private func ok(_ json: JSON) -> WireResult {
    .answer(status: 200, retryAfter: nil, body: json.compactBytes)
  }
}

extension OutboundRequest {
  var json: JSON? { body.flatMap { try? JSON(parsing: $0) } }
}

extension JSON {
  /// This object with the other's members in place of its own; null takes one out.
  func merging(_ other: JSON) -> JSON {
    var all = members ?? []
    for member in other.members ?? [] {
      all.removeAll { $0.name == member.name }
      if !member.value.isNull { all.append(member) }
    }
    return .object(all.sorted { $0.name < $1.name })
  }
}

extension String {
  fileprivate var removingPercentEncoding: String {
    var bytes: [UInt8] = []
    var rest = Array(utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
