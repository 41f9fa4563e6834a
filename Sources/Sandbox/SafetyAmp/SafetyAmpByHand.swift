import JSON

/// What a person does, and the switches.
extension SafetyAmp {
  func objects(_ resource: String) -> [JSON]? {
    SafetyAmpResource(rawValue: resource).map { resource in
      table(resource).all.map { render($0, as: resource) }
    }
  }

  mutating func seed(_ resource: String, _ object: JSON, at moment: Moment) -> String? {
    guard let resource = SafetyAmpResource(rawValue: resource) else { return nil }
    let wanted = object["id"].flatMap { $0.stringValue ?? $0.intValue.map(String.init) }
    var entity = Entity(
      id: wanted ?? nextID(resource), fields: [:], visibleFrom: moment.visibleFrom)
    if let number = wanted.flatMap({ Int64($0) }), resource != .users {
      lastNumber[resource] = max(lastNumber[resource, default: 0], number)
    }
    change(&entity, object, as: resource)
    store(&entity, as: resource, at: moment, isNew: true)
    return entity.id
  }

  mutating func edit(
    _ resource: String, _ id: String, _ changes: JSON, at moment: Moment
  ) -> Bool {
    guard let resource = SafetyAmpResource(rawValue: resource), var entity = table(resource)[id]
    else { return false }
    change(&entity, changes, as: resource)
    store(&entity, as: resource, at: moment, isNew: false)
    return true
  }

  mutating func remove(_ resource: String, _ id: String, at moment: Moment) -> Bool {
    guard let resource = SafetyAmpResource(rawValue: resource), var entity = table(resource)[id],
      entity.deletedAt == nil
    else { return false }
    entity.deletedAt = moment.dateTime
    tables[resource, default: Table()].put(entity)
    return true
  }

  /// Takes members over as they are, in the stored form where the contract gives one.
  private func change(_ entity: inout Entity, _ changes: JSON, as resource: SafetyAmpResource) {
    for member in changes.members ?? [] where member.name != "id" {
      let form = resource.fields.first { $0.name == member.name }?.form ?? .any
      switch form.check(member.value, of: member.name, exists: { _, _ in true }) {
      case .success(let stored): entity.fields[member.name] = stored
      case .failure: entity.fields[member.name] = member.value
      }
    }
  }

  mutating func shift(_ call: Call) {
    guard call.segments.count > 1, let resource = SafetyAmpResource(rawValue: call.segments[1])
    else { return }
    tables[resource, default: Table()].shift()
  }

  mutating func set(_ name: String, _ value: JSON) -> Bool {
    switch (name, value) {
    case ("refuse_unknown_members", .bool(let flag)): settings.refusesUnknownMembers = flag
    case ("require_user_agent", .bool(let flag)): settings.requiresUserAgent = flag
    case ("put_replaces", .bool(let flag)): settings.putReplaces = flag
    case ("create_status", .number("200")): settings.createStatus = 200
    case ("create_status", .number("201")): settings.createStatus = 201
    default: return false
    }
    return true
  }
}
