/// A machine, a vehicle, or a part of one, in `bEMEM`.
struct Equipment: VistaRecord {
  var company: Int
  var code: String
  var name: String
  /// `E` equipment, `C` component.
  var type: String
  /// `A` active, `D` down, `I` inactive.
  var status: String
  var category: EquipmentCategory
  var make: String
  var model: String
  var year: Int
  var vin: String?
  var plate: String?
  var plateState: String?
  var job: JobKey?
  var operatedBy: EmployeeKey?
  var partOf: String?

  var isInService: Bool { type == "E" && status != "I" }

  static let table = "bEMEM"
  static let key = ["EMCo", "Equipment"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "EMCo": .integer(company), "Equipment": .text(code), "Description": .text(name),
      "Type": .text(type), "Status": .text(status), "Category": .text(category.rawValue),
      "Department": "01", "Manufacturer": .text(make), "Model": .text(model),
      "ModelYr": .text(String(year)), "VINNumber": SQLValue(vin),
      "LicensePlateNo": SQLValue(plate), "LicensePlateState": SQLValue(plateState),
      "OdoReading": "1000.00", "HourReading": "100.00",
      "FuelType": .text(type == "C" ? "N" : "D"), "FuelCapacity": "0.00", "EMGroup": 1,
      "JCCo": SQLValue(job?.company), "Job": SQLValue(job?.code),
      "PRCo": SQLValue(operatedBy?.company), "Operator": SQLValue(operatedBy?.number),
      "CompOfEquip": SQLValue(partOf), "OwnershipStatus": "O",
      "InServiceDate": SQLValue(CalendarDay(year, 3, 1)), "GrossVehicleWeight": "0.00",
      "NoAxles": .integer(plate == nil ? 0 : 2), "ShopGroup": 1, "UpdateYN": "Y",
    ]
  }
}

/// The categories that the invented contractor sorts its equipment into.
enum EquipmentCategory: String, Sendable, CaseIterable {
  case pickup = "PICKUP"
  case truck = "TRUCK"
  case crane = "CRANE"
  case lift = "LIFT"
  case welder = "WELDER"
  case compressor = "COMPRESSOR"
  case attachment = "ATTACH"
}

/// A row of `bEMCM`.
struct CategoryRecord: VistaRecord {
  var company: Int
  var category: EquipmentCategory

  static let table = "bEMCM"
  static let key = ["EMCo", "Category"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "EMCo": .integer(company), "Category": .text(category.rawValue),
      "Description": .text(category.rawValue.capitalized), "JobFlag": "N",
    ]
  }
}
