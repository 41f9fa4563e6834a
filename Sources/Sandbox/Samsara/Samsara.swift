import JSON

/// A pretend Samsara: drivers, vehicles, assets, addresses, tags and contacts of one organization.
struct Samsara: Vendor {
  let idMember = "id"
  let resources = SamsaraClass.allCases.map(\.rawValue) + ["vehicles"]

  var settings: SamsaraSettings
  var tables: [SamsaraClass: Table] = [:]
  var lastID: [SamsaraClass: Int64] = [:]
  /// The external id keys that a class has ever used; there may be 30.
  var usedKeys: [SamsaraClass: Set<String>] = [:]
  private var answered: UInt32 = 0

  init(_ settings: SamsaraSettings = SamsaraSettings()) {
    self.settings = settings
    for kind in SamsaraClass.allCases {
      tables[kind] = Table { Self.uniqueKeys(of: $0, in: kind) }
    }
  }

  func table(_ kind: SamsaraClass) -> Table { tables[kind] ?? Table() }

  func exists(_ kind: SamsaraClass, _ id: String) -> Bool { table(kind)[id] != nil }

  // MARK: Who calls

  func refusal(of call: Call) -> Answer? {
    guard call.bears(settings.token) else { return failure(401, "Invalid token.") }
    if settings.forbidden.contains(where: { $0.matches(call) }) {
      return failure(403, "The token lacks the scope for this call.")
    }
    return nil
  }

  func failure(_ status: Int, _ message: String) -> Answer {
    let digits = String((answered &+ 1) &* 2_654_435_761, radix: 16)
    let padding = String(repeating: "0", count: max(0, 8 - digits.count))
    return Answer(
      status, ["message": .string(message), "requestId": .string(padding + digits)])
  }

  func tooManyCalls(in window: RateWindow, wait: Duration) -> Answer {
    let units = Int64((wait.inSeconds * 100_000).rounded(.up))
    let decimals = String(units % 100_000)
    let padding = String(repeating: "0", count: 5 - decimals.count)
    var answer = failure(429, "Rate limit exceeded.")
    answer.headers = [.init("Retry-After", "\(units / 100_000).\(padding)\(decimals)")]
    return answer
  }

  func allowance(in window: RateWindow, remaining: Int) -> [Answer.Header] { [] }

  func emptyList() -> Answer {
    Answer(200, ["data": [], "pagination": ["endCursor": "", "hasNextPage": false]])
  }

  // MARK: Calls

  mutating func answer(_ call: Call, at moment: Moment) -> Answer {
    answered &+= 1
    let path = call.segments
    switch (path.first, path.dropFirst().first, path.count) {
    case ("me", _, 1):
      guard call.method == "GET" else { return unknownVerb }
      return Answer(200, ["data": ["id": "20001", "name": "Sandbox Construction"]])
    case ("fleet", "drivers", 2): return collection(.drivers, call, at: moment)
    case ("fleet", "drivers", 3): return element(.drivers, path[2], call, at: moment)
    case ("fleet", "vehicles", 2):
      return call.method == "GET" ? list(.assets, call, asVehicles: true, at: moment) : unknownVerb
    case ("fleet", "vehicles", 3): return vehicle(path[2], call, at: moment)
    case ("assets", _, 1): return asset(call, at: moment)
    case ("addresses", _, 1): return collection(.addresses, call, at: moment)
    case ("addresses", _, 2): return element(.addresses, path[1], call, at: moment)
    case ("tags", _, 1): return collection(.tags, call, at: moment)
    case ("tags", _, 2): return element(.tags, path[1], call, at: moment)
    case ("contacts", _, 1): return collection(.contacts, call, at: moment)
    case ("contacts", _, 2): return element(.contacts, path[1], call, at: moment)
    default: return failure(404, "Not found.")
    }
  }

  private var unknownVerb: Answer { failure(405, "Method not allowed.") }

  private mutating func collection(
    _ kind: SamsaraClass, _ call: Call, at moment: Moment
  ) -> Answer {
    switch call.method {
    case "GET": return list(kind, call, asVehicles: false, at: moment)
    case "POST":
      let contract =
        switch kind {
        case .drivers: SamsaraContract.driverCreate
        case .assets: SamsaraContract.asset
        case .addresses: SamsaraContract.addressCreate
        case .tags: SamsaraContract.tagCreate
        case .contacts: SamsaraContract.contact
        }
      return write(call, contract, kind, nil, asVehicle: false, at: moment)
    default: return unknownVerb
    }
  }

