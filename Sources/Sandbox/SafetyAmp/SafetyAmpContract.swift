import JSON

/// What a write may hold, member by member, and the words in which a breach is reported.
struct SafetyAmpField: Sendable {
  enum Form: Sendable {
    case text(max: Int = 255)
    case integer
    /// 1, 0, true or false; read back as true or false.
    case flag
    /// 1 or 0, read back as such.
    case bit
    case email
    case phone
    case date
    /// A decimal, as a number or as text; read back as text.
    case decimal
    /// The id of an object of a resource, an integer or (for users) a text.
    case reference(SafetyAmpResource)
    /// A list of ids, bare or each in an object.
    case references(SafetyAmpResource)
    case any
  }

  let name: String
  let form: Form

  init(_ name: String, _ form: Form = .text()) {
    self.name = name
    self.form = form
  }

  /// The member's name as messages spell it.
  static func spoken(_ name: String) -> String {
    name.split(separator: "_").joined(separator: " ")
  }
}

/// The resources of the API, with their contracts.
enum SafetyAmpResource: String, Sendable, CaseIterable {
  case users, sites, roles, assets
  case clusters = "site_clusters"
  case titles = "user_titles"
  case assetTypes = "asset_types"
  case assetCategories = "asset_categories"

  /// The members that a write may hold.
  var fields: [SafetyAmpField] { Self.contracts[self] ?? [] }

  private static let contracts = Dictionary(
    uniqueKeysWithValues: allCases.map { ($0, $0.contract) })

  private var contract: [SafetyAmpField] {
    switch self {
    case .users:
      [
        .init("emp_id"), .init("first_name"), .init("middle_name"), .init("last_name"),
        .init("nickname"), .init("email", .email), .init("gender", .bit),
        .init("date_of_birth", .date), .init("current_hire_date", .date),
        .init("rehire_date", .date), .init("street"), .init("street2"), .init("city"),
        .init("state", .text(max: 2)), .init("zip_code"), .init("country"),
        .init("home_phone", .phone), .init("mobile_phone", .phone), .init("work_phone", .phone),
        .init("extension"), .init("home_site_id", .reference(.sites)),
        .init("sites", .references(.sites)), .init("roles", .references(.roles)),
        .init("current_title_id", .reference(.titles)), .init("current_department_id", .integer),
        .init("current_supervisor_id", .reference(.users)), .init("system_access", .flag),
        .init("text_opt_out", .bit), .init("timezone"),
      ]
    case .sites:
      [
        .init("name"), .init("ext_id"), .init("cluster_id", .reference(.clusters)),
        .init("street"), .init("street2"), .init("city"), .init("state", .text(max: 2)),
        .init("zip_code"), .init("country"), .init("timezone"), .init("latitude", .decimal),
        .init("longitude", .decimal), .init("naics_code"), .init("industry_description"),
        .init("em_enabled", .flag), .init("em_weather_override", .any),
      ]
    case .clusters:
      [
        .init("name"), .init("parent_cluster_id", .reference(.clusters)), .init("external_code"),
        .init("osha_establishment", .bit),
      ]
    case .titles: [.init("name")]
    case .assets:
      [
        .init("name"), .init("site_id", .reference(.sites)),
        .init("asset_type_id", .reference(.assetTypes)), .init("code"), .init("description"),
        .init("serial"), .init("model"), .init("status", .bit), .init("location_id", .integer),
        .init("current_user_id", .reference(.users)),
      ]
    case .roles, .assetTypes, .assetCategories: []
    }
  }

  /// The members that a write by this method must hold.
  func required(by method: String) -> [String] {
    switch (self, method) {
    case (.users, _): ["first_name", "last_name", "email"]
    case (.sites, "POST"): ["name", "cluster_id"]
    case (.sites, "PUT"), (.titles, "POST"), (.titles, "PUT"): ["name"]
    case (.clusters, "POST"): ["name", "parent_cluster_id"]
    case (.clusters, "PUT"): ["name", "parent_cluster_id", "osha_establishment"]
    case (.assets, "POST"): ["name", "site_id", "asset_type_id"]
    case (.assets, "PUT"): ["site_id"]
    default: []
    }
  }

  var isReadOnly: Bool { fields.isEmpty }

  /// What no two objects may share.
  func uniqueKeys(of entity: Entity) -> [UniqueKey] {
    func key(_ name: String, caseBlind: Bool = false) -> UniqueKey? {
      entity.text(name).map { UniqueKey(name, $0, caseBlind: caseBlind) }
    }
    switch self {
    case .users: return [key("email", caseBlind: true), key("mobile_phone")].compactMap(\.self)
    case .sites: return [key("ext_id")].compactMap(\.self)
    case .clusters: return [key("external_code")].compactMap(\.self)
    default: return []
    }
  }

  /// The words for a second holder of a unique value.
  func takenMessage(_ field: String) -> String {
    switch self {
    case .sites: "The site code is already in use."
    case .clusters: "The cluster code is already in use."
    default: "The \(SafetyAmpField.spoken(field)) has already been taken."
    }
  }
}
