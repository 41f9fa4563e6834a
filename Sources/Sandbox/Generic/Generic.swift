import JSON

/// A pretend service made from a declaration.
struct Generic: Vendor {
  /// One reason against an object.
  struct Breach: Sendable {
    let field: String
    let message: String
    /// Another object holds the value already.
    var isConflict = false
  }

  let collection: GenericCollection
  private let base: [String]
  private var tables: [String: Table] = [:]
  private var made: [String: Int64] = [:]
  private var random = SeededRandom(seed: 1)

  var idMember: String { collection.envelope.idMember }
  var resources: [String] { collection.resources.map(\.name) }

  init(_ collection: GenericCollection) {
    self.collection = collection
    base = collection.basePath.split(separator: "/").map(String.init)
    for resource in collection.resources {
      tables[resource.name] = Table { entity in
        resource.unique.compactMap { name in
          entity.fields[name].flatMap(Self.plainText).map { UniqueKey(name, $0) }
        }
      }
    }
  }

  // MARK: Who calls

  func refusal(of call: Call) -> Answer? {
    call.bears(collection.token) ? nil : failure(401, "The token is missing or wrong.")
  }

  func failure(_ status: Int, _ message: String) -> Answer {
    Answer(status, ["message": .string(message), collection.envelope.errors: []])
  }

  func tooManyCalls(in window: RateWindow, wait: Duration) -> Answer {
    let (seconds, attoseconds) = wait.components
    var answer = failure(429, "Too many requests.")
    answer.headers = [.init("Retry-After", String(seconds + (attoseconds > 0 ? 1 : 0)))]
    return answer
  }

  func allowance(in window: RateWindow, remaining: Int) -> [Answer.Header] { [] }

  func emptyList() -> Answer {
    var members: [JSON.Member] = []
    if case .cursor(_, _, let next, _) = collection.paging {
      members = [.init(name: next, value: .null)]
    }
    return Answer(200, listed([], members))
  }

  // MARK: Calls

  mutating func answer(_ call: Call, at moment: Moment) -> Answer {
    let path = call.segments
    guard path.starts(with: base), (1...2).contains(path.count - base.count),
      let resource = collection.resources.first(where: { $0.name == path[base.count] })
    else { return failure(404, "Not found.") }
    let id = path.count == base.count + 2 ? path[base.count + 1] : nil
    let verb = collection.updateVerb
    if let bulk = collection.bulk, id == bulk.path {
      guard call.method == "POST" || call.method == verb else { return unknownVerb }
      return batch(resource, call, bulk, at: moment)
    }
    switch (call.method, id) {
    case ("GET", nil): return list(resource, call, at: moment)
    case ("POST", nil): return single(resource, call, nil, at: moment)
    case ("GET", let id?):
      guard let entity = tables[resource.name]?[id] else { return failure(404, "Not found.") }
      return Answer(200, wrapped(render(entity, resource)))
    case (verb, let id?):
      guard let entity = tables[resource.name]?[id] else { return failure(404, "Not found.") }
      return single(resource, call, entity, at: moment)
    case ("DELETE", let id?) where collection.offersDelete:
      guard remove(resource.name, id, at: moment) else { return failure(404, "Not found.") }
      return Answer(204)
    default: return unknownVerb
    }
  }

  private var unknownVerb: Answer { failure(405, "Method not allowed.") }

  private func list(
    _ resource: GenericCollection.Resource, _ call: Call, at moment: Moment
  ) -> Answer {
    var rows = tables[resource.name]?.listed(at: moment.elapsed) ?? []
    for name in resource.filters {
      guard let wanted = call.parameter(name) else { continue }
      rows = rows.filter { row in
        let text = name == idMember ? row.id : row.fields[name].flatMap(Self.plainText)
        return text.map { Array($0.utf8) == Array(wanted.utf8) } ?? false
      }
    }
    func render(_ rows: some Sequence<Entity>) -> [JSON] { rows.map { self.render($0, resource) } }
    switch collection.paging {
    case .none:
      return Answer(200, listed(render(rows), []))
    case .page(let number, let size, let first, let defaultSize):
      guard let page = Int(call.parameter(number) ?? String(first)), page >= first,
        let count = Int(call.parameter(size) ?? String(defaultSize)), count > 0
      else { return failure(400, "\(number) and \(size) must be positive numbers.") }
      let (skipped, overflow) = (page - first).multipliedReportingOverflow(by: count)
      return Answer(200, listed(overflow ? [] : render(rows.dropFirst(skipped).prefix(count)), []))
    case .cursor(let after, let size, let next, let defaultSize):
      guard let count = Int(call.parameter(size) ?? String(defaultSize)), count > 0 else {
        return failure(400, "\(size) must be a positive number.")
      }
      if let cursor = call.parameter(after), !cursor.isEmpty {
        guard let position = rows.firstIndex(where: { "c-" + $0.id == cursor }) else {
          return failure(400, "\(after) is not a cursor of this list.")
        }
        rows = Array(rows[(position + 1)...])
      }
      let shown = rows.prefix(count)
      let end = rows.count > count ? shown.last.map { JSON.string("c-" + $0.id) } : nil
      return Answer(200, listed(render(shown), [.init(name: next, value: end ?? .null)]))
    }
  }

