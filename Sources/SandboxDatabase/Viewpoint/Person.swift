/// An employee: one record of payroll and one of human resources.
struct Person: Sendable {
  var key: EmployeeKey
  var resource: Int
  var firstName: String
  var middleName: String?
  var lastName: String
  var address: PostalAddress
  var phone: String?
  var cellPhone: String?
  var email: String?
  var socialSecurityNumber: String
  var sex: String
  var birthDate: CalendarDay
  var hireDate: CalendarDay
  var termDate: CalendarDay?
  var rehireDate: CalendarDay?
  var department: String
  var craft: Int
  var hourlyRate: Int
  /// The job column of payroll, which few sites keep up.
  var statedJob: JobKey?
  var activeFlag = true
  var title: String
  var position: String
  var drives = false
  var license: String?
  var licenseExpiry: CalendarDay?
  var lastUpdated: CalendarDay

  /// The sensible rule: the flag alone is left on for months, and a re-hire may keep an old date.
  var isActive: Bool {
    guard activeFlag else { return false }
    guard let termDate else { return true }
    return termDate < max(hireDate, rehireDate ?? hireDate)
  }

  /// As a target would see it: no blanks, small letters.
  var cleanEmail: String? {
    let clean = (email ?? "").filter { !$0.isWhitespace }.lowercased()
    return clean.isEmpty ? nil : clean
  }

  /// The ten digits of a number in North America; nothing if there are not as many.
  var cleanCellPhone: String? {
    let digits = (cellPhone ?? "").filter(\.isNumber)
    return digits.utf8.count == 10 ? digits : nil
  }

  var cleanTitle: String { title.trimmingBlanks }

  var payroll: PayrollRecord { PayrollRecord(person: self) }
  var humanResources: ResourceRecord { ResourceRecord(person: self) }
}

extension String {
  var trimmingBlanks: String {
    var rest = self[...]
    while rest.last == " " { rest.removeLast() }
    while rest.first == " " { rest.removeFirst() }
    return String(rest)
  }

  /// At most so many scalars, as a column of that width takes them.
  func cut(to width: Int) -> String {
    String(String.UnicodeScalarView(unicodeScalars.prefix(width)))
  }
}

/// A row of `bPREH`.
struct PayrollRecord: VistaRecord {
  let person: Person
  static let table = "bPREH"
  static let key = ["PRCo", "Employee"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "PRCo": .integer(person.key.company), "Employee": .integer(person.key.number),
      "LastName": .text(person.lastName), "FirstName": .text(person.firstName),
      "MidName": SQLValue(person.middleName), "SortName": .text(person.sortName),
      "Address": .text(person.address.street), "City": .text(person.address.city),
      "State": .text(person.address.state), "Zip": .text(person.address.zip), "Country": "US",
      "Phone": SQLValue(person.phone), "CellPhone": SQLValue(person.cellPhone),
      "Email": SQLValue(person.email), "SSN": .text(person.socialSecurityNumber),
      "Sex": .text(person.sex), "Race": "X", "BirthDate": SQLValue(person.birthDate),
      "HireDate": SQLValue(person.hireDate), "TermDate": SQLValue(person.termDate),
      "RecentRehireDate": SQLValue(person.rehireDate),
      "RecentSeparationDate": SQLValue(person.rehireDate == nil ? nil : person.termDate),
      "PRGroup": 1, "PRDept": .text(person.department), "Craft": .text("CR\(person.craft)"),
      "Class": .text("CL\(person.craft % 5 + 1)"), "InsCode": "5183",
      "UnempState": .text(person.address.state.trimmingBlanks),
      "JCCo": SQLValue(person.statedJob?.company), "Job": SQLValue(person.statedJob?.code),
      "Shift": 1, "EarnCode": 1, "HrlyRate": SQLValue(hundredths: person.hourlyRate),
      "SalaryAmt": "0.00", "ActiveYN": SQLValue(person.activeFlag),
      "LastUpdated": SQLValue(person.lastUpdated), "udEmpTitle": .text(person.title),
    ]
  }
}

extension Person {
  fileprivate var sortName: String { (lastName + firstName).uppercased().cut(to: 15) }
}

/// A row of `bHRRM`.
struct ResourceRecord: VistaRecord {
  let person: Person
  static let table = "bHRRM"
  static let key = ["HRCo", "HRRef"]

  /// One company keeps the human resources of all.
  var row: KeyValuePairs<String, SQLValue> {
    [
      "HRCo": 1, "HRRef": .integer(person.resource), "PRCo": .integer(person.key.company),
      "PREmp": .integer(person.key.number), "LastName": .text(person.lastName),
      "FirstName": .text(person.firstName), "MiddleName": SQLValue(person.middleName),
      "SortName": .text(person.sortName), "Address": .text(person.address.street),
      "City": .text(person.address.city), "State": .text(person.address.state),
      "Zip": .text(person.address.zip), "Country": "US", "Phone": SQLValue(person.phone),
      "CellPhone": SQLValue(person.cellPhone), "Email": SQLValue(person.email),
      "SSN": .text(person.socialSecurityNumber), "Sex": .text(person.sex), "Race": "X",
      "BirthDate": SQLValue(person.birthDate), "HireDate": SQLValue(person.hireDate),
      "TermDate": SQLValue(person.termDate), "ActiveYN": SQLValue(person.activeFlag),
      "Status": .text(person.activeFlag ? "ACTIVE" : "TERM"), "PRGroup": 1,
      "PRDept": .text(person.department), "PositionCode": .text(person.position),
      "LicNumber": SQLValue(person.license),
      "LicState": SQLValue(person.license == nil ? nil : person.address.state),
      "LicExpDate": SQLValue(person.licenseExpiry), "DriveCoVehiclesYN": SQLValue(person.drives),
      "TempWorker": "N", "ExistsInPR": "Y",
    ]
  }
}
