import Engine
import JSON

/// Whose objects the target holds.
enum Tenant: Int, Sendable {
  case ours
  /// Another one, with objects of the same ids and codes.
  case theirs

  var place: String { "https://api.example.com:443/\(self)" }

  static let strangersName: JSON = "somebody else"
  static let strangers = (1...Table.persons).map { number in
    let object: JSON = [
      "code": .string("t\(number)"), "id": .integer(Int64(number)), "name": strangersName,
    ]
    return World.Object(value: object, visibleFrom: .zero, isStrange: true)
  }
}

/// How the target is spoken to.
struct Variant: Sendable, Hashable {
  enum Paging: CaseIterable {
    /// Numbered pages, of which a short one is the last.
    case short
    /// The same, and an answer says how many objects there are.
    case total
    /// An answer says whether there is more, and names the next page.
    case cursor
  }
  /// Whether it is asked for one object at a time where that is cheaper.
  var searches = false
  var paging = Paging.short
  /// How many new objects leave in one call, at most.
  var batch = 1
  /// Whether the answer to a batch says which object each part is about.
  var namesPlaces = false

  static let all =
    Paging.allCases.map { Variant(searches: true, paging: $0) }
    + Paging.allCases.flatMap { paging in
      [
        Variant(paging: paging), Variant(paging: paging, batch: 4),
        Variant(paging: paging, batch: 5, namesPlaces: true),
      ]
    }

  static func of(seed: UInt64) -> Variant { all[Int(seed % UInt64(all.count))] }
}

/// The words of a batch.
enum Batch {
  static let made = "created"
  static let words = [made, "failed", "later"]
}

extension World.State {
  /// Mostly 50 ms, sometimes seconds.
  mutating func latency() -> Duration {
    let base = Int.random(in: 20...80, using: &random)
    return .milliseconds(random.happens(30) ? base * 100 : base)
  }

  /// What was lost on its way takes effect at its own time, whenever somebody looks.
  mutating func land(until moment: Duration) {
    let present = now
    while let next = landings.first, next.at <= moment {
      landings.removeFirst()
      now = next.at
      tell("landed at \(next.at): \(next.request.method) \(next.request.path)")
      _ = carryOut(next.request, at: next.tenant)
    }
    now = present
  }

  func isBatch(_ request: OutboundRequest) -> Bool {
    variant.batch > 1 && request.method == "POST"
  }

  mutating func carryOut(_ request: OutboundRequest, at tenant: Tenant) -> WireResult {
    let parts = request.path.split(separator: "?", maxSplits: 1)
    let path = parts[0].split(separator: "/").map(String.init)
    let body = request.body.flatMap { try? JSON(parsing: $0) } ?? .object([])
    switch (request.method, path.count) {
    case ("POST", 1) where variant.batch > 1:
      return makeAll(body["items"]?.arrayValue ?? [], at: tenant)
    case ("POST", 1): return found(make(body, at: tenant), status: 201)
    case ("GET", 1): return list(parts.count > 1 ? String(parts[1]) : "", at: tenant)
    case ("GET", 2):
      return found(place(path[1], at: tenant).map { stores[tenant.rawValue][$0].value })
    case ("GET", 3):
      return found(visible(at: tenant).first { $0["code"]?.stringValue == path[2] })
    case ("PATCH", 2):
      guard let place = place(path[1], at: tenant) else { return found(nil) }
      var object = stores[tenant.rawValue][place].value
      for member in body.members ?? [] { object = object.with(member.name, member.value) }
      stores[tenant.rawValue][place].value = object
      return found(object)
    case ("DELETE", 2):
      guard let place = place(path[1], at: tenant) else { return found(nil) }
      stores[tenant.rawValue][place].isGone = true
      tally.deletes += 1
      return .answer(status: 204, retryAfter: nil, body: [])
    default: return .answer(status: 405, retryAfter: nil, body: [])
    }
  }

  func place(_ id: String, at tenant: Tenant) -> Int? {
    let objects = stores[tenant.rawValue]
    guard let id = Int(id), objects.indices.contains(id - 1), !objects[id - 1].isGone else {
      return nil
    }
    return id - 1
  }

  private func visible(at tenant: Tenant) -> [JSON] {
    stores[tenant.rawValue].filter { $0.visibleFrom <= now && !$0.isGone }.map(\.value)
  }

  // MARK: New objects

  /// Objects are found by a search only some time after they were made.
  private mutating func make(_ record: JSON, at tenant: Tenant) -> JSON {
    let lag = isCalm ? 0 : Int.random(in: 0...30_000, using: &random)
    let made = record.with("id", .integer(Int64(stores[tenant.rawValue].count + 1)))
    stores[tenant.rawValue].append(
      World.Object(value: made, visibleFrom: now + .milliseconds(lag)))
    return made
  }

