import JSON

/// Faults as control calls write them:
/// `{"match": "POST /api/users", "kind": "status", "status": 503, "calls": 2, "delay": 0.5}`.
extension Fault {
  init(json: JSON) throws(SandboxError) {
    guard let pattern = json["match"]?.stringValue else {
      throw Self.missing("match", "a method and a path such as `POST /api/users`")
    }
    let calls: Int?
    switch json["calls"] {
    case nil: calls = 1
    case .some(.null): calls = nil
    case .some(let value):
      guard let count = value.intValue, count > 0 else {
        throw Self.missing("calls", "a positive number, or null for all")
      }
      calls = Int(count)
    }
    self.init(
      CallPattern(pattern), try Kind(json: json), calls: calls,
      skip: Int(json["skip"]?.intValue ?? 0), probability: json["probability"]?.doubleValue ?? 1,
      delay: try Self.duration(json, "delay") ?? .zero,
      indexLag: try Self.duration(json, "index_lag") ?? .zero,
      resets: json["resets"]?.boolValue ?? false)
  }

  var json: JSON {
    var members: [(String, JSON?)] = [("match", .string(pattern.description))]
    members += kind.json
    members += [
      ("calls", calls.map { .integer(Int64($0)) } ?? .null), ("skip", .integer(Int64(skip))),
      ("probability", .double(probability)), ("delay", .double(delay.inSeconds)),
      ("index_lag", .double(indexLag.inSeconds)), ("resets", .bool(resets)),
    ]
    return .object(of: members)
  }

  fileprivate static func duration(_ json: JSON, _ name: String) throws(SandboxError) -> Duration? {
    guard let value = json[name] else { return nil }
    guard let seconds = value.doubleValue, seconds.isFinite, seconds >= 0, seconds < 1e9 else {
      throw missing(name, "a number of seconds")
    }
    return .seconds(seconds)
  }

  fileprivate static func missing(_ name: String, _ what: String) -> SandboxError {
    SandboxError.badControl("`\(name)` of the fault is missing or wrong", remedy: "Give \(what).")
  }
}

extension Fault.Kind {
  fileprivate init(json: JSON) throws(SandboxError) {
    let applied = json["applied"]?.boolValue ?? false
    func status(_ usual: Int? = nil) throws(SandboxError) -> Int {
      let given = json["status"]?.intValue.map { Int($0) } ?? usual
      guard let status = given, (200...599).contains(status) else {
        throw Fault.missing("status", "200 to 599")
      }
      return status
    }
    switch json["kind"]?.stringValue {
    case "none": self = .none
    case "status":
      self = .status(try status(), retryAfter: Self.retryAfter(json), applied: applied)
    case "reply":
      self = .reply(
        try status(200), contentType: json["content_type"]?.stringValue ?? "text/html",
        body: json["body"]?.stringValue ?? Self.page, applied: applied)
    case "redirect": self = .redirect(to: json["to"]?.stringValue ?? "/login")
    case "drop_before": self = .dropBefore
    case "drop_after": self = .dropAfter
    case "cut":
      guard let bytes = json["bytes"]?.intValue, (0...1_000_000).contains(bytes) else {
        throw Fault.missing("bytes", "how much of the body is sent")
      }
      self = .cut(bytes: Int(bytes))
    case "without_id": self = .withoutID
    case "error_body": self = .errorBody
    case "empty_list": self = .emptyList
    case "shift": self = .shift
    case "late":
      guard let duration = try Fault.duration(json, "after") else {
        throw Fault.missing("after", "seconds until the call takes effect")
      }
      self = .late(duration)
    case "hang_up": self = .hangUp
    default:
      throw Fault.missing(
        "kind",
        "none, status, reply, redirect, drop_before, drop_after, cut, without_id, error_body, "
          + "empty_list, shift, late or hang_up")
    }
  }

  /// A gateway's page, where the caller gives none.
  static let page = "<html><body><h1>The service is unavailable</h1></body></html>"

  /// A number of seconds as written, or `{"date": 5}` for an HTTP date.
  private static func retryAfter(_ json: JSON) -> Fault.RetryAfter? {
    switch json["retry_after"] {
    case .some(.string(let text)), .some(.number(let text)): .seconds(text)
    case .some(let other): other["date"]?.intValue.map { .date(seconds: Int($0)) }
    case nil: nil
    }
  }

  fileprivate var json: [(String, JSON?)] {
    switch self {
    case .none: [("kind", "none")]
    case .status(let status, let retryAfter, let applied):
      [
        ("kind", "status"), ("status", .integer(Int64(status))),
        ("retry_after", retryAfter.map(Self.json)), ("applied", .bool(applied)),
      ]
    case .reply(let status, let contentType, let body, let applied):
      [
        ("kind", "reply"), ("status", .integer(Int64(status))),
        ("content_type", .string(contentType)), ("body", .string(body)),
        ("applied", .bool(applied)),
      ]
    case .redirect(let location): [("kind", "redirect"), ("to", .string(location))]
    case .dropBefore: [("kind", "drop_before")]
    case .dropAfter: [("kind", "drop_after")]
    case .cut(let bytes): [("kind", "cut"), ("bytes", .integer(Int64(bytes)))]
    case .withoutID: [("kind", "without_id")]
    case .errorBody: [("kind", "error_body")]
    case .emptyList: [("kind", "empty_list")]
    case .shift: [("kind", "shift")]
    case .late(let duration): [("kind", "late"), ("after", .double(duration.inSeconds))]
    case .hangUp: [("kind", "hang_up")]
    }
  }

  private static func json(_ retryAfter: Fault.RetryAfter) -> JSON {
    switch retryAfter {
    case .seconds(let text): .string(text)
    case .date(let seconds): ["date": .integer(Int64(seconds))]
    }
  }
}
