import Foundation
import JSON
import Sandbox
import SandboxDatabase
import Testing

/// A mid-size contractor through its first load, a quiet run, and a working day: every call is accounted for.
@Suite struct MidSizeTests {
  /// Calls that read a list of so many objects in numbered pages of 25, the last one empty.
  private func pages(_ objects: Int) -> Int { (objects + 24) / 25 + 1 }

  private func users(_ people: some Sequence<EmployeeKey>) -> Set<String> {
    Set(people.map { "\($0.company)/\($0.number)" })
  }

  private func jobs(_ jobs: [JobKey]) -> Set<String> {
    Set(jobs.map { "\($0.company)/\($0.code)" })
  }

  @Test("First load, nothing to do, a day of changes, leavers: exactly the calls that are needed")
  func story() async throws {
    try await Contractor.open(size: .mid) { contractor in
      let own = contractor.viewpoint.expectation(ofCompany: 1)
      let all = contractor.viewpoint.expectation
      let before = try contractor.safetyamp.objects("users").count
      let shared = try await phonesInUse(contractor, own)
      let first = try await contractor.run(exits: 3)
      try checkFirst(first, contractor, own, all, withheld: shared.count, usersBefore: before)
      try checkRates(contractor)
      try checkHomes(contractor)

      var calls = contractor.allCalls
      let second = try await contractor.run(exits: 3)
      #expect(second.calls == 0)
      #expect(contractor.allCalls == calls)

      let day = try await contractor.viewpoint.applyDayOfChanges(seed: 11)
      let driving = Set(
        try await contractor.sql(
          """
          select "PREmp" from viewpoint."bHRRM" where "PRCo" = 1 and "DriveCoVehiclesYN" = 'Y'
          """))
      func drive(_ people: [EmployeeKey]) -> [EmployeeKey] {
        people.filter { driving.contains(String($0.number)) }
      }
      let plan = try await contractor.plan()
      let changed = changes(of: plan)
      #expect(changed["safetyamp-users"]?["create"] == users(day.hired))
      #expect(changed["safetyamp-users"]?["update"] == users(day.changed))
      #expect(changed["safetyamp-users"]?["deactivate"] == nil)
      #expect(changed["safetyamp-sites"] == ["create": jobs(day.opened)])
      #expect(changed["safetyamp-titles"] == ["create": Set(day.newTitles)])
      #expect(changed["samsara-addresses"] == ["create": jobs(day.opened)])
      let phones = drive(day.phoneChanged)
      #expect(changed["samsara-drivers"] == (phones.isEmpty ? nil : ["update": users(phones)]))
      #expect(
        Set(changed.keys).isSubset(
          of: [
            "safetyamp-users", "safetyamp-sites", "safetyamp-titles", "samsara-addresses",
            "samsara-drivers",
          ]))

      let writes = contractor.calls("POST /**") + contractor.calls("PATCH /**")
      let third = try await contractor.run(exits: 3)
      let wanted =
        day.hired.count + day.changed.count + 2 * day.opened.count + day.newTitles.count
        + phones.count
        // With any change, a phone number that was refused is tried once more.
        + day.changed.subtracting(day.phoneChanged).intersection(shared).count
      #expect(contractor.calls("POST /**") + contractor.calls("PATCH /**") - writes == wanted)
      #expect(try third.count("safetyamp-users", "absent") == day.left.count)
      #expect(try third.count("safetyamp-users", "deactivated") == 0)

      let fourth = try await contractor.run(exits: 3)
      #expect(try fourth.count("safetyamp-users", "deactivated") == day.left.count)
      #expect(try fourth.count("samsara-drivers", "deactivated") == drive(day.left).count)
      #expect(fourth.calls == day.left.count + drive(day.left).count)
      let now = try contractor.users()
      for key in day.left {
        #expect(now[String(key.number)]?["system_access"] == false, "\(key)")
      }
      try checkHomes(contractor)

      calls = contractor.allCalls
      #expect(try await contractor.run(exits: 3).calls == 0)
      #expect(contractor.allCalls == calls)
      try checkRates(contractor)
    }
  }

  /// Those whose mobile number one with a smaller number has, who becomes a user.
  private func phonesInUse(
    _ contractor: Contractor, _ own: ContractorExpectation
  ) async throws -> Set<EmployeeKey> {
    let lines = try await contractor.sql(
      """
      select "Employee", right(regexp_replace("CellPhone", '[^0-9]', '', 'g'), 10)
        from viewpoint."bPREH"
       where "PRCo" = 1 and length(regexp_replace("CellPhone", '[^0-9]', '', 'g')) >= 10
       order by 1
      """)
    let refused = Set(own.withoutEmail + own.withTakenEmail)
    let active = Set(contractor.viewpoint.activeEmployees)
    var seen: Set<Substring> = []
    var shared: Set<EmployeeKey> = []
    for line in lines {
      let columns = line.split(separator: "|")
      let key = EmployeeKey(company: 1, number: try #require(Int(columns[0])))
      guard active.contains(key), !refused.contains(key) else { continue }
      if !seen.insert(columns[1]).inserted { shared.insert(key) }
    }
    return shared
  }

  // MARK: The first load

  private func checkFirst(
    _ report: Report, _ contractor: Contractor, _ own: ContractorExpectation,
    _ all: ContractorExpectation,
    withheld: Int, usersBefore: Int
  ) throws {
    #expect(report.status == "partial")
    let refused = Set(own.withoutEmail + own.withTakenEmail)
    let creates: [(mapping: String, post: CallPattern, creates: Int, attempts: Int, reads: Int)] = [
      ("safetyamp-regions", "POST /api/site_clusters", own.regions, own.regions, 1),
      ("safetyamp-departments", "POST /api/site_clusters", own.departments, own.departments, 1),
      ("safetyamp-sites", "POST /api/sites", all.openJobs, all.openJobs, pages(0)),
      ("safetyamp-titles", "POST /api/user_titles", own.titles, own.titles, pages(0)),
      (
        "safetyamp-users", "POST /api/users", own.activeEmployees - refused.count,
        own.activeEmployees - own.withoutEmail.count + withheld,
        // Once more for the values that were taken: it might have been by an earlier write of our own.
        pages(usersBefore)
          + pages(usersBefore + own.activeEmployees - refused.count - withheld)
      ),
      ("samsara-tags", "POST /tags", own.departments, own.departments, 1),
      (
        "samsara-addresses", "POST /addresses", all.openJobsWithShipAddress,
        all.openJobsWithShipAddress, 1
      ),
      ("samsara-drivers", "POST /fleet/drivers", own.drivers, own.drivers, 2),
      ("samsara-assets", "POST /assets", all.equipmentInService, all.equipmentInService, 1),
    ]
    var posts: [CallPattern: Int] = [:]
    for one in creates {
      #expect(try report.count(one.mapping, "created") == one.creates, "\(one.mapping)")
      let calls = try report.count(one.mapping, "calls")
      #expect(calls == one.attempts + one.reads, "\(one.mapping)")
      posts[one.post, default: 0] += one.attempts
    }
    for (post, attempts) in posts { #expect(contractor.calls(post) == attempts, "\(post)") }
    #expect(
      Set(report.mappings.compactMap { $0["mapping"]?.stringValue }) == Set(creates.map(\.mapping)))
    #expect(report.calls == contractor.allCalls)
    #expect(try report.count("safetyamp-users", "rejected") == refused.count)
    #expect(try report.count("safetyamp-users", "withheld") == withheld)
    #expect(try contractor.users().count == own.activeEmployees - refused.count)
    #expect(try contractor.sites().count == all.openJobs)
    #expect(try contractor.drivers().count == own.drivers)
  }

  private func checkRates(_ contractor: Contractor) throws {
    for system in [contractor.safetyamp, contractor.samsara] {
      #expect(system.calls.allSatisfy { !$0.refused && $0.status != 429 }, "\(system.name)")
    }
    let scale = Contractor.windowScale
    #expect(contractor.safetyamp.fullestWindow(seconds: 61 / scale) <= 60)
    for window in SamsaraSettings.publishedWindows {
      let seconds = Double(window.per.components.seconds) / scale
      if window.patterns.isEmpty {
        #expect(contractor.samsara.fullestWindow(seconds: seconds) <= window.calls)
      }
      for pattern in window.patterns {
        #expect(
          contractor.samsara.fullestWindow(seconds: seconds, matching: pattern) <= window.calls,
          "\(pattern)")
      }
    }
  }

  /// Every user stands for an active employee, or one who has just left, at the site of the present job.
  private func checkHomes(_ contractor: Contractor) throws {
    let sites = try contractor.sites()
    let jobs = contractor.viewpoint.currentJobs
    let people = contractor.viewpoint.activeEmployees.filter { $0.company == 1 }
    let users = try contractor.users()
    var misplaced: [String] = []
    var placed = 0
    for key in people {
      guard let user = users[String(key.number)] else { continue }
      let site = jobs[key].flatMap { sites["\($0.company)-\($0.code)"]?["id"] } ?? .null
      if (user["home_site_id"] ?? .null) != site { misplaced.append("\(key.number)") }
      if !site.isNull { placed += 1 }
    }
    #expect(misplaced.isEmpty)
    #expect(placed > people.count / 2)
  }

  private func changes(of plan: Report) -> [String: [String: Set<String>]] {
    var changes: [String: [String: Set<String>]] = [:]
    for change in plan.json["changes"]?.arrayValue ?? [] {
      guard let mapping = change["mapping"]?.stringValue, let kind = change["change"]?.stringValue,
        let key = change["key"]?.stringValue
      else { continue }
      changes[mapping, default: [:]][kind, default: []].insert(key)
    }
    return changes
  }
}
