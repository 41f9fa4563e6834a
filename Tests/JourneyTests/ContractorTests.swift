import Foundation
import JSON
import Sandbox
import SandboxDatabase
import Testing

/// The repository's own mappings on a tiny contractor with each defect once.
@Suite struct ContractorTests {
  @Test("The shipped project: clean in every check, quiet after the first run")
  func shipped() async throws {
    try await Contractor.open { contractor in
      for command in [["lint"], ["lint", "--live"], ["test"], ["check"]] {
        let result = try await Crosswalk.run(
          command, in: Repository.root, environment: contractor.environment)
        #expect(result.status == 0, "\(command): \(result.text)")
        #expect(!result.text.contains("warning"), "\(command): \(result.text)")
      }
      let plan = try await contractor.plan()
      #expect(!FileManager.default.fileExists(atPath: contractor.ledger.path))
      let first = try await contractor.run(exits: 3)
      #expect(
        Set(first.mappings.compactMap { $0["mapping"]?.stringValue }) == Set(Contractor.mappings))
      // What the plan said is what the run did, but for what only the target could know.
      for mapping in Contractor.mappings where mapping != "safetyamp-users" {
        #expect(
          try plan.count(mapping, "created") == first.count(mapping, "created"), "\(mapping)")
      }
      let own = contractor.viewpoint.expectation(ofCompany: 1)
      #expect(
        try plan.count("safetyamp-users", "created")
          == own.activeEmployees - own.withoutEmail.count)
      #expect(
        try first.count("safetyamp-users", "created")
          == own.activeEmployees - own.withoutEmail.count - own.withTakenEmail.count)
      #expect(try await contractor.run(exits: 3).calls == 0)
    }
  }

  @Test("People whom somebody entered by hand are linked and corrected, not doubled")
  func adopts() async throws {
    try await Contractor.open { contractor in
      // Whoever shares an address or a number may find it taken: creates are sent side by side.
      let key = try #require(
        try await contractor.sql(
          """
          select min("Employee") from viewpoint."bPREH" e
           where "PRCo" = 1 and "ActiveYN" = 'Y' and "TermDate" is null and trim("Email") <> ''
             and not exists (
               select from viewpoint."bPREH" o
                where (o."PRCo", o."Employee") <> (e."PRCo", e."Employee")
                  and (lower(replace(o."Email", ' ', '')) = lower(replace(e."Email", ' ', ''))
                    or regexp_replace(o."CellPhone", '[^0-9]', '', 'g')
                      = regexp_replace(e."CellPhone", '[^0-9]', '', 'g')))
          """
        ).first)
      let id = try contractor.safetyamp.seed(
        "users",
        [
          "emp_id": .string(" \(key) "), "first_name": "By", "last_name": "Hand",
          "email": "by.hand@example.com", "system_access": false,
        ])
      let report = try await contractor.run(exits: 3)
      #expect(try report.count("safetyamp-users", "adopted") == 1)
      let users = try contractor.safetyamp.objects("users").filter {
        $0["emp_id"]?.stringValue?.trimmingCharacters(in: .whitespaces) == key
      }
      #expect(users.count == 1)
      #expect(users.first?["id"]?.stringValue == id)
      #expect(users.first?["last_name"] != "Hand")
      #expect(users.first?["system_access"] == true)
      #expect(try await contractor.run(exits: 3).calls == 0)
    }
  }

  @Test("Who leaves loses access in the second read without them, and gets it back on return")
  func leaves() async throws {
    try await Contractor.open { contractor in
      _ = try await contractor.run(exits: 3)
      let day = try await contractor.viewpoint.applyDayOfChanges(seed: 3)
      let key = try #require(day.left.first)
      #expect(try await contractor.run(exits: 3).count("safetyamp-users", "absent") == 1)
      #expect(try contractor.users()[String(key.number)]?["system_access"] == true)
      #expect(try await contractor.run(exits: 3).count("safetyamp-users", "deactivated") == 1)
      #expect(try contractor.users()[String(key.number)]?["system_access"] == false)
      _ = try await contractor.sql(
        """
        update viewpoint."bPREH" set "ActiveYN" = 'Y', "TermDate" = null
         where "PRCo" = 1 and "Employee" = \(key.number)
        """)
      #expect(try await contractor.run(exits: 3).count("safetyamp-users", "updated") == 1)
      #expect(try contractor.users()[String(key.number)]?["system_access"] == true)
      #expect(try await contractor.run(exits: 3).calls == 0)
    }
  }

  @Test("Sensitive values stand nowhere: not in the ledger's bytes, not in any output")
  func sensitive() async throws {
    try await Contractor.open { contractor in
      let secrets =
        try await contractor.sql(
          """
          select to_char("BirthDate", 'YYYY-MM-DD') from viewpoint."bPREH"
           where "PRCo" = 1 and "BirthDate" > '1900-12-31'
          union select "Address" from viewpoint."bPREH" where "PRCo" = 1 and "Address" <> ''
          """) + ["safetyamp-sandbox-token", "samsara-sandbox-token", "changed-at-first-login"]
      #expect(secrets.count > 10)
      func expectNone(_ bytes: Data, _ place: String) {
        for secret in secrets where bytes.firstRange(of: Data(secret.utf8)) != nil {
          Issue.record("\(secret) stands in \(place)")
        }
      }
      func expectNone(_ result: Crosswalk, _ command: String) {
        expectNone(Data(result.text.utf8), command)
      }
      expectNone(
        try await contractor.crosswalk("plan", "--format", "json", "--limit", "1000"), "plan")
      // Killed while it writes, so that the log of the ledger is still there to be searched.
      contractor.safetyamp.inject(Fault("PATCH /api/users/*", .dropAfter))
      let run = try RunningCrosswalk.start(
        ["run"], in: Repository.root, environment: contractor.environment)
      try await eventually("users are written") { contractor.calls("POST /api/users") >= 3 }
      run.send(SIGKILL)
      _ = try await run.end()
      for name in try FileManager.default.contentsOfDirectory(atPath: contractor.folder.path) {
        let data = try Data(contentsOf: contractor.folder.appending(path: name))
        expectNone(data, "\(name) after a kill")
      }
      expectNone(try await contractor.crosswalk("run", "--wait"), "run")
      _ = try await contractor.viewpoint.applyDayOfChanges(seed: 3)
      _ = try await contractor.sql(
        """
        update viewpoint."bPREH" set "BirthDate" = '1977-07-07', "Address" = '77 Seventh Secret Way'
         where "PRCo" = 1
        """)
      let plan = try await contractor.crosswalk("plan")
      #expect(plan.output.contains("masked"), "\(plan.text)")
      expectNone(plan, "plan")
      #expect(!plan.text.contains("1977-07-07"))
      #expect(!plan.text.contains("Seventh Secret"))
      let third = try await contractor.crosswalk("run", "--format", "json")
      expectNone(third, "run --format json")
      for name in try FileManager.default.contentsOfDirectory(atPath: contractor.folder.path) {
        let data = try Data(contentsOf: contractor.folder.appending(path: name))
        expectNone(data, name)
        #expect(data.firstRange(of: Data("1977-07-07".utf8)) == nil)
        #expect(data.firstRange(of: Data("Seventh Secret".utf8)) == nil)
      }
    }
  }

  @Test("Killed in mid-run, again and again, then run: every person, site and driver once")
  func killed() async throws {
    try await Contractor.open { contractor in
      for target in [4, 12, 20, 28] {
        let run = try RunningCrosswalk.start(
          ["run"], in: Repository.root, environment: contractor.environment)
        try await eventually("the run goes on after \(target)") {
          contractor.allCalls >= target
        }
        run.send(SIGKILL)
        _ = try await run.end()
      }
      let report = try await contractor.run(exits: 3)
      // What was under way rests for two minutes: it may be missing, and is never there twice.
      let unknown = try Contractor.mappings.reduce(0) { try $0 + report.count($1, "unknown") }
      #expect(unknown <= 4 * 12)
      let own = contractor.viewpoint.expectation(ofCompany: 1)
      #expect(
        try contractor.users().count
          <= own.activeEmployees - own.withoutEmail.count - own.withTakenEmail.count)
      #expect(try contractor.sites().count <= contractor.viewpoint.expectation.openJobs)
      #expect(try contractor.drivers().count <= own.drivers)
    }
  }

  @Test("A full target list that is cut short by an error is no list: nothing is created")
  func brokenListing() async throws {
    try await Contractor.open { contractor in
      contractor.safetyamp.inject(
        Fault("GET /api/users", .errorBody, calls: nil))
      let report = try await contractor.run(exits: 5)
      #expect(report.status == "failed")
      #expect(try report.mapping("safetyamp-users")["status"] == "failed")
      #expect(try report.mapping("samsara-drivers")["status"] == "succeeded")
      #expect(contractor.calls("POST /api/users") == 0)
      contractor.safetyamp.clearFaults()
      #expect(try await contractor.run(exits: 3).status == "partial")
    }
  }
}
