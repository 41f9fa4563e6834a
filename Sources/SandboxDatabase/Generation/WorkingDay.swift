extension Contractor {
  /// Changes the model as its working day would, and goes on to the next.
  mutating func workOneDay(seed: UInt64) -> DayOfChanges {
    var random = SeededRandom(seed: seed, stream: "day of changes")
    var changes = DayOfChanges()
    let counts = DayCounts(size: size, &random)
    let jobsBefore = currentJobs
    var eligible = random.shuffled(blameless)[...]

    move(&changes, counts.moved, &eligible, from: jobsBefore, &random)
    for index in eligible.take(counts.left) { leave(index, &changes) }
    changeContacts(&changes, counts, among: Array(eligible), &random)
    openJobs(&changes, counts.opened, &random)
    closeJobs(&changes, counts.closed, &random)
    hire(&changes, counts.hired, &random)
    today = today + (today.weekday < 4 ? 1 : 7 - today.weekday)
    return changes
  }

  /// Rows of active people of company 1 whose e-mail address is theirs alone.
  private var blameless: [Int] {
    var owners: [String: Int] = [:]
    for person in people { if let mail = person.cleanEmail { owners[mail, default: 0] += 1 } }
    return people.indices.filter { index in
      let person = people[index]
      guard person.key.company == 1, person.isActive, let mail = person.cleanEmail else {
        return false
      }
      return owners[mail] == 1
    }
  }

  /// Posts today's hours of part of a crew to another open job of the same company.
  private mutating func move(
    _ changes: inout DayOfChanges, _ count: Int, _ eligible: inout ArraySlice<Int>,
    from jobs: [EmployeeKey: JobKey], _ random: inout SeededRandom
  ) {
    guard let old = eligible.compactMap({ jobs[people[$0].key] }).first else { return }
    let targets = self.jobs.filter { $0.isOpen && $0.key != old && $0.key.company == 1 }
    guard !targets.isEmpty else { return }
    let new = random.pick(targets).key
    let crew = eligible.filter { jobs[people[$0].key] == old }.prefix(count)
    eligible.removeAll { crew.contains($0) }
    for index in crew {
      post(people[index], to: new)
      changes.moved.append(people[index].key)
    }
  }

  /// Posts eight hours of today, and those of this week's other days that were posted elsewhere.
  private mutating func post(_ person: Person, to job: JobKey) {
    let weekEnd = today + (6 - today.weekday)
    let posted = timecards.filter { $0.employee == person.key && $0.weekEnd == weekEnd }
    var line = Timecard(
      employee: person.key, weekEnd: weekEnd, sequence: posted.count, day: today, job: job,
      department: person.department, hundredthsOfHours: 800, hourlyRate: person.hourlyRate)
    for earlier in posted {
      // Corrections are negative lines: nothing that was posted is changed.
      var correction = line
      correction.sequence = line.sequence + 1
      correction.job = earlier.job
      correction.hundredthsOfHours = -earlier.hundredthsOfHours
      timecards.append(correction)
      line.sequence += 1
      line.hundredthsOfHours += earlier.hundredthsOfHours
    }
    line.sequence += 1
    timecards.append(line)
  }

  private mutating func leave(_ index: Int, _ changes: inout DayOfChanges) {
    people[index].termDate = today
    people[index].activeFlag = false
    people[index].lastUpdated = today
    changes.left.append(people[index].key)
    for place in equipment.indices where equipment[place].operatedBy == people[index].key {
      equipment[place].operatedBy = nil
    }
  }

  private mutating func changeContacts(
    _ changes: inout DayOfChanges, _ counts: DayCounts, among eligible: [Int],
    _ random: inout SeededRandom
  ) {
    var turn = 0
    func next() -> Int {
      defer { turn += 1 }
      return eligible[turn % eligible.count]
    }
    guard !eligible.isEmpty else { return }
    for _ in 0..<counts.phones {
      let index = next()
      people[index].cellPhone = newPhone()
      changes.phoneChanged.append(people[index].key)
    }
    for _ in 0..<counts.addresses {
      let index = next()
      people[index].address = InventedPlaces.address(&random)
      changes.addressChanged.append(people[index].key)
    }
    for _ in 0..<counts.emails {
      let index = next()
      people[index].email = "new.\(people[index].cleanEmail ?? "")"
      changes.emailChanged.append(people[index].key)
    }
    let index = next()
    let title = unusedTitle
    people[index].title = title
    changes.retitled.append(people[index].key)
    changes.newTitles.append(title)
    for index in eligible.prefix(turn) { people[index].lastUpdated = today }
  }

  private var unusedTitle: String {
    let used = Set(people.map(\.cleanTitle))
    return (1...).lazy.map { "Drone Surveyor \($0)" }.first { !used.contains($0) } ?? ""
  }

  /// A number that nobody has had.
  private mutating func newPhone() -> String {
    phonesGiven += 1
    return InventedPhones.dashed(phonesGiven - 1)
  }

  private mutating func openJobs(
    _ changes: inout DayOfChanges, _ count: Int, _ random: inout SeededRandom
  ) {
    let departments = departments.filter { $0.company == 1 }
    for _ in 0..<count {
      let number = 10_001 + jobs.count { $0.key.company == 1 }
      let key = JobKey(company: 1, code: "\(number).")
      let site = InventedPlaces.address(&random)
      let name =
        "\(InventedPlaces.plant(&random)) \(random.pick(InventedPlaces.tasks)) \(number - 10_000)"
      contracts.append(
        Contract(
          company: 1, code: key.code, name: name, department: random.pick(departments).code,
          status: 1, start: today))
      jobs.append(
        Job(key: key, name: name, contract: key.code, status: 1, manager: 1, site: site))
      changes.opened.append(key)
    }
  }

  /// Closes jobs that nobody works on any more, as far as there are such.
  private mutating func closeJobs(
    _ changes: inout DayOfChanges, _ count: Int, _ random: inout SeededRandom
  ) {
    let busy = Set(currentJobs.values)
    let open = jobs.indices.filter { index in
      jobs[index].isOpen && !changes.opened.contains(jobs[index].key)
    }
    let quiet = random.shuffled(open.filter { !busy.contains(jobs[$0].key) })
    let rest = random.shuffled(open.filter { busy.contains(jobs[$0].key) })
    for index in (quiet + rest).prefix(count) {
      jobs[index].status = 2
      changes.closed.append(jobs[index].key)
    }
  }

  /// People with titles and departments that there are, and no timecard yet.
  private mutating func hire(
    _ changes: inout DayOfChanges, _ count: Int, _ random: inout SeededRandom
  ) {
    for _ in 0..<count {
      let number = (people.filter { $0.key.company == 1 }.map(\.key.number).max() ?? 1200) + 1
      let model = random.pick(people.filter { $0.isActive && $0.key.company == 1 })
      let key = EmployeeKey(company: 1, number: number)
      let last = random.pick(InventedNames.last)
      var person = model
      person.key = key
      person.resource = (people.map(\.resource).max() ?? 5000) + 1
      person.firstName = random.pick(InventedNames.men)
      person.lastName = last
      person.middleName = nil
      person.address = InventedPlaces.address(&random)
      person.phone = nil
      person.cellPhone = newPhone()
      person.email = "\(InventedNames.mailPart(last)).\(number)@example.com"
      person.socialSecurityNumber = "000-99-\((number % 9999 + 1).padded(4))"
      person.sex = "M"
      person.birthDate = today - random.between(19 * 366, 50 * 365)
      person.hireDate = today
      person.termDate = nil
      person.rehireDate = nil
      person.statedJob = nil
      person.drives = false
      person.license = nil
      person.licenseExpiry = nil
      person.lastUpdated = today
      people.append(person)
      changes.hired.append(key)
    }
  }
}

/// How much happens on a day.
private struct DayCounts {
  let hired: Int
  let left: Int
  let moved: Int
  let phones: Int
  let addresses: Int
  let emails: Int
  let opened: Int
  let closed: Int

  init(size: DatabaseSize, _ random: inout SeededRandom) {
    let factor = size == .large ? 5 : 1
    func some(_ low: Int, _ high: Int) -> Int {
      size == .tiny ? 1 : factor * random.between(low, high)
    }
    hired = some(3, 5)
    left = some(3, 8)
    moved = some(5, 12)
    phones = some(2, 5)
    addresses = some(2, 6)
    emails = some(1, 4)
    opened = some(2, 4)
    closed = some(3, 6)
  }
}