  private mutating func single(
    _ resource: GenericCollection.Resource, _ call: Call, _ current: Entity?, at moment: Moment
  ) -> Answer {
    let body: JSON
    do {
      body = try JSON(parsing: call.body)
    } catch {
      return failure(400, "The body is not JSON: \(error.message)")
    }
    switch write(resource, body, current, at: moment) {
    case .success(let entity):
      return Answer(current == nil ? 201 : 200, wrapped(render(entity, resource)))
    case .failure(let refusal):
      return Answer(refusal.status, refused(refusal.breaches))
    }
  }

  private mutating func batch(
    _ resource: GenericCollection.Resource, _ call: Call, _ bulk: GenericCollection.Bulk,
    at moment: Moment
  ) -> Answer {
    let body: JSON
    do {
      body = try JSON(parsing: call.body)
    } catch {
      return failure(400, "The body is not JSON: \(error.message)")
    }
    guard let items = (bulk.items.map { body[$0] } ?? body)?.arrayValue else {
      return failure(400, "A list of objects is expected.")
    }
    guard items.count <= bulk.maximum else {
      return failure(413, "At most \(bulk.maximum) objects in a call.")
    }
    let before = self
    var results: [JSON] = []
    var errors: [JSON] = []
    for (index, item) in items.enumerated() {
      let position = JSON.integer(Int64(index))
      var current: Entity?
      if call.method != "POST" {
        current = item[idMember].flatMap(Self.plainText).flatMap { tables[resource.name]?[$0] }
        guard current != nil else {
          let missing: JSON = ["field": .string(idMember), "message": "no such object"]
          errors.append(missing.prefixed(by: position))
          results.append([
            "index": position, "status": 404, "message": "Not found.",
            collection.envelope.errors: [missing],
          ])
          continue
        }
      }
      switch write(resource, item, current, at: moment) {
      case .success(let entity):
        results.append([
          "index": position, "status": current == nil ? 201 : 200, "data": render(entity, resource),
        ])
      case .failure(let refusal):
        errors += refusal.breaches.map { $0.json.prefixed(by: position) }
        let status = JSON.integer(Int64(refusal.status))
        let members: JSON = ["index": position, "status": status]
        results.append(
          .object((members.members ?? []) + (refused(refusal.breaches).members ?? [])))
      }
    }
    if bulk.kind == .wholeBatch, !errors.isEmpty {
      self = before
      return Answer(
        422, ["message": "Nothing was stored.", collection.envelope.errors: .array(errors)])
    }
    return Answer(200, [bulk.results: .array(results)])
  }

  // MARK: Writing

  private struct Refusal: Error {
    let breaches: [Breach]
    var status: Int { breaches.allSatisfy(\.isConflict) ? 409 : 422 }
  }

  private mutating func write(
    _ resource: GenericCollection.Resource, _ body: JSON, _ current: Entity?, at moment: Moment
  ) -> Result<Entity, Refusal> {
    guard let members = body.members else {
      return .failure(Refusal(breaches: [Breach(field: "", message: "an object is expected")]))
    }
    var entity = current ?? Entity(id: "", fields: [:], visibleFrom: moment.visibleFrom)
    if collection.updateVerb == "PUT" { entity.fields = [:] }
    for member in members where member.name != idMember {
      entity.fields[member.name] = member.value
    }
    var breaches = resource.required.filter {
      entity.fields[$0].map { $0.isNull || $0 == "" } ?? true
    }.map { Breach(field: $0, message: "is required") }
    for key in tables[resource.name]?.conflicts(of: entity) ?? [] {
      breaches.append(Breach(field: key.field, message: "is already taken", isConflict: true))
    }
    guard breaches.isEmpty else { return .failure(Refusal(breaches: breaches)) }
    if current == nil {
      entity = Entity(
        id: nextID(resource), fields: entity.fields, visibleFrom: moment.visibleFrom)
    }
    tables[resource.name]?.put(entity)
    return .success(entity)
  }

