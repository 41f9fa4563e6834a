import Testing

@testable import SandboxDatabase

@Suite("The invented contractor")
struct ContractorInventionTests {
  static let mid = invent(.mid)
  static let tiny = invent(.tiny)

  static func invent(_ size: DatabaseSize, seed: UInt64 = 7) -> Contractor {
    ContractorInvention(size: size, seed: seed, today: InventedViewpoint.usualToday).contractor()
  }

  @Test("is the same for a seed, and another for another")
  func isDeterministic() {
    let first = Self.tiny.script.bytes
    #expect(first == Self.invent(.tiny).script.bytes)
    #expect(first != Self.invent(.tiny, seed: 8).script.bytes)
    // Known text: a change of it is a change of everybody's samples.
    var random = SeededRandom(seed: 7, stream: "known")
    #expect((0..<4).map { _ in random.below(1000) } == [22, 178, 988, 755])
  }

  @Test("has the stocks of its size", arguments: [tiny, mid])
  func hasStocks(contractor: Contractor) {
    let scale = contractor.size.scale
    let expectation = Expectation(contractor)
    #expect(contractor.people.count == scale.employees)
    #expect(expectation.activeEmployees == scale.activeEmployees)
    #expect(contractor.jobs.count == scale.jobs)
    #expect(expectation.openJobs == scale.openJobs)
    #expect(contractor.equipment.count == scale.equipment)
    #expect(contractor.equipment.count { $0.type == "C" } == scale.components)
    #expect(contractor.equipment.count { $0.plate != nil } == scale.vehicles)
    #expect(expectation.departments == scale.departments)
    #expect(expectation.regions == scale.regions)
    #expect(expectation.titles == scale.titles)
    #expect(expectation.drivers == scale.drivers)
    #expect(contractor.companies.count == 3)
  }

  @Test("repeats no key", arguments: [tiny, mid])
  func repeatsNoKey(contractor: Contractor) {
    func differ<Key: Hashable>(_ keys: [Key]) -> Bool { Set(keys).count == keys.count }
    #expect(differ(contractor.people.map(\.key)))
    #expect(differ(contractor.people.map(\.resource)))
    #expect(differ(contractor.jobs.map(\.key)))
    #expect(differ(contractor.contracts.map { JobKey(company: $0.company, code: $0.code) }))
    #expect(differ(contractor.equipment.map { JobKey(company: $0.company, code: $0.code) }))
    #expect(differ(contractor.equipment.compactMap(\.vin)))
  }

