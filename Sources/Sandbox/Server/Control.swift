import JSON

/// The calls under `/_sandbox/`: what a test or a person does to the pretend system from outside.
///
/// They need no token, are taken from this machine only, and are neither logged nor counted in any window.
///
/// | call | does |
/// |---|---|
/// | `GET ready` | says that the system listens |
/// | `GET calls?match=POST /api/users&from=N` | the calls after number N, bodies included |
/// | `GET counts` | how many calls of each method and path |
/// | `GET fullest?seconds=61&match=…` | how many calls arrived in the fullest stretch of that length |
/// | `GET`, `POST`, `DELETE faults` | shows, adds (one or a list) and clears faults, see `Fault(json:)` |
/// | `PATCH settings` | turns the vendor's switches, e.g. `{"refuse_unknown_members": true}` |
/// | `GET`, `POST objects/RESOURCE` | every object; stores one or a list, without asking any rule |
/// | `PATCH`, `DELETE objects/RESOURCE/ID` | changes or deletes an object as a person would |
/// | `POST reset` | forgets objects, calls, faults, switches and used-up limits |
struct Control {
  let system: PretendSystem

  func answer(_ call: Call) -> Answer {
    do throws(SandboxError) {
      return try perform(call)
    } catch {
      let status = error.code == .unknown ? 404 : 400
      return Answer(
        status,
        [
          "code": .string(error.code.rawValue), "message": .string(error.message),
          "remedy": .string(error.remedy),
        ])
    }
  }

  private func perform(_ call: Call) throws(SandboxError) -> Answer {
    let path = call.segments.dropFirst().map(\.self)
    switch (call.method, path.first, path.count) {
    case ("GET", "ready", 1): return Answer(200, ["system": .string(system.name)])
    case ("GET", "calls", 1): return calls(call)
    case ("GET", "counts", 1): return counts()
    case ("GET", "fullest", 1): return try fullest(call)
    case ("GET", "faults", 1):
      return Answer(200, ["faults": .array(system.faults.map(\.json))])
    case ("POST", "faults", 1):
      let body = try body(call)
      for fault in body.arrayValue ?? [body] { system.inject(try Fault(json: fault)) }
      return Answer(204)
    case ("DELETE", "faults", 1):
      system.clearFaults()
      return Answer(204)
    case ("PATCH", "settings", 1):
      for member in try body(call).members ?? [] { try system.set(member.name, member.value) }
      return Answer(204)
    case ("POST", "reset", 1):
      system.reset()
      return Answer(204)
    case ("GET", "objects", 2):
      return Answer(200, ["objects": .array(try system.objects(path[1]))])
    case ("POST", "objects", 2):
      let body = try body(call)
      var ids: [JSON] = []
      for object in body.arrayValue ?? [body] {
        ids.append(.string(try system.seed(path[1], object)))
      }
      return Answer(201, ["ids": .array(ids)])
    case ("PATCH", "objects", 3):
      try system.edit(path[1], path[2], try body(call))
      return Answer(204)
    case ("DELETE", "objects", 3):
      try system.delete(path[1], path[2])
      return Answer(204)
    default:
      throw SandboxError.badControl(
        "there is no control \(call.method) \(call.path)",
        remedy: "Controls are calls, counts, fullest, faults, settings, objects, reset and ready.")
    }
  }

  private func body(_ call: Call) throws(SandboxError) -> JSON {
    do {
      return try JSON(parsing: call.body)
    } catch {
      throw SandboxError.badControl("the body is not JSON: \(error)", remedy: "Send JSON.")
    }
  }

  /// `?match=POST /api/users` chooses calls, `?from=N` those after the first N.
  private func calls(_ call: Call) -> Answer {
    let pattern = CallPattern(call.parameter("match") ?? "/**")
    let from = Int(call.parameter("from") ?? "0") ?? 0
    let calls = system.calls(matching: pattern).filter { $0.number > from }
    return Answer(200, ["calls": .array(calls.map(\.json))])
  }

  private func counts() -> Answer {
    var counts: [String: Int64] = [:]
    var order: [String] = []
    for logged in system.calls {
      let name = "\(logged.call.method) \(logged.call.path)"
      if counts[name] == nil { order.append(name) }
      counts[name, default: 0] += 1
    }
    return Answer(
      200,
      ["counts": .object(order.map { .init(name: $0, value: .integer(counts[$0] ?? 0)) })])
  }

  private func fullest(_ call: Call) throws(SandboxError) -> Answer {
    guard let seconds = call.parameter("seconds").flatMap({ Double($0) }), seconds > 0 else {
      throw SandboxError.badControl(
        "the length of the window is missing", remedy: "Add ?seconds=61, and match= if wanted.")
    }
    let pattern = CallPattern(call.parameter("match") ?? "/**")
    let count = system.fullestWindow(seconds: seconds, matching: pattern)
    return Answer(200, ["calls": .integer(Int64(count))])
  }
}

extension LoggedCall {
  var json: JSON {
    .object(of: [
      ("number", .integer(Int64(number))), ("seconds", .double(arrival.inSeconds)),
      ("method", .string(call.method)), ("path", .string(call.path)),
      (
        "query",
        .object(call.query.map { .init(name: $0.name, value: .string($0.value)) })
      ),
      (
        "headers",
        .object(
          call.headers.filter { $0.key != "authorization" }.sorted { $0.key < $1.key }
            .map { .init(name: $0.key, value: .string($0.value)) })
      ),
      ("body", .string(String(decoding: call.body, as: UTF8.self))),
      ("status", status.map { .integer(Int64($0)) } ?? .null), ("refused", .bool(refused)),
      ("fault", fault?.json ?? .null),
    ])
  }
}
