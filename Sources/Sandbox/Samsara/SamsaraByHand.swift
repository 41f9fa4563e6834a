import JSON

/// What a person does, and the switches.
extension Samsara {
  /// The table of a resource by name; `vehicles` are kept among the assets.
  private static func kind(_ resource: String) -> SamsaraClass? {
    resource == "vehicles" ? .assets : SamsaraClass(rawValue: resource)
  }

  func objects(_ resource: String) -> [JSON]? {
    guard let kind = Self.kind(resource) else { return nil }
    if resource == "vehicles" {
      return table(kind).all.filter(Self.isVehicle).map { renderVehicle($0) }
    }
    return table(kind).all.map { render($0, kind) }
  }

  mutating func seed(_ resource: String, _ object: JSON, at moment: Moment) -> String? {
    guard let kind = Self.kind(resource) else { return nil }
    var entity = Entity(id: nextID(kind), fields: [:], visibleFrom: moment.visibleFrom)
    if resource == "vehicles" { entity.fields["type"] = "vehicle" }
    change(&entity, object)
    store(entity, kind, isNew: true, at: moment)
    return entity.id
  }

  mutating func edit(
    _ resource: String, _ id: String, _ changes: JSON, at moment: Moment
  ) -> Bool {
    guard let kind = Self.kind(resource), var entity = table(kind)[id] else { return false }
    change(&entity, changes)
    store(entity, kind, isNew: false, at: moment)
    return true
  }

  mutating func remove(_ resource: String, _ id: String, at moment: Moment) -> Bool {
    guard let kind = Self.kind(resource), exists(kind, id) else { return false }
    delete(kind, id)
    return true
  }

  private func change(_ entity: inout Entity, _ changes: JSON) {
    for member in changes.members ?? [] where member.name != "id" {
      entity.fields[member.name] = member.value.isNull ? nil : member.value
    }
  }

  /// Lists go by id, so an order that changes can only be pretended by a new object at the end.
  mutating func shift(_ call: Call) {}

  mutating func set(_ name: String, _ value: JSON) -> Bool {
    switch (name, value) {
    case ("refuse_unknown_members", .bool(let flag)): settings.refusesUnknownMembers = flag
    case ("pages", .string(let text)):
      guard let pages = SamsaraSettings.Pages(rawValue: text) else { return false }
      settings.pages = pages
    case ("asset_page", .number):
      guard let size = value.intValue, (1...300).contains(size) else { return false }
      settings.assetPage = Int(size)
    case ("forbidden", .array(let patterns)):
      settings.forbidden = patterns.compactMap(\.stringValue).map { CallPattern($0) }
    default: return false
    }
    return true
  }
}
