import JSON

/// Objects as answers show them.
extension Samsara {
  /// A tag as its members show it.
  private func tag(_ id: String?) -> JSON? {
    guard let tag = id.flatMap({ table(.tags)[$0] }) else { return nil }
    return [
      "id": .string(tag.id), "name": tag.fields["name"] ?? "",
      "parentTagId": tag.fields["parentTagId"] ?? "",
    ]
  }

  func render(_ entity: Entity, _ kind: SamsaraClass) -> JSON {
    switch kind {
    case .drivers: renderDriver(entity)
    case .assets: renderAsset(entity)
    case .addresses: renderAddress(entity)
    case .tags: renderTag(entity, tagMembers())
    case .contacts:
      .object(
        of: [("id", .string(entity.id))]
          + SamsaraContract.contact.map { ($0.name, entity.fields[$0.name] ?? "") })
    }
  }

  private func renderDriver(_ entity: Entity) -> JSON {
    let hidden: Set = [
      "password", "profileImageBase64", "hosSetting", "deactivatedAtTime", "tagIds",
      "staticAssignedVehicleId", "peerGroupTagId", "vehicleGroupTagId", "trailerGroupTagId",
      "driverActivationStatus",
    ]
    let status = entity.text("driverActivationStatus") ?? "active"
    let plain = SamsaraContract.driverUpdate.filter { !hidden.contains($0.name) }
    return .object(
      of: [("id", .string(entity.id))] + plain.map { ($0.name, entity.fields[$0.name]) }
        + [
          ("driverActivationStatus", .string(status)),
          ("isDeactivated", .bool(status == "deactivated")), ("tags", tagList(entity)),
          ("staticAssignedVehicle", named(.assets, entity.text("staticAssignedVehicleId"))),
          ("peerGroupTag", tag(entity.text("peerGroupTagId"))),
          ("vehicleGroupTag", tag(entity.text("vehicleGroupTagId"))),
          ("trailerGroupTag", tag(entity.text("trailerGroupTagId"))),
          ("eldSettings", ["rulesets": []]), ("createdAtTime", entity.fields["createdAtTime"]),
          ("updatedAtTime", entity.fields["updatedAtTime"]),
        ])
  }

  func renderVehicle(_ entity: Entity) -> JSON {
    let fields = entity.fields
    let serial = fields["gatewaySerial"]
    let gateway: JSON? = serial.map { ["model": "VG34", "serial": $0] }
    let plain: [(String, JSON?)] =
      [
        "name", "vin", "make", "model", "notes", "licensePlate", "esn", "cameraSerial",
        "vehicleRegulationMode", "vehicleType", "grossVehicleWeight",
        "harshAccelerationSettingType", "attributes", "createdAtTime", "updatedAtTime",
      ].map { ($0, fields[$0]) }
    let inputs = (1...13).map { ("auxInputType\($0)", fields["auxInputType\($0)"]) }
    return .object(
      of: [("id", .string(entity.id))] + plain + inputs + [
        ("year", fields["year"].map { .string($0.stringValue ?? $0.description) }),
        ("serial", serial), ("gateway", gateway), ("externalIds", vehicleExternalIDs(entity)),
        ("tags", tagList(entity)),
        ("staticAssignedDriver", named(.drivers, entity.text("staticAssignedDriverId"))),
      ])
  }

  /// The ids that were set and those that Samsara makes of VIN and gateway serial.
  private func vehicleExternalIDs(_ entity: Entity) -> JSON {
    var members = entity.fields["externalIds"]?.members ?? []
    for (key, name) in [("samsara.vin", "vin"), ("samsara.serial", "gatewaySerial")] {
      if let value = entity.fields[name], value != "" {
        members.append(JSON.Member(name: key, value: value))
      }
    }
    return .object(members)
  }

