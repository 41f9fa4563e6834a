import JSON
import Testing

@testable import Sandbox

/// One pretend system without HTTP: calls go straight into its state, at a time that the test chooses.
struct Desk {
  var state: PretendState
  var now: Duration = .zero
  var headers: [String: String]
  /// 2026-01-31 08:05:00 UTC.
  static let startedAt: Int64 = 1_769_846_700

  static func safetyAmp(_ change: (inout SafetyAmpSettings) -> Void = { _ in }) -> Desk {
    var settings = SafetyAmpSettings()
    settings.windows = []
    change(&settings)
    let vendor = SafetyAmp(settings, at: Moment(elapsed: .zero, startedAt: startedAt))
    return Desk(
      vendor, settings.windows,
      [
        "authorization": "Bearer \(settings.token)", "fqdn": settings.fqdn, "user-agent": "tests",
        "content-type": "application/json", "accept": "application/json",
      ])
  }

  static func samsara(_ change: (inout SamsaraSettings) -> Void = { _ in }) -> Desk {
    var settings = SamsaraSettings()
    settings.windows = []
    change(&settings)
    return Desk(
      Samsara(settings), settings.windows,
      ["authorization": "Bearer \(settings.token)", "content-type": "application/json"])
  }

  static func generic(_ collection: GenericCollection) -> Desk {
    Desk(
      Generic(collection), collection.windows, ["authorization": "Bearer \(collection.token)"])
  }

  private init(_ vendor: any Vendor, _ windows: [RateWindow], _ headers: [String: String]) {
    state = PretendState(
      vendor: vendor, windows: windows, timeScale: 1, seed: 1, startedAt: Self.startedAt)
    self.headers = headers
  }

  mutating func react(_ line: String, _ body: JSON? = nil) throws -> PretendState.Reaction {
    let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
    let call = try #require(
      Call(
        method: parts[0], target: parts[1], headers: headers, body: body?.compactBytes ?? []))
    return state.react(to: call, at: now)
  }

  /// The answer to `METHOD /path`, where there is one.
  mutating func call(_ line: String, _ body: JSON? = nil) throws -> Answer {
    try #require(try react(line, body).answer)
  }

  /// The `data` of an answer that must have this status.
  @discardableResult
  mutating func data(
    _ line: String, _ body: JSON? = nil, status: Int = 200,
    at location: SourceLocation = #_sourceLocation
  ) throws -> JSON {
    let answer = try call(line, body)
    #expect(answer.status == status, "\(answer)", sourceLocation: location)
    return answer.json?["data"] ?? .null
  }

  mutating func set(_ name: String, _ value: JSON) throws -> Bool {
    state.vendor.set(name, value)
  }

  mutating func edit(_ resource: String, _ id: String, _ changes: JSON) throws -> Bool {
    state.vendor.edit(resource, id, changes, at: state.moment(now))
  }

  mutating func remove(_ resource: String, _ id: String) throws -> Bool {
    state.vendor.remove(resource, id, at: state.moment(now))
  }

  mutating func seed(_ resource: String, _ object: JSON) throws -> String {
    let id = state.vendor.seed(resource, object, at: state.moment(now))
    return try #require(id)
  }
}

extension JSON {
  /// The value at a path, null when there is none.
  func at(_ path: String) -> JSON { value(at: path) ?? .null }

  var names: [String] { (arrayValue ?? []).compactMap { $0["name"]?.stringValue } }
  var ids: [String] {
    (arrayValue ?? []).compactMap { $0["id"]?.stringValue ?? $0["id"]?.description }
  }
}

func person(_ number: Int, _ more: JSON = [:]) -> JSON {
  .object(
    [
      .init(name: "emp_id", value: .string(String(number))),
      .init(name: "first_name", value: "Ada"), .init(name: "last_name", value: "Example"),
      .init(name: "email", value: .string("ada\(number)@example.com")),
    ] + (more.members ?? []))
}

func driver(_ number: Int, _ more: JSON = [:]) -> JSON {
  .object(
    [
      .init(name: "name", value: .string("Driver \(number)")),
      .init(name: "username", value: .string("driver\(number)")),
      .init(name: "password", value: "not-a-secret"),
    ] + (more.members ?? []))
}
