/// An invented contractor: everything that its database holds, as a model in memory.
struct Contractor: Sendable {
  let size: DatabaseSize
  /// The working day that has not been worked yet.
  var today: CalendarDay
  var companies: [Company]
  var departments: [Department]
  var jobDepartments: [JobDepartment]
  var positions: [Position]
  var people: [Person]
  var jobs: [Job]
  var contracts: [Contract]
  var managers: [ProjectManager]
  var equipment: [Equipment]
  var timecards: [Timecard]
  /// How many of the invented telephone numbers are used up.
  var phonesGiven: Int

  /// What loads the whole contractor into empty tables.
  var script: VistaScript {
    var script = VistaScript()
    script.insert(companies)
    script.insert(
      companies.flatMap { company in
        EquipmentCategory.allCases.map { CategoryRecord(company: company.number, category: $0) }
      })
    script.insert(departments)
    script.insert(jobDepartments)
    script.insert(positions)
    script.insert(people.map(\.payroll))
    script.insert(people.map(\.humanResources))
    script.insert(jobs)
    script.insert(contracts)
    script.insert(managers)
    script.insert(equipment)
    script.insert(timecards)
    return script
  }

  /// What brings the database of an earlier state of the same contractor to this one.
  func script(from earlier: Contractor) -> VistaScript {
    var script = VistaScript()
    script.change(earlier.people.map(\.payroll), to: people.map(\.payroll))
    script.change(earlier.people.map(\.humanResources), to: people.map(\.humanResources))
    script.change(earlier.contracts, to: contracts)
    script.change(earlier.jobs, to: jobs)
    script.change(earlier.equipment, to: equipment)
    script.change(earlier.timecards, to: timecards)
    return script
  }

  /// The job of each employee's newest week of timecards, that with most hours.
  var currentJobs: [EmployeeKey: JobKey] {
    var newest: [EmployeeKey: (weekEnd: CalendarDay, hours: [JobKey: Int])] = [:]
    for line in timecards {
      guard let job = line.job else { continue }
      if let week = newest[line.employee], week.weekEnd > line.weekEnd { continue }
      if newest[line.employee]?.weekEnd != line.weekEnd {
        newest[line.employee] = (line.weekEnd, [:])
      }
      newest[line.employee]?.hours[job, default: 0] += line.hundredthsOfHours
    }
    return newest.compactMapValues { week in
      week.hours.max { left, right in
        (left.value, right.key.company, right.key.code)
          < (right.value, left.key.company, left.key.code)
      }?.key
    }
  }
}
