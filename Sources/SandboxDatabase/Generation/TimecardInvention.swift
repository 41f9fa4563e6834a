extension ContractorInvention {
  /// Timecards of the recent weeks; sets the job column of payroll, which is often out of date.
  ///
  /// In everybody's newest week the job of the last day is also that with most hours, so that the
  /// newest line and the newest week name the same job.
  func timecards(of people: inout [Person], on busy: [JobKey], among jobs: [Job]) -> [Timecard] {
    var random = random("timecards")
    let idle = idle(people, &random)
    let weights = busy.indices.map { [346, 243, 138].dropFirst($0).first ?? max(1, 360 / $0) }
    let all = jobs.map(\.key)
    var seen = 0
    var lines: [Timecard] = []
    for index in people.indices {
      let person = people[index]
      let works = person.activeFlag ? person.isActive && !idle.contains(index) : hasJustLeft(person)
      guard works else {
        // Somebody without a recent job may still have an old one in the column.
        if random.happens(500) { people[index].statedJob = random.pick(all) }
        continue
      }
      // Every crew has somebody in it.
      let main = busy[seen < busy.count && person.isActive ? seen : random.index(weighted: weights)]
      if person.isActive { seen += 1 }
      let before = random.happens(150) ? random.pick(busy) : main
      for week in (0..<scale.weeks).reversed() {
        let end = lastSunday - 7 * week
        guard person.hireDate <= end - 6,
          person.isActive || person.termDate.map({ $0 >= end }) ?? false
        else { continue }
        lines += self.week(end, of: person, on: week == 0 ? main : before, busy, &random)
      }
      let stated = random.below(100)
      people[index].statedJob = stated < 60 ? main : stated < 85 ? random.pick(all) : nil
    }
    return lines
  }

  private var lastSunday: CalendarDay { today - (today.weekday + 1) }

  private func hasJustLeft(_ person: Person) -> Bool {
    person.termDate.map { $0 >= lastSunday - 7 * (scale.weeks - 1) } ?? false
  }

  /// Active people without a timecard for weeks.
  private func idle(_ people: [Person], _ random: inout SeededRandom) -> Set<Int> {
    let active = people.indices.filter {
      people[$0].isActive && (size != .tiny || people[$0].key.company == 1)
    }
    return Set(
      random.shuffled(active).prefix(size.rows(of: scale.activeEmployees, perTenThousand: 700)))
  }

  /// Five days of eight hours: some on another job, some split, some corrected afterwards.
  private func week(
    _ end: CalendarDay, of person: Person, on main: JobKey, _ busy: [JobKey],
    _ random: inout SeededRandom
  ) -> [Timecard] {
    var lines: [Timecard] = []
    func post(_ day: Int, _ job: JobKey?, _ hours: Int) {
      lines.append(
        Timecard(
          employee: person.key, weekEnd: end, sequence: lines.count + 1, day: end - 6 + day,
          job: job, department: person.department, hundredthsOfHours: hours * 100,
          hourlyRate: person.hourlyRate))
    }
    let kind = random.below(1000)
    switch kind {
    case ..<200: post(0, random.pick(busy), 8)
    case ..<205:
      // Posted to the wrong job, taken back, posted again.
      let wrong = random.pick(busy)
      post(0, wrong, 8)
      post(0, wrong, -8)
      post(0, main, 8)
    default: post(0, main, 8)
    }
    for day in 1...3 { post(day, main, 8) }
    switch kind % 100 {
    case ..<10:
      post(4, random.pick(busy), 2)
      post(4, main, 6)
    case 10:
      post(4, nil, 2)
      post(4, main, 6)
    default: post(4, main, 8)
    }
    return lines
  }
}
