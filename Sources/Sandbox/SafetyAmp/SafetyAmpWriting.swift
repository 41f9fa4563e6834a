import JSON

/// Checking a body and storing what it says.
extension SafetyAmp {
  enum Checked {
    case accepted(Entity)
    case refused(Answer)
  }

  func checked(
    _ call: Call, _ resource: SafetyAmpResource, current: Entity?
  ) -> Checked {
    var body: JSON = [:]
    if call.headers["content-type"]?.lowercased().hasPrefix("application/json") ?? false {
      do {
        body = try JSON(parsing: call.body)
      } catch {
        return .refused(failure(400, "Bad Request: \(error.message)"))
      }
    }
    guard let members = body.members else {
      return .refused(failure(400, "Bad Request: an object is expected."))
    }
    var entity = current ?? Entity(id: "", fields: [:])
    if call.method == "PUT", settings.putReplaces { entity.fields = entity.fields.kept }
    var errors = SafetyAmpErrors()
    let given = members.reduce(into: [String: JSON]()) { values, member in
      values[member.name] = member.value == "" ? .null : member.value
    }
    for name in resource.required(by: call.method) where given[name]?.isNull ?? true {
      errors.add(name, "The \(SafetyAmpField.spoken(name)) field is required.")
    }
    for field in resource.fields {
      guard let value = given[field.name], !errors.blames(field.name) else { continue }
      if value.isNull {
        entity.fields[field.name] = .null
        continue
      }
      switch field.form.check(value, of: field.name, exists: exists) {
      case .success(let stored): entity.fields[field.name] = stored
      case .failure(let breach): errors.add(breach.field ?? field.name, breach.message)
      }
    }
    if settings.refusesUnknownMembers {
      let known = Set(resource.fields.map(\.name))
      for member in members where !known.contains(member.name) {
        errors.add(
          member.name, "The \(SafetyAmpField.spoken(member.name)) field is prohibited.")
      }
    }
    checkPlace(of: entity, as: resource, &errors)
    for key in table(resource).conflicts(of: entity) where !errors.blames(key.field) {
      errors.add(key.field, resource.takenMessage(key.field))
    }
    return errors.isEmpty ? .accepted(entity) : .refused(errors.answer)
  }

  /// An asset stands at the site of its type; a cluster never below itself.
  private func checkPlace(
    of entity: Entity, as resource: SafetyAmpResource, _ errors: inout SafetyAmpErrors
  ) {
    switch resource {
    case .assets:
      guard let type = entity.fields["asset_type_id"]?.intValue.map(String.init),
        let site = entity.fields["site_id"], !errors.blames("asset_type_id"),
        !errors.blames("site_id"), let typeSite = table(.assetTypes)[type]?.fields["site_id"],
        typeSite != site
      else { return }
      errors.add("asset_type_id", "The selected asset type id is invalid.")
    case .clusters:
      var ancestor = entity.fields["parent_cluster_id"]?.intValue.map(String.init)
      while let id = ancestor {
        guard id != entity.id else {
          errors.add("parent_cluster_id", "The selected parent cluster id is invalid.")
          return
        }
        ancestor = table(.clusters)[id]?.fields["parent_cluster_id"]?.intValue.map(String.init)
      }
    default: return
    }
  }

  // MARK: Storing

  /// Gives an object its stamps and puts it into its table; a new site gets its asset types.
  mutating func store(
    _ entity: inout Entity, as resource: SafetyAmpResource, at moment: Moment, isNew: Bool
  ) {
    let stamp = JSON.string(resource == .roles ? moment.microseconds : moment.dateTime)
    if isNew { entity.fields["created_at"] = stamp }
    entity.fields["updated_at"] = stamp
    tables[resource, default: Table()].put(entity)
    guard isNew, resource == .sites else { return }
    for type in settings.assetTypes {
      var made = Entity(
        id: nextID(.assetTypes),
        fields: [
          "name": .string(type.name), "asset_category_id": .integer(Int64(type.category)),
          "site_id": SafetyAmpResource.sites.json(id: entity.id),
        ], visibleFrom: moment.visibleFrom)
      store(&made, as: .assetTypes, at: moment, isNew: true)
    }
  }

  /// Users have five letters or digits in no visible order, all others the next integer.
  mutating func nextID(_ resource: SafetyAmpResource) -> String {
    let number = lastNumber[resource, default: 0] + 1
    lastNumber[resource] = number
    guard resource == .users else { return String(number) }
    let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
    let size = Int64(alphabet.count)
    let space = size * size * size * size * size
    var rest = (number * 387_420_489 + 123_456_789) % space
    var id = ""
    for _ in 0..<5 {
      id.append(alphabet[Int(rest % size)])
      rest /= size
    }
    return id
  }

  mutating func furnish(at moment: Moment) {
    _ = seed("site_clusters", ["name": "Company", "osha_establishment": 0], at: moment)
    for name in ["Administrator", "Manager", "Supervisor", "Field", "Viewer"] {
      let isDefault: JSON = name == "Field" ? 1 : 0
      _ = seed("roles", ["name": .string(name), "account_default": isDefault], at: moment)
    }
    for name in ["Vehicles", "Equipment", "Tools"] {
      _ = seed("asset_categories", ["name": .string(name)], at: moment)
    }
  }
}

extension [String: JSON] {
  /// What survives a PUT that replaces: the stamp of the making.
  fileprivate var kept: [String: JSON] { filter { $0.key == "created_at" } }
}

extension Moment {
  /// Roles, unlike all else, are stamped in ISO form with six decimals.
  fileprivate var microseconds: String {
    rfc3339.dropLast() + "000Z"
  }
}
