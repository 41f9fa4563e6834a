import JSON

/// A kind of object; vehicles are assets of type `vehicle` and live in the same table.
enum SamsaraClass: String, Sendable, CaseIterable {
  case drivers, assets, addresses, tags, contacts

  var hasExternalIDs: Bool { self != .contacts }

  /// Where ids begin; vehicles and assets have 15 digits.
  var firstID: Int64 {
    switch self {
    case .drivers: 40_000_001
    case .assets: 281_474_976_710_657
    case .addresses: 70_000_001
    case .tags: 3_000_001
    case .contacts: 90_000_001
    }
  }
}

/// What a write may hold, member by member.
struct SamsaraField: Sendable {
  indirect enum Form: Sendable {
    case text(min: Int = 0, max: Int = .max)
    /// At least one sign, no white space and no `@`.
    case username
    case integer
    case number
    case flag
    case choice([String])
    case numberChoice([Int64])
    case date
    case instant
    case externalIDs
    /// The id of an object; empty or `0` takes the reference away.
    case reference(SamsaraClass)
    case references(SamsaraClass)
    case list(Form)
    case object([SamsaraField])
    case geofence
    case any
  }

  let name: String
  let form: Form
  let isRequired: Bool

  init(_ name: String, _ form: Form = .text(), required: Bool = false) {
    self.name = name
    self.form = form
    isRequired = required
  }
}

/// The members of each body, as the contracts in the reference list them.
enum SamsaraContract {
  static let driverCreate: [SamsaraField] = [
    .init("name", .text(min: 1, max: 255), required: true),
    .init("username", .username, required: true),
    .init("password", .text(min: 1), required: true),
    .init("email"), .init("dateOfBirth", .date), .init("phone", .text(max: 255)),
    .init("notes", .text(max: 4096)), .init("timezone"),
    .init(
      "locale",
      .choice([
        "us", "at", "be", "ca", "gb", "fr", "de", "ie", "it", "lu", "mx", "nl", "es", "ch", "pr",
      ])),
    .init("licenseNumber"), .init("licenseState"), .init("externalIds", .externalIDs),
    .init("tagIds", .references(.tags)), .init("attributes", .list(.any)),
    .init("staticAssignedVehicleId", .reference(.assets)),
    .init("peerGroupTagId", .reference(.tags)), .init("vehicleGroupTagId", .reference(.tags)),
    .init("trailerGroupTagId", .reference(.tags)), .init("currentIdCardCode"),
    .init("tachographCardNumber"), .init("profileImageUrl", .text(max: 1024)),
    .init("profileImageBase64"),
    .init(
      "carrierSettings",
      .object([
        .init("carrierName", .text(max: 255)), .init("dotNumber", .integer),
        .init("homeTerminalAddress", .text(max: 255)), .init("homeTerminalName", .text(max: 255)),
        .init("mainOfficeAddress", .text(max: 255)),
      ])),
    .init("eldExempt", .flag), .init("eldExemptReason"), .init("eldPcEnabled", .flag),
    .init("eldYmEnabled", .flag), .init("eldAdverseWeatherExemptionEnabled", .flag),
    .init("eldBigDayExemptionEnabled", .flag), .init("eldDayStartHour", .numberChoice([0, 12])),
    .init("hosSetting", .object([.init("heavyHaulExemptionToggleEnabled", .flag)])),
    .init("hasDrivingFeaturesHidden", .flag), .init("hasVehicleUnpinningEnabled", .flag),
    .init("waitingTimeDutyStatusEnabled", .flag),
    .init(
      "usDriverRulesetOverride",
      .object([
        .init("cycle", required: true), .init("restart", required: true),
        .init("restbreak", required: true), .init("usStateToOverride", required: true),
      ])),
  ]

  static let driverUpdate =
    driverCreate.map { SamsaraField($0.name, $0.form) } + [
      .init("driverActivationStatus", .choice(["active", "deactivated"])),
      .init("deactivatedAtTime", .instant),
    ]

