/// How large an invented contractor is.
public enum DatabaseSize: String, Sendable, CaseIterable {
  /// Twelve employees, five jobs, eight rows of equipment; for documentation and unit tests.
  ///
  /// Each of these is there once, on people and jobs of company 1: blanks behind a first name, last
  /// name, state, city and title; an e-mail address with a blank inside, with a capital, shared,
  /// missing; a mobile number shared, missing, too short; nobody's timecard for weeks; the active
  /// flag with a term date, and neither; a re-hire under the old and one under a new number; a
  /// misspelt title; the dates 1900-01-01 and 2079-06-06; a job without contract, without address,
  /// with the name of another; a vehicle without number, with a short one, with another's plate.
  case tiny
  /// A mid-size contractor with 1,800 active employees, the defects at the rates seen in the field.
  case mid
  /// A large one with 12,000 active employees, for measuring.
  case large

  var scale: Scale {
    switch self {
    case .tiny:
      Scale(
        employees: 12, activeEmployees: 8, jobs: 5, openJobs: 4, busyJobs: 3, equipment: 8,
        vehicles: 4, components: 2, departments: 4, peopledDepartments: 4, regions: 2, titles: 6,
        projectManagers: 2, drivers: 3, weeks: 2)
    case .mid:
      Scale(
        employees: 2400, activeEmployees: 1800, jobs: 1500, openJobs: 850, busyJobs: 109,
        equipment: 1200, vehicles: 260, components: 400, departments: 33, peopledDepartments: 25,
        regions: 7, titles: 140, projectManagers: 35, drivers: 300, weeks: 3)
    case .large:
      Scale(
        employees: 40_000, activeEmployees: 12_000, jobs: 60_000, openJobs: 6000, busyJobs: 700,
        equipment: 9000, vehicles: 3000, components: 3000, departments: 60,
        peopledDepartments: 48, regions: 10, titles: 200, projectManagers: 60, drivers: 3400,
        weeks: 2)
    }
  }

  /// How many of `count` rows have a defect seen in so many of ten thousand: in `tiny`, one.
  func rows(of count: Int, perTenThousand rate: Int) -> Int {
    self == .tiny ? 1 : max(1, (count * rate + 5000) / 10_000)
  }
}

/// The stocks of a size, in rows.
struct Scale: Sendable {
  let employees: Int
  let activeEmployees: Int
  let jobs: Int
  let openJobs: Int
  /// Open jobs that anybody works on.
  let busyJobs: Int
  /// All equipment, with vehicles and components.
  let equipment: Int
  let vehicles: Int
  let components: Int
  let departments: Int
  let peopledDepartments: Int
  let regions: Int
  let titles: Int
  let projectManagers: Int
  /// Active employees who may drive company vehicles.
  let drivers: Int
  /// Weeks of timecards before today.
  let weeks: Int
}
