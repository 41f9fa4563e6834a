/// A job, its contract, and the people who lead jobs.
struct Job: VistaRecord {
  var key: JobKey
  var name: String
  var contract: String?
  /// 0 pending, 1 open, 2 soft closed, 3 hard closed.
  var status: Int
  var manager: Int
  var site: PostalAddress?

  var isOpen: Bool { status == 1 }

  static let table = "bJCJM"
  static let key = ["JCCo", "Job"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "JCCo": .integer(key.company), "Job": .text(key.code), "Description": .text(name),
      "Contract": SQLValue(contract), "JobStatus": .integer(status),
      "ProjectMgr": .integer(manager), "MailAddress": "1 Lantern Hill Road",
      "MailCity": "Baton Rouge", "MailState": "LA", "MailZip": "70801-1000", "MailCountry": "US",
      "ShipAddress": SQLValue(site?.street), "ShipCity": SQLValue(site?.city),
      "ShipState": SQLValue(site?.state), "ShipZip": SQLValue(site?.zip),
      "ShipCountry": SQLValue(site == nil ? nil : "US"), "Certified": "N",
      "PRStateCode": SQLValue(site?.state.trimmingBlanks), "PCVisibleInJC": "Y",
    ]
  }
}

/// A row of `bJCCM`; it, not the job, knows the department.
struct Contract: VistaRecord {
  var company: Int
  var code: String
  var name: String
  var department: String
  var status: Int
  var start: CalendarDay

  static let table = "bJCCM"
  static let key = ["JCCo", "Contract"]

  var row: KeyValuePairs<String, SQLValue> {
    let (year, month, _) = start.parts
    return [
      "JCCo": .integer(company), "Contract": .text(code), "Description": .text(name),
      "Department": .text(department), "ContractStatus": .integer(status),
      "StartMonth": SQLValue(CalendarDay(year, month, 1)), "StartDate": SQLValue(start),
      "CustGroup": 1, "OrigContractAmt": "100000.00", "ContractAmt": "100000.00",
      "BilledAmt": "0.00",
    ]
  }
}

/// A row of `bJCMP`.
struct ProjectManager: VistaRecord {
  var company: Int
  var number: Int
  var name: String
  var phone: String?
  var email: String?

  static let table = "bJCMP"
  static let key = ["JCCo", "ProjectMgr"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "JCCo": .integer(company), "ProjectMgr": .integer(number), "Name": .text(name),
      "MobilePhone": SQLValue(phone), "Email": SQLValue(email),
    ]
  }
}
