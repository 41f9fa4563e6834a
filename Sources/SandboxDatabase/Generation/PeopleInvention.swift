extension ContractorInvention {
  typealias Titles = (correct: [String], misspelt: [(wrong: String, position: Int)])

  /// Employees, ordered by company and number, before anything is wrong with them.
  func people(departments: [Department], titles: Titles) -> [Person] {
    var random = random("people")
    let stays = activeRows(&random)
    var people = (0..<scale.employees).map { index in
      person(index, active: stays[index], &random)
    }
    people.sort { ($0.key.company, $0.hireDate) < ($1.key.company, $1.hireDate) }
    number(&people, &random)
    place(&people, in: departments, &random)
    entitle(&people, titles, &random)
    license(&people, &random)
    return people
  }

  /// Only the main company has former employees.
  private func activeRows(_ random: inout SeededRandom) -> [Bool] {
    var active = [Bool](repeating: true, count: scale.employees)
    let leavers = random.shuffled(active.indices.filter { company(ofRow: $0) == 1 })
    for index in leavers.prefix(scale.employees - scale.activeEmployees) { active[index] = false }
    return active
  }

  private func company(ofRow index: Int) -> Int {
    index % 40 == 39 ? 3 : index % 20 == 9 ? 2 : 1
  }

  private func person(_ index: Int, active: Bool, _ random: inout SeededRandom) -> Person {
    let isWoman = random.happens(130)
    let first =
      random.happens(30)
      ? random.pick(InventedNames.unusualFirst)
      : random.pick(isWoman ? InventedNames.women : InventedNames.men)
    let last =
      random.happens(55)
      ? random.pick(InventedNames.unusualLast) : random.pick(InventedNames.last)
    let middle = random.happens(590) ? random.pick(InventedNames.men) : nil
    let capitals = random.happens(300)
    let suffix = random.happens(15) ? " " + random.pick(["Jr", "Sr", "III"]) : ""
    // A third have less than a year of service; the others up to 35, most of them few.
    let long = random.below(100)
    let service =
      !active
      ? random.between(200, 9000)
      : random.happens(330)
        ? random.between(15, 364) : 365 + long * long * random.between(1, 12) / 10
    let hire = today - service
    let age = 18 + max(random.below(50), random.below(10) + 10) * 4 / 5
    return Person(
      key: EmployeeKey(company: company(ofRow: index), number: 0), resource: 5001 + index,
      firstName: capitals ? first.uppercased() : first,
      middleName: middle.map { capitals ? $0.uppercased() : $0 },
      lastName: capitals ? (last + suffix).uppercased() : last + suffix,
      address: InventedPlaces.address(&random), phone: nil,
      cellPhone: InventedPhones.dashed(index), email: nil,
      socialSecurityNumber: "000-\((index / 9999).padded(2))-\((index % 9999 + 1).padded(4))",
      sex: isWoman ? "F" : "M", birthDate: hire - age * 365 - random.below(365), hireDate: hire,
      termDate: active ? nil : hire + random.between(10, service - 1),
      department: "01", craft: random.between(1, 12), hourlyRate: random.between(1800, 6200),
      activeFlag: active, title: "", position: "", lastUpdated: today - random.between(1, 400))
  }

  /// Numbers grow with the date of hire, each company's from the same beginning.
  private func number(_ people: inout [Person], _ random: inout SeededRandom) {
    let step = max(12, 100_000 / scale.employees)
    var number = 1200
    var company = 0
    var mails: Set<String> = []
    for index in people.indices {
      if people[index].key.company != company {
        company = people[index].key.company
        number = 1200
      }
      number += number == 1200 ? 1 : random.between(1, 2 * step)
      people[index].key = EmployeeKey(company: company, number: number)
      if random.happens(400) { people[index].phone = people[index].cellPhone }

      let first = InventedNames.mailPart(people[index].firstName)
      let last = InventedNames.mailPart(people[index].lastName)
      var mail = "\(first).\(last)"
      if !mails.insert(mail).inserted {
        mail += "\(company)\(number)"
        mails.insert(mail)
      }
      people[index].email = mail + "@example.com"
    }
  }

  /// Departments differ much: the first have hundreds, the last a handful, some nobody.
  private func place(
    _ people: inout [Person], in departments: [Department], _ random: inout SeededRandom
  ) {
    for company in 1...3 {
      let codes = departments.filter { $0.company == company }.map(\.code)
      let empty = company == 1 ? scale.departments - scale.peopledDepartments : 0
      let peopled = codes.count - empty
      let weights = (0..<peopled).map {
        [487, 409, 223, 178].dropFirst($0).first ?? 340 / ($0 * $0 / 4)
      }
      let members = random.shuffled(people.indices.filter { people[$0].key.company == company })
      for (place, index) in members.enumerated() {
        let department =
          place < peopled ? place : random.index(weighted: weights.map { max(1, $0) })
        people[index].department = codes[department]
      }
    }
  }

  /// Every title has somebody active who has it.
  private func entitle(_ people: inout [Person], _ titles: Titles, _ random: inout SeededRandom) {
    let all =
      titles.correct.enumerated().map { ($0.element, $0.offset) }
      + titles.misspelt.map { ($0.wrong, $0.position) }
    let active = random.shuffled(people.indices.filter { people[$0].activeFlag })
    for (place, index) in (active + people.indices.filter { !people[$0].activeFlag }).enumerated() {
      let (title, position) =
        place < all.count ? all[place] : all[min(random.below(all.count), random.below(all.count))]
      people[index].title = title
      people[index].position = Self.position(position)
    }
  }

  /// Some of the active drive, and some who left did.
  private func license(_ people: inout [Person], _ random: inout SeededRandom) {
    let active = random.shuffled(people.indices.filter { people[$0].activeFlag })
    let drivers = active.filter { size != .tiny || people[$0].key.company == 1 }
    let left = random.shuffled(people.indices.filter { !people[$0].activeFlag })
    for index in drivers.prefix(scale.drivers) + left.prefix(max(1, left.count / 12)) {
      people[index].drives = true
      people[index].license = "X\(random.between(10_000_000, 99_999_999))"
      people[index].licenseExpiry = today + random.between(-20, 1400)
    }
  }
}
