/// What a right mapping of the database must arrive at, counted in the model and not by SQL.
public struct Expectation: Sendable, Equatable {
  /// Those with the flag set and no term date on or after their latest hire.
  public var activeEmployees: Int
  public var inactiveEmployees: Int
  /// Different titles of active employees, blanks trimmed.
  public var titles: Int
  /// Different regions of payroll departments, blanks trimmed.
  public var regions: Int
  public var departments: Int
  public var openJobs: Int
  public var openJobsWithShipAddress: Int
  /// Active employees who may drive company vehicles.
  public var drivers: Int
  /// Machines and vehicles that are active or down; components do not count.
  public var equipmentInService: Int
  /// Active employees with a timecard in the recent weeks.
  public var employeesWithCurrentJob: Int
  /// Active employees without an e-mail address, in the order of their numbers.
  public var withoutEmail: [EmployeeKey]
  /// Active employees whose e-mail address one with a smaller number has already.
  public var withTakenEmail: [EmployeeKey]
  /// Active employees whose mobile number one with a smaller number has already.
  public var withTakenPhone: [EmployeeKey]
  /// Active employees without a mobile number of ten digits.
  public var withoutPhone: [EmployeeKey]

  /// Counts a contractor, or one of its companies.
  ///
  /// The company is that of the record itself: of payroll for people, of job cost for jobs.
  init(_ contractor: Contractor, company: Int? = nil) {
    func counts(_ other: Int) -> Bool { company.map { $0 == other } ?? true }
    let people = contractor.people.filter { counts($0.key.company) }
    let active = people.filter(\.isActive).sorted { $0.key < $1.key }
    let jobs = contractor.currentJobs
    let open = contractor.jobs.filter { $0.isOpen && counts($0.key.company) }
    let departments = contractor.departments.filter { counts($0.company) }

    activeEmployees = active.count
    inactiveEmployees = people.count - active.count
    titles = Set(active.map(\.cleanTitle)).count
    regions = Set(departments.map(\.region.trimmingBlanks)).count
    self.departments = departments.count
    openJobs = open.count
    openJobsWithShipAddress = open.filter { $0.site != nil }.count
    drivers = active.filter(\.drives).count
    equipmentInService =
      contractor.equipment.filter { $0.isInService && counts($0.company) }.count
    employeesWithCurrentJob = active.filter { jobs[$0.key] != nil }.count
    withoutEmail = active.filter { $0.cleanEmail == nil }.map(\.key)
    withoutPhone = active.filter { $0.cleanCellPhone == nil }.map(\.key)
    withTakenEmail = Self.later(active, with: \.cleanEmail)
    withTakenPhone = Self.later(active, with: \.cleanCellPhone)
  }

  private static func later(
    _ people: [Person], with property: KeyPath<Person, String?>
  ) -> [EmployeeKey] {
    var seen: Set<String> = []
    return people.compactMap { person in
      guard let value = person[keyPath: property] else { return nil }
      return seen.insert(value).inserted ? nil : person.key
    }
  }
}
