import JSON

/// A pretend SafetyAmp: users, sites, clusters, titles, roles and assets of one tenant.
struct SafetyAmp: Vendor {
  static let rootCluster = "1"

  let idMember = "id"
  var resources: [String] { SafetyAmpResource.allCases.map(\.rawValue) }

  var settings: SafetyAmpSettings
  var tables: [SafetyAmpResource: Table] = [:]
  var lastNumber: [SafetyAmpResource: Int64] = [:]

  init(_ settings: SafetyAmpSettings = SafetyAmpSettings(), at moment: Moment) {
    self.settings = settings
    let keepsDeleted = settings.deletedKeepUniqueValues
    for resource in SafetyAmpResource.allCases {
      tables[resource] = Table { entity in
        entity.deletedAt == nil || keepsDeleted ? resource.uniqueKeys(of: entity) : []
      }
    }
    furnish(at: moment)
  }

  func table(_ resource: SafetyAmpResource) -> Table {
    tables[resource] ?? Table()
  }

  func exists(_ resource: SafetyAmpResource, _ id: String) -> Bool {
    table(resource)[id].map { $0.deletedAt == nil } ?? false
  }

  // MARK: Who calls

  func refusal(of call: Call) -> Answer? {
    guard call.bears(settings.token) else { return failure(401, "Unauthenticated.") }
    guard call.headers["fqdn"]?.lowercased() == settings.fqdn.lowercased() else {
      return failure(403, "This action is unauthorized.")
    }
    if settings.requiresUserAgent, call.headers["user-agent"]?.isEmpty ?? true {
      return failure(400, "Bad Request: A User-Agent is required.")
    }
    return nil
  }

  func failure(_ status: Int, _ message: String) -> Answer {
    Answer(status, ["message": .string(message)])
  }

  func tooManyCalls(in window: RateWindow, wait: Duration) -> Answer {
    let (seconds, attoseconds) = wait.components
    let wholeSeconds = seconds + (attoseconds > 0 ? 1 : 0)
    var answer = failure(429, "Too Many Attempts.")
    answer.headers = allowance(in: window, remaining: 0)
    answer.headers.append(.init("Retry-After", String(wholeSeconds)))
    return answer
  }

  func allowance(in window: RateWindow, remaining: Int) -> [Answer.Header] {
    [
      .init("X-RateLimit-Limit", String(window.calls)),
      .init("X-RateLimit-Remaining", String(remaining)),
    ]
  }

  func emptyList() -> Answer { Answer(200, ["data": []]) }

  // MARK: Calls

  mutating func answer(_ call: Call, at moment: Moment) -> Answer {
    guard call.segments.first == "api", (2...3).contains(call.segments.count),
      let resource = SafetyAmpResource(rawValue: call.segments[1])
    else { return failure(404, "Not Found.") }
    let id = call.segments.count == 3 ? call.segments[2] : nil
    switch (call.method, id) {
    case ("GET", nil): return list(resource, call, at: moment)
    case ("GET", let id?): return read(resource, id)
    case ("POST", nil) where !resource.isReadOnly: return create(resource, call, at: moment)
    case ("PUT", let id?) where !resource.isReadOnly,
      ("PATCH", let id?) where !resource.isReadOnly:
      return update(resource, id, call, at: moment)
    case ("DELETE", let id?) where !resource.isReadOnly:
      return delete(resource, id, at: moment)
    default:
      let verbs =
        id == nil
        ? resource.isReadOnly ? "GET, HEAD" : "GET, HEAD, POST"
        : resource.isReadOnly ? "GET, HEAD" : "GET, HEAD, PUT, PATCH, DELETE"
      var answer = failure(
        405,
        "The \(call.method) method is not supported for this route. Supported methods: \(verbs).")
      answer.headers.append(.init("Allow", verbs))
      return answer
    }
  }

  private func list(_ resource: SafetyAmpResource, _ call: Call, at moment: Moment) -> Answer {
    if resource == .clusters { return Answer(200, ["data": clusterTree(at: moment)]) }
    if call.parameter("page") != nil, call.parameter("limit") == nil {
      return failure(400, "Bad Request: A limit is required when using page.")
    }
    guard let page = Int(call.parameter("page") ?? "0"), page >= 0,
      let limit = Int(call.parameter("limit") ?? "25"), limit > 0
    else { return failure(400, "Bad Request: page and limit must be numbers.") }
    let (skipped, overflow) = page.multipliedReportingOverflow(by: limit)
    guard !overflow else { return emptyList() }
    let rows = table(resource).listed(at: moment.elapsed).dropFirst(skipped).prefix(limit)
    return Answer(200, ["data": .array(rows.map { render($0, as: resource) })])
  }

  private func read(_ resource: SafetyAmpResource, _ id: String) -> Answer {
    guard let entity = table(resource)[id], entity.deletedAt == nil else {
      return failure(404, "Not Found.")
    }
    return Answer(200, ["data": render(entity, as: resource)])
  }

  private mutating func create(
    _ resource: SafetyAmpResource, _ call: Call, at moment: Moment
  ) -> Answer {
    switch checked(call, resource, current: nil) {
    case .refused(let answer): return answer
    case .accepted(var entity):
      entity = Entity(
        id: nextID(resource), fields: entity.fields, visibleFrom: moment.visibleFrom)
      store(&entity, as: resource, at: moment, isNew: true)
      return Answer(settings.createStatus, ["data": render(entity, as: resource)])
    }
  }

  private mutating func update(
    _ resource: SafetyAmpResource, _ id: String, _ call: Call, at moment: Moment
  ) -> Answer {
    guard let current = table(resource)[id], current.deletedAt == nil else {
      return failure(404, "Not Found.")
    }
    switch checked(call, resource, current: current) {
    case .refused(let answer): return answer
    case .accepted(var entity):
      store(&entity, as: resource, at: moment, isNew: false)
      return Answer(200, ["data": render(entity, as: resource)])
    }
  }

  private mutating func delete(
    _ resource: SafetyAmpResource, _ id: String, at moment: Moment
  ) -> Answer {
    guard exists(resource, id) else { return failure(404, "Not Found.") }
    if resource == .clusters, id == Self.rootCluster {
      return failure(403, "This action is unauthorized.")
    }
    _ = remove(resource.rawValue, id, at: moment)
    return Answer(204)
  }
}