  static let asset: [SamsaraField] = [
    .init("name"),
    .init("type", .choice(["uncategorized", "trailer", "equipment", "unpowered", "vehicle"])),
    .init("make"), .init("model"), .init("year", .integer), .init("serialNumber"),
    .init("vin", .text(max: 17)), .init("licensePlate"), .init("notes"),
    .init("regulationMode", .choice(["mixed", "regulated", "unregulated"])),
    .init("readingsIngestionEnabled", .flag), .init("externalIds", .externalIDs),
    .init("tagIds", .references(.tags)), .init("attributes", .list(.any)),
  ]

  static let vehicleUpdate: [SamsaraField] =
    [
      .init("name"), .init("notes", .text(max: 255)), .init("licensePlate", .text(max: 12)),
      .init("vin", .text(min: 11, max: 17)), .init("externalIds", .externalIDs),
      .init("tagIds", .references(.tags)), .init("attributes", .list(.any)),
      .init("staticAssignedDriverId", .reference(.drivers)), .init("odometerMeters", .integer),
      .init("engineHours", .integer), .init("gatewaySerial"),
      .init("vehicleRegulationMode", .choice(["regulated", "unregulated", "mixed"])),
      .init("vehicleType"),
      .init(
        "grossVehicleWeight",
        .object([.init("unit", .choice(["lb", "kg"])), .init("weight", .integer)])),
      .init(
        "harshAccelerationSettingType",
        .choice(["passengerCar", "lightTruck", "heavyDuty", "off", "automatic"])),
    ] + (1...13).map { SamsaraField("auxInputType\($0)", .choice(auxiliaryInputs)) }

  static let addressCreate: [SamsaraField] = [
    .init("name", .text(max: 255), required: true),
    .init("formattedAddress", .text(max: 1024), required: true),
    .init("geofence", .geofence, required: true), .init("latitude", .number),
    .init("longitude", .number),
    .init(
      "addressTypes",
      .list(
        .choice([
          "yard", "shortHaul", "workforceSite", "riskZone", "industrialSite", "alertsOnly",
          "agricultureSource", "avoidanceZone", "knownGPSJammingZone", "authorizedZone",
          "unauthorizedZone", "vendor", "inventory", "customerSite",
        ]))),
    .init("notes", .text(max: 280)), .init("contactIds", .references(.contacts)),
    .init("tagIds", .references(.tags)), .init("externalIds", .externalIDs),
  ]

  static let addressUpdate = addressCreate.map { SamsaraField($0.name, $0.form) }

  static let tagReplace: [SamsaraField] =
    [
      .init("name", .text(min: 1, max: 191)), .init("parentTagId", .reference(.tags)),
      .init("machines", .list(.text())), .init("sensors", .list(.text())),
    ] + tagMembers.map { SamsaraField($0.name, .references($0.kind)) }

  static let tagUpdate = tagReplace + [.init("externalIds", .externalIDs)]

  static let tagCreate = tagUpdate.map {
    SamsaraField($0.name, $0.form, required: $0.name == "name")
  }

  static let contact: [SamsaraField] = [
    .init("firstName", .text(max: 255)), .init("lastName", .text(max: 255)),
    .init("email", .text(max: 255)), .init("phone", .text(max: 255)),
  ]

  /// The member arrays of a tag that name objects with a `tagIds` of their own.
  static let tagMembers: [(name: String, kind: SamsaraClass)] = [
    ("addresses", .addresses), ("assets", .assets), ("drivers", .drivers), ("vehicles", .assets),
  ]

  private static let auxiliaryInputs = [
    "none", "emergencyLights", "emergencyAlarm", "stopPaddle", "powerTakeOff", "plow", "sweeper",
    "salter", "reefer", "door", "boom", "auxiliaryEngine", "generator", "eightWayLights",
    "panicButton", "privacyButton", "frontAxleDrive", "weightSensor", "other",
    "secondaryFuelSource", "ecuPowerTakeOff",
  ]
}
