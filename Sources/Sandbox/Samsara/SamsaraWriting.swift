import FoundationEssentials
import JSON

/// Checking a body and storing what it says.
extension Samsara {
  mutating func write(
    _ call: Call, _ contract: [SamsaraField], _ kind: SamsaraClass, _ current: Entity?,
    asVehicle: Bool, at moment: Moment
  ) -> Answer {
    let body: JSON
    do {
      body = try JSON(parsing: call.body)
    } catch {
      return failure(400, "The body is not JSON: \(error.message)")
    }
    var entity = current ?? Entity(id: "", fields: [:])
    var members: [(kind: SamsaraClass, name: String, ids: [String])] = []
    do {
      try check(body, contract, &entity, &members, replaces: call.method == "PUT", kind, at: moment)
    } catch {
      return failure(400, error.message)
    }
    if current == nil {
      entity = Entity(id: nextID(kind), fields: entity.fields, visibleFrom: moment.visibleFrom)
    }
    store(entity, kind, isNew: current == nil, at: moment)
    for list in members { join(entity.id, list.kind, list.name, list.ids, at: moment) }
    let stored = table(kind)[entity.id] ?? entity
    return Answer(
      200,
      [
        "data": asVehicle
          ? renderVehicle(stored) : render(stored, kind)
      ])
  }

  /// Puts the body's members into the object, or says why not.
  private func check(
    _ body: JSON, _ contract: [SamsaraField], _ entity: inout Entity,
    _ members: inout [(kind: SamsaraClass, name: String, ids: [String])], replaces: Bool,
    _ kind: SamsaraClass, at moment: Moment
  ) throws(SamsaraBreach) {
    guard let given = body.members else { throw SamsaraBreach("body", "must be an object") }
    if settings.refusesUnknownMembers {
      let known = Set(contract.map(\.name))
      for member in given where !known.contains(member.name) {
        throw SamsaraBreach(member.name, "unknown")
      }
    }
    for field in contract {
      let isMembership =
        kind == .tags && SamsaraContract.tagMembers.contains { $0.name == field.name }
      guard let value = body[field.name], !value.isNull else {
        guard !field.isRequired else { throw SamsaraBreach(field.name, "missing") }
        if replaces, case .references(let memberKind) = field.form, isMembership {
          members.append((memberKind, field.name, []))
        } else if replaces, case .list = field.form {
          entity.fields[field.name] = []
        } else if body[field.name] != nil {
          entity.fields[field.name] = nil
        }
        continue
      }
      let stored = try field.form.check(value, of: field.name, exists: exists)
      if isMembership, case .references(let memberKind) = field.form {
        members.append(
          (memberKind, field.name, (stored.arrayValue ?? []).compactMap(\.stringValue)))
      } else if case .externalIDs = field.form {
        entity.fields[field.name] = try merged(
          stored, into: entity.fields[field.name], kind, field.name)
      } else {
        entity.fields[field.name] = stored
      }
    }
    try checkWhole(entity, body, kind, at: moment)
  }

  private func checkWhole(
    _ entity: Entity, _ body: JSON, _ kind: SamsaraClass, at moment: Moment
  ) throws(SamsaraBreach) {
    if kind == .drivers, let text = body["deactivatedAtTime"]?.stringValue {
      guard entity.text("driverActivationStatus") == "deactivated" else {
        throw SamsaraBreach("deactivatedAtTime", "the driver is active")
      }
      let now = Date(timeIntervalSince1970: Double(moment.unixMilliseconds) / 1000)
      let sixMonths = 184.0 * 86_400
      if let instant = SamsaraField.Form.instant(text), now.timeIntervalSince(instant) > sixMonths {
        throw SamsaraBreach("deactivatedAtTime", "more than six months ago")
      }
    }
    if kind == .addresses, let address = entity.text("formattedAddress"),
      !address.unicodeScalars.contains(where: \.properties.isAlphabetic)
    {
      throw SamsaraBreach("formattedAddress", "cannot be geocoded")
    }
    var ancestor = kind == .tags ? entity.text("parentTagId") : nil
    while let id = ancestor {
      guard id != entity.id else { throw SamsaraBreach("parentTagId", "a tag below itself") }
      ancestor = table(.tags)[id]?.text("parentTagId")
    }
    if let key = table(kind).conflicts(of: entity).first {
      throw SamsaraBreach(key.field, "already in use")
    }
    for key in Self.uniqueKeys(of: entity, in: kind) where key.field == "externalIds" {
      for other in SamsaraClass.allCases where other != kind {
        if table(other).owner(of: key) != nil { throw SamsaraBreach(key.field, "already in use") }
      }
    }
  }

