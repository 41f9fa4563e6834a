/// A posted line of a timecard, in `bPRTH`.
struct Timecard: VistaRecord {
  var employee: EmployeeKey
  var weekEnd: CalendarDay
  var sequence: Int
  var day: CalendarDay
  /// A mechanic's line has none.
  var job: JobKey?
  var department: String
  var hundredthsOfHours: Int
  var hourlyRate: Int

  static let table = "bPRTH"
  static let key = ["PRCo", "PRGroup", "PREndDate", "Employee", "PaySeq", "PostSeq"]

  var row: KeyValuePairs<String, SQLValue> {
    [
      "PRCo": .integer(employee.company), "PRGroup": 1, "PREndDate": SQLValue(weekEnd),
      "Employee": .integer(employee.number), "PaySeq": 1, "PostSeq": .integer(sequence),
      "Type": job == nil ? "M" : "J", "PostDate": SQLValue(day), "JCCo": SQLValue(job?.company),
      "Job": SQLValue(job?.code), "Phase": job == nil ? nil : "01-100-0010",
      "PRDept": .text(department), "Cert": "N", "EarnCode": 1, "Shift": 1,
      "Hours": SQLValue(hundredths: hundredthsOfHours), "Rate": SQLValue(hundredths: hourlyRate),
      "Amt": SQLValue(hundredths: hundredthsOfHours * hourlyRate / 100), "BatchId": 1,
    ]
  }
}
