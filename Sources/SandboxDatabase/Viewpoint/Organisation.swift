/// A company of the contractor, in `bHQCO`.
struct Company: VistaRecord {
  var number: Int
  var name: String

  static let table = "bHQCO"
  static let key = ["HQCo"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "HQCo": .integer(number), "Name": .text(name), "City": "Baton Rouge", "State": "LA",
      "Country": "US", "DefaultCountry": "US", "PhaseGroup": 1, "EMGroup": 1, "CustGroup": 1,
    ]
  }
}

/// A payroll department, in `bPRDP`, with the region that the site added.
struct Department: VistaRecord {
  var company: Int
  var code: String
  var name: String
  var region: String

  static let table = "bPRDP"
  static let key = ["PRCo", "PRDept"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "PRCo": .integer(company), "PRDept": .text(code), "Description": .text(name),
      "GLCo": .integer(company), "udRegion": .text(region),
    ]
  }
}

/// A job cost department, in `bJCDM`: every company uses the codes of the main one.
struct JobDepartment: VistaRecord {
  var company: Int
  var code: String
  var name: String

  static let table = "bJCDM"
  static let key = ["JCCo", "Department"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "JCCo": .integer(company), "Department": .text(code), "Description": .text(name),
      "GLCo": .integer(company),
    ]
  }
}

/// A position of human resources, in `bHRPC`.
struct Position: VistaRecord {
  var code: String
  var title: String

  static let table = "bHRPC"
  static let key = ["HRCo", "PositionCode"]

  var row: KeyValuePairs<String, SQLValue> {
    ["HRCo": 1, "PositionCode": .text(code), "JobTitle": .text(title), "Type": "N"]
  }
}