  /// External ids key by key: an empty text takes a key away, the others stay.
  private func merged(
    _ given: JSON, into current: JSON?, _ kind: SamsaraClass, _ name: String
  ) throws(SamsaraBreach) -> JSON {
    var members = current?.members ?? []
    for member in given.members ?? [] {
      members.removeAll { $0.name == member.name }
      if member.value != "" { members.append(member) }
    }
    let keys = usedKeys[kind, default: []].union(members.map(\.name))
    guard keys.count <= 30 else { throw SamsaraBreach(name, "configuration limit exceeded") }
    return .object(members)
  }

  mutating func store(
    _ entity: Entity, _ kind: SamsaraClass, isNew: Bool, at moment: Moment
  ) {
    var entity = entity
    if isNew { entity.fields["createdAtTime"] = .string(moment.rfc3339) }
    entity.fields["updatedAtTime"] = .string(moment.rfc3339)
    usedKeys[kind, default: []].formUnion((entity.fields["externalIds"]?.members ?? []).map(\.name))
    tables[kind, default: Table()].put(entity)
  }

  /// Makes a tag's members of one kind exactly these.
  private mutating func join(
    _ tag: String, _ kind: SamsaraClass, _ name: String, _ ids: [String], at moment: Moment
  ) {
    let wanted = Set(ids)
    for var entity in table(kind).all {
      if kind == .assets, (name == "vehicles") != Self.isVehicle(entity),
        !wanted.contains(entity.id)
      {
        continue
      }
      var tags = (entity.fields["tagIds"]?.arrayValue ?? []).compactMap(\.stringValue)
      guard tags.contains(tag) != wanted.contains(entity.id) else { continue }
      if wanted.contains(entity.id) { tags.append(tag) } else { tags.removeAll { $0 == tag } }
      entity.fields["tagIds"] = .array(tags.map(JSON.string))
      store(entity, kind, isNew: false, at: moment)
    }
  }

  mutating func delete(_ kind: SamsaraClass, _ id: String) {
    tables[kind, default: Table()].remove(id)
    let references: [(list: String?, single: [String])] =
      switch kind {
      case .tags:
        [("tagIds", ["parentTagId", "peerGroupTagId", "vehicleGroupTagId", "trailerGroupTagId"])]
      case .contacts: [("contactIds", [])]
      case .assets: [(nil, ["staticAssignedVehicleId"])]
      case .drivers: [(nil, ["staticAssignedDriverId"])]
      case .addresses: []
      }
    for (list, single) in references {
      for other in SamsaraClass.allCases {
        for var entity in table(other).all {
          let before = entity.fields
          if let list, let ids = entity.fields[list]?.arrayValue {
            entity.fields[list] = .array(ids.filter { $0.stringValue != id })
          }
          for name in single where entity.text(name) == id { entity.fields[name] = nil }
          if entity.fields != before { tables[other, default: Table()].put(entity) }
        }
      }
    }
  }

  mutating func nextID(_ kind: SamsaraClass) -> String {
    let id = (lastID[kind] ?? kind.firstID - 1) + 1
    lastID[kind] = id
    return String(id)
  }
}
