extension ContractorInvention {
  /// Jobs and their contracts, with the defects that jobs have.
  func work(departments: [String]) -> (jobs: [Job], contracts: [Contract]) {
    var random = random("work")
    let plants = (0..<max(2, scale.jobs / 6)).map { _ in
      (name: InventedPlaces.plant(&random), site: InventedPlaces.address(&random))
    }
    var counts = [0, 0, 0, 0]
    var jobs: [Job] = []
    var contracts: [Contract] = []
    let statuses = statuses(&random)
    for (index, status) in statuses.enumerated() {
      let company = company(ofJob: index)
      counts[company] += 1
      let number = 10_000 + counts[company]
      let plant = random.pick(plants)
      let name = "\(plant.name) \(random.pick(InventedPlaces.tasks)) \(counts[company].padded(3))"
      // One contract in ten has a second job.
      if let last = contracts.last, last.company == company, random.happens(100) {
        jobs.append(job(company, number, name, contract: last.code, status))
      } else {
        let contract = Contract(
          company: company, code: "\(number).", name: name, department: random.pick(departments),
          status: status, start: today - random.between(20, 1500))
        contracts.append(contract)
        jobs.append(job(company, number, name, contract: contract.code, status))
      }
      jobs[index].site = plant.site
      jobs[index].manager = random.between(1, scale.projectManagers)
    }
    spoil(&jobs, &random)
    return (jobs, contracts)
  }

  private func job(
    _ company: Int, _ number: Int, _ name: String, contract: String, _ status: Int
  ) -> Job {
    Job(
      key: JobKey(company: company, code: "\(number)."), name: name, contract: contract,
      status: status, manager: 1, site: nil)
  }

  /// Most are the main company's; of the tiny ones, one is the second's and one the third's.
  private func company(ofJob index: Int) -> Int {
    switch index % 25 {
    case 3: 2
    case 2, 18: index % 50 < 25 ? 3 : 2
    default: 1
    }
  }

  private func statuses(_ random: inout SeededRandom) -> [Int] {
    // Of the tiny ones, the open come first, so that every company has one.
    if size == .tiny { return [1, 1, 1, 1, 3] }
    let others = (scale.openJobs..<scale.jobs).map { _ in random.pick([0, 2, 3, 3, 3, 3]) }
    return random.shuffled([Int](repeating: 1, count: scale.openJobs) + others)
  }

  /// Picks different open jobs of the main company for each defect.
  private func spoil(_ jobs: inout [Job], _ random: inout SeededRandom) {
    var open = random.shuffled(jobs.indices.filter { jobs[$0].isOpen && jobs[$0].key.company == 1 })
    func take(_ rate: Int) -> [Int] {
      let count = min(size.rows(of: scale.openJobs, perTenThousand: rate), open.count)
      defer { open.removeFirst(count) }
      return Array(open.prefix(count))
    }
    for index in take(150) { jobs[index].contract = nil }
    for index in take(140) { jobs[index].site = nil }
    let named = jobs.indices.filter { jobs[$0].isOpen && jobs[$0].key.company == 1 }
    let pairs = size.rows(of: scale.openJobs, perTenThousand: 200)
    for (index, other) in zip(named.suffix(pairs), named) { jobs[index].name = jobs[other].name }
  }

  /// The open jobs that anybody works on, the largest crew's first; the third is another company's.
  func busyJobs(of jobs: [Job]) -> [JobKey] {
    var random = random("busy jobs")
    let open = random.shuffled(jobs.filter(\.isOpen).map(\.key))
    var main = open.filter { $0.company == 1 }
    let others = open.filter { $0.company != 1 }
    let third = others.first { $0.company == 3 }
    if let third { main.insert(third, at: min(2, main.count)) }
    // A tenth of the crews are the small companies' own.
    let rest = others.filter { $0 != third }.prefix(scale.busyJobs / 10)
    return Array(main.prefix(scale.busyJobs - rest.count)) + rest
  }
}
