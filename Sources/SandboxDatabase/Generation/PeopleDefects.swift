extension ContractorInvention {
  /// Brings in what is wrong with people in the field, at the rates seen there; in `tiny` each once.
  ///
  /// Only people of the main company are touched. Defects of one property are on different people,
  /// so that each can be seen by itself; those who share something share it with a blameless one.
  func spoil(_ people: inout [Person]) {
    var random = random("defects")
    let main = people.indices.filter { people[$0].key.company == 1 }
    let active = main.filter { people[$0].activeFlag }
    let inactive = main.filter { !people[$0].activeFlag }
    let spoilable = size == .tiny ? active : Array(people.indices)

    rehire(&people, active: random.shuffled(active), inactive: random.shuffled(inactive), &random)
    addBlanks(&people, spoilable, &random)
    spoilPhones(&people, random.shuffled(active), &random)
    for index in random.shuffled(active).prefix(count(10)) {
      people[index].birthDate = CalendarDay(1900, 1, 1)
    }
    let drivers = random.shuffled(active.filter { people[$0].drives })
    for index in drivers.prefix(count(10)) { people[index].licenseExpiry = CalendarDay(2079, 6, 6) }
  }

  private func count(_ perTenThousand: Int) -> Int {
    size.rows(of: scale.activeEmployees, perTenThousand: perTenThousand)
  }

  /// Re-hires, flags that contradict dates, and e-mail addresses, which re-hires bear on.
  private func rehire(
    _ people: inout [Person], active: [Int], inactive: [Int], _ random: inout SeededRandom
  ) {
    var active = active
    var inactive = inactive
    for _ in 0..<count(50) {
      // Under a new number: the old one still has the e-mail address, but is not active.
      let new = active.removeFirst()
      let old = inactive.removeFirst()
      people[old].firstName = people[new].firstName
      people[old].lastName = people[new].lastName
      people[old].birthDate = people[new].birthDate
      people[old].email = people[new].email
      people[old].termDate = people[new].hireDate - random.between(40, 300)
      people[old].hireDate = people[new].hireDate - random.between(400, 2000)
    }
    for index in inactive.prefix(count(50)) { people[index].activeFlag = true }
    for index in inactive.dropFirst(count(50)).prefix(count(50)) { people[index].termDate = nil }

    for index in active.suffix(count(200)) {
      // Under the old number: the term date of the first time is left.
      let hire = min(people[index].hireDate, today - 900)
      people[index].hireDate = hire
      people[index].termDate = hire + random.between(60, 400)
      people[index].rehireDate = hire + random.between(450, 850)
    }
    spoilMail(&people, active, &random)
  }

  private func spoilMail(
    _ people: inout [Person], _ candidates: [Int], _ random: inout SeededRandom
  ) {
    var rest = candidates[...]
    for index in rest.take(count(22)) {
      people[index].email = people[index].email?.replacing(".", with: ". ", maxReplacements: 1)
    }
    for index in rest.take(count(139)) {
      people[index].email = people[index].email.map { $0.prefix(1).uppercased() + $0.dropFirst() }
    }
    for index in rest.take(count(20)) { people[index].email = nil }
    for index in rest.take(count(70)) {
      if let other = rest.take(1).first { people[index].email = people[other].email }
    }
  }

  private func spoilPhones(
    _ people: inout [Person], _ candidates: [Int], _ random: inout SeededRandom
  ) {
    var rest = candidates[...]
    for index in rest.take(count(100)) { people[index].cellPhone = random.happens(500) ? nil : " " }
    for index in rest.take(count(50)) { people[index].cellPhone = InventedPhones.short(index) }
    for index in rest.take(count(90)) {
      if let other = rest.take(1).first { people[index].cellPhone = people[other].cellPhone }
    }
    // Another way of writing it is not a defect of the number.
    for index in rest.take(count(100)) {
      people[index].cellPhone = people[index].cellPhone.map {
        "(\($0.prefix(3))) \($0.dropFirst(4))"
      }
    }
  }

  private func addBlanks(
    _ people: inout [Person], _ candidates: [Int], _ random: inout SeededRandom
  ) {
    func rows(_ rate: Int) -> ArraySlice<Int> {
      random.shuffled(candidates)
        .prefix(size.rows(of: candidates.count, perTenThousand: rate))
    }
    for index in rows(2500) { people[index].firstName += " " }
    for index in rows(2000) { people[index].lastName += "  " }
    for index in rows(1600) { people[index].address.state += " " }
    for index in rows(1400) { people[index].address.city += " " }
    for index in rows(800) { people[index].title += " " }
  }
}

extension ArraySlice {
  /// Removes and returns the first elements, as many as there are up to a number.
  mutating func take(_ count: Int) -> [Element] {
    let taken = Array(prefix(count))
    removeFirst(taken.count)
    return taken
  }
}
