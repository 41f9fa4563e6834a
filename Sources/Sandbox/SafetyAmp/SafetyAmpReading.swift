import JSON

/// What GET answers: the shapes of reading, which differ from those of writing.
extension SafetyAmp {
  func render(_ entity: Entity, as resource: SafetyAmpResource) -> JSON {
    let id = resource.json(id: entity.id)
    let fields = entity.fields
    func texts(_ names: [String]) -> [(String, JSON?)] {
      names.map { ($0, fields[$0] ?? .null) }
    }
    let deleted = entity.deletedAt.map(JSON.string) ?? .null
    switch resource {
    case .users:
      return .object(of: [("id", id)] + user(entity) + [("deleted_at", deleted)])
    case .sites:
      return .object(
        of: [("id", id)]
          + texts([
            "name", "ext_id", "cluster_id", "street", "street2", "city", "state", "zip_code",
            "country", "timezone", "latitude", "longitude",
          ])
          + [("em_enabled", fields["em_enabled"] ?? false)]
          + texts([
            "em_weather_override", "naics_code", "industry_description", "created_at", "updated_at",
          ])
          + [
            ("deleted_at", deleted), ("created_by", .null), ("updated_by", .null),
            ("deleted_by", .null),
          ])
    case .clusters:
      return cluster(entity, children: nil)
    case .roles:
      return .object(
        of: [("id", id)] + texts(["name"])
          + [
            ("guard_name", "api"), ("account_default", fields["account_default"] ?? 0),
            ("default_role_id", .null), ("scim_external_id", .null),
          ] + texts(["created_at", "updated_at"]))
    case .assets:
      return .object(of: [("id", id)] + asset(entity))
    case .assetTypes:
      return .object(
        of: [("id", id)] + texts(["name", "asset_category_id", "site_id"])
          + [("relationships", []), ("templates", [])])
    case .titles:
      return .object(of: [("id", id)] + texts(["name", "created_at", "updated_at"]))
    case .assetCategories:
      return .object(of: [("id", id)] + texts(["name"]))
    }
  }

  /// The tree of clusters from the root down, each with its `children`.
  func clusterTree(at moment: Moment) -> JSON {
    var children: [String: [Entity]] = [:]
    for cluster in table(.clusters).listed(at: moment.elapsed) {
      let parent = cluster.fields["parent_cluster_id"]?.intValue.map(String.init) ?? ""
      children[parent, default: []].append(cluster)
    }
    func subtree(_ entity: Entity, depth: Int) -> JSON {
      cluster(
        entity,
        children: depth > 50
          ? [] : (children[entity.id] ?? []).map { subtree($0, depth: depth + 1) })
    }
    return .array((children[""] ?? []).map { subtree($0, depth: 0) })
  }

  private func cluster(_ entity: Entity, children: [JSON]?) -> JSON {
    var ancestors: [String] = []
    var parent = entity.fields["parent_cluster_id"]?.intValue.map(String.init)
    while let id = parent, ancestors.count < 50 {
      ancestors.insert(id, at: 0)
      parent = table(.clusters)[id]?.fields["parent_cluster_id"]?.intValue.map(String.init)
    }
    return .object(of: [
      ("id", SafetyAmpResource.clusters.json(id: entity.id)),
      ("name", entity.fields["name"] ?? .null),
      ("external_code", entity.fields["external_code"] ?? .null),
      ("parent_cluster_id", entity.fields["parent_cluster_id"] ?? .null),
      ("depth", .integer(Int64(ancestors.count))),
      ("path", .string("/" + ancestors.map { $0 + "/" }.joined())),
      ("osha_establishment", entity.fields["osha_establishment"] ?? 0),
      ("created_at", entity.fields["created_at"] ?? .null),
      ("updated_at", entity.fields["updated_at"] ?? .null),
      ("deleted_at", entity.deletedAt.map(JSON.string)),
      ("children", children.map(JSON.array)),
    ])
  }

  private func user(_ entity: Entity) -> [(String, JSON?)] {
    let fields = entity.fields
    let access = fields["system_access"] ?? false
    let title = named(.titles, fields["current_title_id"])
    var members: [(String, JSON?)] = [
      "emp_id", "first_name", "middle_name", "last_name", "nickname", "email", "gender",
      "date_of_birth", "current_hire_date", "rehire_date", "street", "street2", "city", "state",
      "zip_code", "country", "home_phone", "mobile_phone", "work_phone", "extension",
      "home_site_id",
    ].map { ($0, fields[$0] ?? .null) }
    members += [
      ("home_site", object(.sites, fields["home_site_id"])),
      ("sites", .array(objects(.sites, fields["sites"]))),
      ("roles", .array(objects(.roles, fields["roles"]))),
      ("current_title", title), ("current_department", fields["current_department"] ?? .null),
      ("system_access", access), ("activated", fields["activated"] ?? access),
      ("text_opt_out", fields["text_opt_out"] ?? 0), ("timezone", fields["timezone"] ?? .null),
      ("type", 0), ("owner", fields["owner"] ?? false),
      ("bypass_sso", fields["bypass_sso"] ?? false),
      ("avatar_location", fields["avatar_location"] ?? .null),
      ("last_logged_in", fields["last_logged_in"] ?? .null),
    ]
    return members
  }

  private func asset(_ entity: Entity) -> [(String, JSON?)] {
    let fields = entity.fields
    func plain(_ name: String) -> (String, JSON?) { (name, fields[name] ?? .null) }
    return [
      plain("code"), plain("name"), plain("description"), plain("serial"), plain("model"),
      ("status", fields["status"] ?? 1), plain("asset_type_id"),
      ("asset_type", object(.assetTypes, fields["asset_type_id"])), plain("site_id"),
      ("site", object(.sites, fields["site_id"])), plain("location_id"), ("location", .null),
      plain("current_user_id"), ("current_user", object(.users, fields["current_user_id"])),
      plain("created_at"), plain("updated_at"), ("created_by", .null), ("updated_by", .null),
      ("deleted_at", entity.deletedAt.map(JSON.string) ?? .null),
    ]
  }

  private func entity(_ resource: SafetyAmpResource, _ id: JSON?) -> Entity? {
    id.flatMap { $0.stringValue ?? $0.intValue.map(String.init) }.flatMap { table(resource)[$0] }
  }

  private func object(_ resource: SafetyAmpResource, _ id: JSON?) -> JSON {
    entity(resource, id).map { render($0, as: resource) } ?? .null
  }

  private func objects(_ resource: SafetyAmpResource, _ ids: JSON?) -> [JSON] {
    (ids?.arrayValue ?? []).compactMap { entity(resource, $0) }.map { render($0, as: resource) }
  }

  private func named(_ resource: SafetyAmpResource, _ id: JSON?) -> JSON {
    guard let entity = entity(resource, id) else { return .null }
    return [
      "id": resource.json(id: entity.id), "name": entity.fields["name"] ?? .null,
    ]
  }
}
