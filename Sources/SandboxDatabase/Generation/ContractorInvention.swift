/// Invents a contractor from a seed, one part of it after the other.
struct ContractorInvention {
  let size: DatabaseSize
  let scale: Scale
  let seed: UInt64
  let today: CalendarDay

  init(size: DatabaseSize, seed: UInt64, today: CalendarDay) {
    self.size = size
    self.scale = size.scale
    self.seed = seed
    self.today = today
  }

  func contractor() -> Contractor {
    let departments = departments()
    let titles = titles()
    let work = work(departments: departments.filter { $0.company == 1 }.map(\.code))
    var people = people(departments: departments, titles: titles)
    spoil(&people)
    let busy = busyJobs(of: work.jobs)
    let timecards = timecards(of: &people, on: busy, among: work.jobs)
    return Contractor(
      size: size, today: today,
      companies: [
        Company(number: 1, name: "Pelican Crown Industrial"),
        Company(number: 2, name: "Pelican Crown Service"),
        Company(number: 3, name: "Sedge & Sons Electric"),
      ],
      departments: departments,
      jobDepartments: (1...3).flatMap { company in
        departments.filter { $0.company == 1 }
          .map { JobDepartment(company: company, code: $0.code, name: $0.name) }
      },
      positions: titles.correct.enumerated().map {
        Position(code: Self.position($0.offset), title: $0.element)
      },
      people: people, jobs: work.jobs, contracts: work.contracts,
      managers: managers(among: people),
      equipment: equipment(drivers: people.filter { $0.isActive && $0.drives }, on: busy),
      timecards: timecards, phonesGiven: people.count)
  }

  func random(_ stream: String) -> SeededRandom {
    SeededRandom(seed: seed, stream: stream)
  }

  static func position(_ index: Int) -> String { "P\((index + 1).padded(3))" }

  /// Titles as they should be, and some of them again as they should not.
  func titles() -> (correct: [String], misspelt: [(wrong: String, position: Int)]) {
    let wrong = max(1, scale.titles / 10)
    let correct = Array(InventedTitles.correct.prefix(scale.titles - wrong))
    let misspelt = (0..<wrong).map { index in
      let position = index * correct.count / wrong
      return (wrong: InventedTitles.misspelt(correct[position]), position: position)
    }
    return (correct, misspelt)
  }

  private func departments() -> [Department] {
    let regions = [
      "Gulf Coast", "River Parishes", "North Texas", "Permian", "Rockies", "Mid South", "Atlantic",
      "Panhandle", "Ozark", "Service",
    ]
    let names = [
      "Piping", "Electrical", "Instrumentation", "Civil", "Scaffold", "Maintenance", "Turnaround",
      "Fabrication", "Insulation", "Crane & Rigging", "Office", "Safety",
    ]
    let inSmall = size == .tiny ? 1 : 2
    return (1...3).flatMap { company in
      (0..<(company == 1 ? scale.departments - 2 * inSmall : inSmall)).map { index in
        let round = index / names.count
        // One region is typed with a blank behind it, which must not make it another.
        return Department(
          company: company, code: (index + 1).padded(2),
          name: names[index % names.count] + (round == 0 ? "" : " \(round + 1)"),
          region: regions[index % scale.regions] + (company > 1 && index == 0 ? " " : ""))
      }
    }
  }

  private func managers(among people: [Person]) -> [ProjectManager] {
    let known = people.filter { $0.isActive && $0.cleanEmail != nil }
    return (1...3).flatMap { company in
      (0..<scale.projectManagers).map { index in
        let person = known[index * known.count / scale.projectManagers]
        let name = "\(person.firstName.trimmingBlanks) \(person.lastName.trimmingBlanks)"
        return ProjectManager(
          company: company, number: index + 1, name: name.cut(to: 30), phone: person.cellPhone,
          email: person.cleanEmail)
      }
    }
  }
}