  private mutating func element(
    _ kind: SamsaraClass, _ name: String, _ call: Call, at moment: Moment
  ) -> Answer {
    let offersDelete = kind != .drivers
    guard
      ["GET", "PATCH"].contains(call.method) || call.method == "DELETE" && offersDelete
        || call.method == "PUT" && kind == .tags
    else { return unknownVerb }
    guard let entity = find(kind, name, at: moment) else {
      return failure(404, "Object not found: \(name)")
    }
    switch call.method {
    case "GET": return Answer(200, ["data": render(entity, kind)])
    case "DELETE":
      delete(kind, entity.id)
      return Answer(204)
    case "PUT":
      return write(call, SamsaraContract.tagReplace, kind, entity, asVehicle: false, at: moment)
    default:
      let contract =
        switch kind {
        case .drivers: SamsaraContract.driverUpdate
        case .assets: SamsaraContract.asset
        case .addresses: SamsaraContract.addressUpdate
        case .tags: SamsaraContract.tagUpdate
        case .contacts: SamsaraContract.contact
        }
      return write(call, contract, kind, entity, asVehicle: false, at: moment)
    }
  }

  private mutating func vehicle(_ name: String, _ call: Call, at moment: Moment) -> Answer {
    guard ["GET", "PATCH"].contains(call.method) else { return unknownVerb }
    guard let entity = find(.assets, name, at: moment), Self.isVehicle(entity) else {
      return failure(404, "Object not found: \(name)")
    }
    if call.method == "GET" {
      return Answer(200, ["data": renderVehicle(entity)])
    }
    return write(
      call, SamsaraContract.vehicleUpdate, .assets, entity, asVehicle: true, at: moment)
  }

  /// Assets are named in the query, not in the path.
  private mutating func asset(_ call: Call, at moment: Moment) -> Answer {
    guard ["PATCH", "DELETE"].contains(call.method) else {
      return collection(.assets, call, at: moment)
    }
    guard let name = call.parameter("id"), !name.isEmpty else {
      return failure(400, "Missing parameter 'id'.")
    }
    guard let entity = find(.assets, name, at: moment) else {
      return failure(404, "Object not found: \(name)")
    }
    if call.method == "DELETE" {
      delete(.assets, entity.id)
      return Answer(204)
    }
    return write(call, SamsaraContract.asset, .assets, entity, asVehicle: false, at: moment)
  }

  static func isVehicle(_ entity: Entity) -> Bool { entity.text("type") == "vehicle" }

  // MARK: Finding

  /// The object of an id, or of a `key:value` pair once it shows in look-ups.
  func find(_ kind: SamsaraClass, _ name: String, at moment: Moment) -> Entity? {
    guard let colon = name.firstIndex(of: ":"), kind.hasExternalIDs else {
      return table(kind)[name]
    }
    let key = name[..<colon]
    let value = String(name[name.index(after: colon)...])
    let found: Entity? =
      switch key {
      case "samsara.vin": table(kind).owner(of: UniqueKey("vin", value))
      case "samsara.serial":
        table(kind).all.first { ($0.text("gatewaySerial") ?? $0.text("serialNumber")) == value }
      case "samsara.name": table(kind).all.first { $0.text("name") == value }
      default: table(kind).owner(of: UniqueKey("externalIds", name))
      }
    return found.flatMap { $0.visibleFrom <= moment.elapsed ? $0 : nil }
  }

  static func uniqueKeys(of entity: Entity, in kind: SamsaraClass) -> [UniqueKey] {
    var keys: [UniqueKey] = []
    if let username = entity.text("username") {
      keys.append(UniqueKey("username", username, caseBlind: true))
    }
    if let number = entity.text("licenseNumber"), let state = entity.text("licenseState"),
      !number.isEmpty
    {
      keys.append(UniqueKey("licenseNumber", "\(state) \(number)"))
    }
    if kind == .assets, let vin = entity.text("vin"), !vin.isEmpty {
      keys.append(UniqueKey("vin", vin))
    }
    for member in entity.fields["externalIds"]?.members ?? [] {
      keys.append(UniqueKey("externalIds", "\(member.name):\(member.value.stringValue ?? "")"))
    }
    return keys
  }
}