  private mutating func makeAll(_ records: [JSON], at tenant: Tenant) -> WireResult {
    // All of them, because of one.
    if records.count > 1, oddly(30) {
      return .answer(
        status: 400, retryAfter: nil, body: Array(#"{ "message": "one is wrong" }"#.utf8))
    }
    var objects: [JSON] = []
    var words: [JSON?] = []
    for record in records {
      var word: JSON? = .string(Batch.made)
      var isMade = true
      if oddly(40) {
        word = [nil, .bool(false), .null, "perhaps", ""].randomElement(using: &batches) ?? nil
        isMade = batches.happens(400)
      } else if oddly(20) {
        (word, isMade) = ("later", false)
      }
      // What was not made may be shown all the same, with an id that nothing has.
      objects.append(
        isMade
          ? make(record, at: tenant)
          : record.with("id", .integer(Int64.random(in: 900_000...999_999, using: &batches))))
      words.append(word)
    }
    if objects.count > 1, oddly(30) { objects.swapAt(0, objects.count - 1) }
    var results = zip(objects, words).enumerated().map { place, part in
      var result: JSON = ["data": part.0]
      if variant.namesPlaces { result = result.with("index", .integer(Int64(place))) }
      return part.1.map { result.with("status", $0) } ?? result
    }
    if oddly(20) { results.removeLast() }
    return .answer(
      status: 200, retryAfter: nil, body: (["results": .array(results)] as JSON).compactBytes)
  }

  private mutating func oddly(_ perMille: Int) -> Bool {
    guard !isCalm, batches.happens(perMille) else { return false }
    tally.oddAnswers += 1
    return true
  }

  // MARK: Lists

  /// Seven objects a page, whatever is asked for.
  private mutating func list(_ query: String, at tenant: Tenant) -> WireResult {
    func parameter(_ name: String) -> Int? {
      query.split(separator: "&").first { $0.hasPrefix(name + "=") }
        .flatMap { Int($0.dropFirst(name.utf8.count + 1)) }
    }
    let size = 7
    let visible = visible(at: tenant)
    let start =
      variant.paging == .cursor ? parameter("after") ?? 0 : ((parameter("page") ?? 1) - 1) * size
    var page: JSON = ["data": .array(Array(visible.dropFirst(start).prefix(size)))]
    let isLast = start + size >= visible.count
    switch variant.paging {
    case .short: break
    case .total:
      page = page.with("total", .integer(Int64(visible.count)))
      if start < visible.count, endsTooSoon() { page = page.with("data", []) }
    case .cursor:
      let next = isLast ? JSON.null : .string(String(start + size))
      if !isLast, endsTooSoon() {
        // With or without its flag.
        if lists.happens(500) { page = page.with("more", .bool(true)) }
        if lists.happens(500) { page = page.with("next", .null) }
      } else {
        page = page.with("more", .bool(!isLast)).with("next", next)
      }
    }
    return .answer(status: 200, retryAfter: nil, body: page.compactBytes)
  }

  private mutating func endsTooSoon() -> Bool {
    guard !isCalm, lists.happens(80) else { return false }
    tally.cutLists += 1
    return true
  }

  // MARK: Answers

  /// An answer about an object of somebody else's.
  mutating func stranger(at tenant: Tenant) -> WireResult {
    let id = JSON.integer(Int64(stores[tenant.rawValue].count + 1))
    let object: JSON = ["code": .string("x\(id)"), "id": id, "name": Tenant.strangersName]
    stores[tenant.rawValue].append(
      World.Object(value: object, visibleFrom: now, isStrange: true))
    return found(showsKeys ? object : ["id": id])
  }

  private func found(_ object: JSON?, status: Int = 200) -> WireResult {
    guard let object else { return .answer(status: 404, retryAfter: nil, body: Array("{}".utf8)) }
    return .answer(
      status: status, retryAfter: nil, body: (["data": object] as JSON).compactBytes)
  }

  mutating func note(_ request: OutboundRequest, _ result: WireResult) {
    let outcome =
      switch result {
      case .answer(let status, _, _, _): status
      case .notSent: 1
      case .lost: 2
      }
    let line = "\(now) \(request.method) \(request.path) \(outcome)"
    let sent = request.body.map { " " + String(decoding: $0, as: UTF8.self) } ?? ""
    tell(line + sent)
    for byte in line.utf8 { tally.trace = (tally.trace ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  }
}

extension JSON {
  func with(_ name: String, _ value: JSON) -> JSON {
    var all = (members ?? []).filter { $0.name != name }
    all.append(JSON.Member(name: name, value: value))
    return .object(all.sorted { $0.name < $1.name })
  }
}