  private mutating func nextID(_ resource: GenericCollection.Resource) -> String {
    let number = made[resource.name, default: 0] + 1
    made[resource.name] = number
    switch resource.id {
    case .int: return String(number)
    case .text: return "r\(number)-\(String(random.next() & 0xFFFF, radix: 36))"
    case .uuid:
      let digits = [random.next(), random.next()].map { number in
        let text = String(number, radix: 16)
        return String(repeating: "0", count: 16 - text.count) + text
      }.joined()
      func part(_ from: Int, _ count: Int) -> Substring { digits.dropFirst(from).prefix(count) }
      return "\(part(0, 8))-\(part(8, 4))-4\(part(13, 3))-a\(part(17, 3))-\(part(20, 12))"
    }
  }

  // MARK: Answers

  private func render(_ entity: Entity, _ resource: GenericCollection.Resource) -> JSON {
    let id =
      resource.id == .int ? JSON(number: entity.id) ?? .string(entity.id) : .string(entity.id)
    let members = entity.fields.sorted { $0.key < $1.key }
    return .object(
      [.init(name: idMember, value: id)] + members.map { .init(name: $0.key, value: $0.value) })
  }

  private func wrapped(_ object: JSON) -> JSON {
    collection.envelope.item.map { [$0: object] } ?? object
  }

  private func listed(_ objects: [JSON], _ members: [JSON.Member]) -> JSON {
    guard let name = collection.envelope.list else { return .array(objects) }
    return .object([.init(name: name, value: .array(objects))] + members)
  }

  private func refused(_ breaches: [Breach]) -> JSON {
    [
      "message": .string(breaches.first.map { "\($0.field) \($0.message)" } ?? ""),
      collection.envelope.errors: .array(breaches.map(\.json)),
    ]
  }

  /// A value as a filter or a unique key sees it; nil for null, arrays and objects.
  private static func plainText(_ value: JSON) -> String? {
    switch value {
    case .string(let text): text
    case .number(let digits): digits
    case .bool(let flag): flag ? "true" : "false"
    case .null, .array, .object: nil
    }
  }

  // MARK: A person's hand

  private func resource(_ name: String) -> GenericCollection.Resource? {
    collection.resources.first { $0.name == name }
  }

  func objects(_ name: String) -> [JSON]? {
    guard let resource = resource(name) else { return nil }
    return (tables[name]?.all ?? []).map { render($0, resource) }
  }

  mutating func seed(_ name: String, _ object: JSON, at moment: Moment) -> String? {
    guard let resource = resource(name) else { return nil }
    let given = object[idMember].flatMap(Self.plainText)
    if let number = given.flatMap({ Int64($0) }) {
      made[name] = max(made[name, default: 0], number)
    }
    var entity = Entity(
      id: given ?? nextID(resource), fields: [:], visibleFrom: moment.visibleFrom)
    change(&entity, object)
    tables[name]?.put(entity)
    return entity.id
  }

  mutating func edit(_ name: String, _ id: String, _ changes: JSON, at moment: Moment) -> Bool {
    guard var entity = tables[name]?[id] else { return false }
    change(&entity, changes)
    tables[name]?.put(entity)
    return true
  }

  mutating func remove(_ name: String, _ id: String, at moment: Moment) -> Bool {
    guard tables[name]?[id] != nil else { return false }
    tables[name]?.remove(id)
    return true
  }

  private func change(_ entity: inout Entity, _ changes: JSON) {
    for member in changes.members ?? [] where member.name != idMember {
      entity.fields[member.name] = member.value
    }
  }

  mutating func shift(_ call: Call) {
    guard call.segments.count > base.count else { return }
    tables[call.segments[base.count]]?.shift()
  }

  mutating func set(_ name: String, _ value: JSON) -> Bool { false }
}

extension Generic.Breach {
  fileprivate var json: JSON { ["field": .string(field), "message": .string(message)] }
}

extension JSON {
  /// The same object with its place in the batch in front.
  fileprivate func prefixed(by index: JSON) -> JSON {
    .object([Member(name: "index", value: index)] + (members ?? []))
  }
}