  private func renderAsset(_ entity: Entity) -> JSON {
    let plain = SamsaraContract.asset.filter { !["tagIds", "type"].contains($0.name) }
    return .object(
      of: [("id", .string(entity.id)), ("type", entity.fields["type"] ?? "uncategorized")]
        + plain.map { ($0.name, entity.fields[$0.name]) }
        + [
          ("tags", tagList(entity)), ("createdAtTime", entity.fields["createdAtTime"]),
          ("updatedAtTime", entity.fields["updatedAtTime"]),
        ])
  }

  /// In lists external ids, tags and attributes are shown only when asked for.
  func renderListedAsset(
    _ entity: Entity, _ call: Call
  ) -> JSON {
    var hidden: Set<String> = []
    for (flag, member) in [
      ("includeExternalIds", "externalIds"), ("includeTags", "tags"),
      ("includeAttributes", "attributes"),
    ] where call.parameter(flag) != "true" {
      hidden.insert(member)
    }
    let members = renderAsset(entity).members ?? []
    return .object(members.filter { !hidden.contains($0.name) })
  }

  private func renderAddress(_ entity: Entity) -> JSON {
    let plain = SamsaraContract.addressCreate.filter {
      !["tagIds", "contactIds", "latitude", "longitude"].contains($0.name)
    }
    let contacts = (entity.fields["contactIds"]?.arrayValue ?? []).compactMap(\.stringValue)
      .compactMap { table(.contacts)[$0] }
    return .object(
      of: [("id", .string(entity.id))] + plain.map { ($0.name, entity.fields[$0.name]) }
        + [
          // Geocoding is only pretended: every address without coordinates lies in one place.
          ("latitude", entity.fields["latitude"] ?? JSON(number: "30.4515")),
          ("longitude", entity.fields["longitude"] ?? JSON(number: "-91.1871")),
          ("contacts", .array(contacts.map { render($0, .contacts) })),
          ("tags", tagList(entity)), ("createdAtTime", entity.fields["createdAtTime"]),
        ])
  }

  /// The members of every tag, by tag and by the array that lists them: found once for a whole answer.
  typealias TagMembers = [String: [String: [JSON]]]

  func tagMembers() -> TagMembers {
    var members: TagMembers = [:]
    for (name, kind) in SamsaraContract.tagMembers {
      for entity in table(kind).all {
        if kind == .assets, Self.isVehicle(entity) != (name == "vehicles") { continue }
        let member: JSON = ["id": .string(entity.id), "name": entity.fields["name"] ?? ""]
        for tag in Self.tags(of: entity) {
          members[tag, default: [:]][name, default: []].append(member)
        }
      }
    }
    return members
  }

  func renderTag(_ entity: Entity, _ members: TagMembers) -> JSON {
    let parent = entity.text("parentTagId")
    let lists: [(String, JSON?)] = SamsaraContract.tagMembers.map { name, _ in
      (name, .array(members[entity.id]?[name] ?? []))
    }
    let others: [(String, JSON?)] = ["machines", "sensors"].map { name in
      (
        name,
        .array((entity.fields[name]?.arrayValue ?? []).map { ["id": $0, "name": ""] })
      )
    }
    return .object(
      of: [
        ("id", .string(entity.id)), ("name", entity.fields["name"]),
        ("parentTagId", .string(parent ?? "")),
        (
          "parentTag",
          parent.flatMap { table(.tags)[$0] }.map {
            ["id": .string($0.id), "name": $0.fields["name"] ?? ""]
          }
        ),
        (
          "externalIds",
          .object(
            (entity.fields["externalIds"]?.members ?? [])
              + [.init(name: "samsara.name", value: entity.fields["name"] ?? "")])
        ),
      ] + lists + others)
  }

  private func tagList(_ entity: Entity) -> JSON {
    .array(Self.tags(of: entity).compactMap { tag($0) })
  }

  private func named(_ kind: SamsaraClass, _ id: String?) -> JSON? {
    guard let entity = id.flatMap({ table(kind)[$0] }) else { return nil }
    return ["id": .string(entity.id), "name": entity.fields["name"] ?? ""]
  }
}