  @Test("refers only to what there is", arguments: [tiny, mid])
  func refersToWhatIs(contractor: Contractor) {
    let jobs = Set(contractor.jobs.map(\.key))
    let people = Set(contractor.people.map(\.key))
    let departments = Set(contractor.departments.map { JobKey(company: $0.company, code: $0.code) })
    let contracts = Set(contractor.contracts.map { JobKey(company: $0.company, code: $0.code) })
    #expect(contractor.timecards.allSatisfy { $0.job.map(jobs.contains) ?? true })
    #expect(contractor.timecards.allSatisfy { people.contains($0.employee) })
    #expect(contractor.people.allSatisfy { $0.statedJob.map(jobs.contains) ?? true })
    #expect(
      contractor.people.allSatisfy {
        departments.contains(JobKey(company: $0.key.company, code: $0.department))
      })
    #expect(
      contractor.jobs.allSatisfy { job in
        job.contract.map { contracts.contains(JobKey(company: job.key.company, code: $0)) } ?? true
      })
    #expect(contractor.equipment.allSatisfy { $0.operatedBy.map(people.contains) ?? true })
  }

  @Test("has every defect, in tiny each once")
  func hasEveryDefect() {
    let defects = Defects(Self.tiny)
    #expect(
      defects
        == Defects(
          blanksInFirstName: 1, blanksInLastName: 1, blanksInState: 1, blanksInCity: 1,
          blanksInTitle: 1, blankInEmail: 1, capitalInEmail: 1, takenEmails: 1, withoutEmail: 1,
          takenPhones: 1, withoutPhone: 1, shortPhone: 1, withoutJob: 1, flagWithTermDate: 1,
          neitherFlagNorTermDate: 1, rehiredWithOldDate: 1, rehiredWithNewNumber: 1,
          sentinelBirthDates: 1, sentinelExpiries: 1, jobsWithoutContract: 1, jobsWithoutAddress: 1,
          jobsWithTakenName: 1, vehiclesWithoutVIN: 1, shortVINs: 1, takenPlates: 1))
  }

  @Test("has the defects of the mid size at the rates seen")
  func hasRates() {
    let defects = Defects(Self.mid)
    #expect(defects.blanksInFirstName == 600)
    #expect(defects.blanksInLastName == 480)
    #expect(defects.blanksInState == 384)
    #expect(defects.blanksInCity == 336)
    #expect(defects.blanksInTitle == 192)
    #expect(defects.blankInEmail == 4)
    #expect(defects.capitalInEmail == 25)
    #expect(defects.takenEmails == 13)
    #expect(defects.withoutEmail == 4)
    #expect(defects.takenPhones == 16)
    #expect(defects.withoutJob == 126)
    #expect(defects.rehiredWithOldDate == 36)
    #expect(defects.rehiredWithNewNumber == 9)
    #expect(defects.flagWithTermDate == 9)
    #expect(defects.neitherFlagNorTermDate == 9)
    #expect(defects.jobsWithoutContract == 13)
    #expect(defects.jobsWithoutAddress == 12)
    #expect(defects.jobsWithTakenName == 17)
    #expect(defects.takenPlates == 6)
  }

  @Test("has people of one company on jobs of another, and job columns out of date")
  func crossesCompanies() {
    let current = Self.mid.currentJobs
    #expect(current.contains { $0.key.company == 1 && $0.value.company == 3 })
    let stale = Self.mid.people.count { person in
      person.isActive && person.statedJob != nil && current[person.key] != nil
        && person.statedJob != current[person.key]
    }
    #expect(stale > 200)
    #expect(Set(current.values).count == 109)
  }

  @Test("names the same job by the newest day as by the newest week", arguments: [tiny, mid])
  func agreesOnCurrentJob(contractor: Contractor) {
    let lines = Dictionary(grouping: contractor.timecards.filter { $0.job != nil }, by: \.employee)
    for (employee, job) in contractor.currentJobs {
      let own = lines[employee] ?? []
      let newest = own.map(\.day).max()
      var hours: [JobKey: Int] = [:]
      for line in own where line.day == newest {
        if let job = line.job { hours[job, default: 0] += line.hundredthsOfHours }
      }
      #expect(hours.max { $0.value < $1.value }?.key == job)
    }
  }

  @Test("uses only reserved numbers, example addresses and unassigned makers")
  func inventsSafely() {
    for person in Self.mid.people {
      if let digits = person.cleanCellPhone {
        #expect(digits.dropFirst(3).hasPrefix("55501"), "\(digits)")
      }
      #expect(person.cleanEmail?.hasSuffix("@example.com") ?? true)
      #expect(person.socialSecurityNumber.hasPrefix("000-"))
      #expect(person.socialSecurityNumber.utf8.count == 11)
    }
    let numbers = Self.mid.equipment.compactMap(\.vin).filter { $0.utf8.count == 17 }
    #expect(numbers.count > 240)
    #expect(numbers.allSatisfy { VehicleIdentification.isValid($0) && $0.hasPrefix("E9X") })
  }

  @Test("knows a check digit that is right")
  func checksDigit() {
    #expect(VehicleIdentification.isValid("1M8GDM9AXKP042788"))
    #expect(!VehicleIdentification.isValid("1M8GDM9A1KP042788"))
    #expect(!VehicleIdentification.isValid("1M8GDM9AXKP04278"))
  }

  @Test("counts days as the calendar does")
  func countsDays() {
    #expect(CalendarDay(1970, 1, 1).number == 0)
    #expect(CalendarDay(2026, 11, 23).number == 20_780)
    #expect(CalendarDay(2026, 11, 23).weekday == 0)
    #expect((CalendarDay(2024, 2, 28) + 1).description == "2024-02-29")
    #expect((CalendarDay(1900, 2, 28) + 1).description == "1900-03-01")
    for number in stride(from: -30_000, to: 60_000, by: 97) {
      let day = CalendarDay(number: number)
      #expect(CalendarDay(day.parts.year, day.parts.month, day.parts.day) == day)
    }
  }
}
