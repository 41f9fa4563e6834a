import Testing

@testable import SandboxDatabase

@Suite("The loaded database")
struct InventedViewpointTests {
  static let active = """
    "ActiveYN" = 'Y'
    AND ("TermDate" IS NULL OR "TermDate" < greatest("HireDate", "RecentRehireDate"))
    """

  static func create(
    _ size: DatabaseSize, _ name: String, seed: UInt64 = 7
  ) async throws -> InventedViewpoint {
    try await InventedViewpoint.create(
      in: .shared(), database: name, size: size, seed: seed)
  }

  /// The first column of the first row.
  static func count(_ sql: String, in viewpoint: InventedViewpoint) async throws -> Int? {
    Int(try await viewpoint.cluster.execute(sql, in: viewpoint.database))
  }

  /// Asks the database for everything that can be counted in SQL.
  static func expectCounts(
    of viewpoint: InventedViewpoint, company: Int? = nil
  ) async throws {
    let expectation =
      company.map { viewpoint.expectation(ofCompany: $0) } ?? viewpoint.expectation
    func own(_ column: String) -> String { company.map { "\"\(column)\" = \($0)" } ?? "true" }
    let people = "FROM viewpoint.\"bPREH\" e WHERE \(active) AND \(own("PRCo"))"
    let questions = [
      ("SELECT count(*) \(people)", expectation.activeEmployees),
      ("SELECT count(DISTINCT trim(\"udEmpTitle\")) \(people)", expectation.titles),
      (
        "SELECT count(DISTINCT trim(\"udRegion\")) FROM viewpoint.\"bPRDP\" WHERE \(own("PRCo"))",
        expectation.regions
      ),
      ("SELECT count(*) FROM viewpoint.\"bPRDP\" WHERE \(own("PRCo"))", expectation.departments),
      (
        "SELECT count(*) FROM viewpoint.\"bJCJM\" WHERE \"JobStatus\" = 1 AND \(own("JCCo"))",
        expectation.openJobs
      ),
      (
        """
        SELECT count(*) FROM viewpoint."bJCJM"
         WHERE "JobStatus" = 1 AND trim("ShipAddress") <> '' AND \(own("JCCo"))
        """, expectation.openJobsWithShipAddress
      ),
      (
        """
        SELECT count(*) \(people) AND EXISTS (
          SELECT FROM viewpoint."bHRRM" h
           WHERE h."PRCo" = e."PRCo" AND h."PREmp" = e."Employee" AND h."DriveCoVehiclesYN" = 'Y')
        """, expectation.drivers
      ),
      (
        """
        SELECT count(*) FROM viewpoint."bEMEM"
         WHERE "Type" = 'E' AND "Status" IN ('A', 'D') AND \(own("EMCo"))
        """, expectation.equipmentInService
      ),
      (
        """
        SELECT count(*) \(people) AND EXISTS (
          SELECT FROM viewpoint."bPRTH" t
           WHERE t."PRCo" = e."PRCo" AND t."Employee" = e."Employee" AND t."Job" IS NOT NULL)
        """, expectation.employeesWithCurrentJob
      ),
      (
        "SELECT count(*) \(people) AND coalesce(trim(\"Email\"), '') = ''",
        expectation.withoutEmail.count
      ),
      (
        """
        SELECT count("Email") - count(DISTINCT lower(replace("Email", ' ', ''))) \(people)
        """, expectation.withTakenEmail.count
      ),
      (
        """
        SELECT count(*) - count(DISTINCT digits) FROM (
          SELECT regexp_replace("CellPhone", '[^0-9]', '', 'g') AS digits \(people)) p
         WHERE length(digits) = 10
        """, expectation.withTakenPhone.count
      ),
    ]
    for (question, answer) in questions {
      #expect(try await count(question, in: viewpoint) == answer, "\(question)")
    }
  }

  @Test("agrees with what the model expects", arguments: [DatabaseSize.tiny, .mid])
  func agrees(size: DatabaseSize) async throws {
    let viewpoint = try await Self.create(size, "agrees_\(size)")
    try await Self.expectCounts(of: viewpoint)
    try await Self.expectCounts(of: viewpoint, company: 1)
  }

  @Test("gives everybody the current job that the model gives them")
  func agreesOnJobs() async throws {
    let viewpoint = try await Self.create(.mid, "agrees_on_jobs")
    let rows = try await viewpoint.cluster.execute(
      """
      SELECT DISTINCT ON ("PRCo", "Employee") "PRCo", "Employee", "JCCo", "Job"
        FROM viewpoint."bPRTH" WHERE "Job" IS NOT NULL
       GROUP BY "PRCo", "Employee", "PREndDate", "JCCo", "Job"
       ORDER BY "PRCo", "Employee", "PREndDate" DESC, sum("Hours") DESC, "JCCo", "Job"
      """, in: viewpoint.database)
    let expected = viewpoint.currentJobs.map {
      "\($0.key.company)|\($0.key.number)|\($0.value.company)|\($0.value.code)"
    }
    #expect(Set(rows.split(separator: "\n").map(String.init)) == Set(expected))
  }

  @Test("lets the reader read, but not write, and not pay")
  func limitsReader() async throws {
    let viewpoint = try await Self.create(.tiny, "limits_reader")
    func read(_ sql: String) async throws -> String {
      try await viewpoint.cluster.execute(
        sql, in: viewpoint.database, as: InventedViewpoint.reader)
    }
    #expect(
      try await read("SELECT count(\"LastName\") FROM viewpoint.\"bPREH\"") == "12")
    for forbidden in [
      "SELECT \"SSN\" FROM viewpoint.\"bPREH\"", "SELECT \"HrlyRate\" FROM viewpoint.\"bPREH\"",
      "SELECT \"Amt\" FROM viewpoint.\"bPRTH\"", "SELECT \"SSN\" FROM viewpoint.\"bHRRM\"",
      "SELECT * FROM viewpoint.\"bPREH\"",
      "UPDATE viewpoint.\"bJCJM\" SET \"JobStatus\" = 1", "DELETE FROM viewpoint.\"bPRDP\"",
    ] {
      let error = await #expect(throws: ClusterError.self) { try await read(forbidden) }
      #expect(error?.message.contains("permission denied") == true, "\(forbidden)")
    }
  }

  @Test("lives through days of changes", arguments: [DatabaseSize.tiny, .mid])
  func livesThroughDays(size: DatabaseSize) async throws {
    var viewpoint = try await Self.create(size, "days_\(size)")
    for day in UInt64(1)...2 {
      let before = viewpoint.expectation
      let jobs = viewpoint.currentJobs
      let changes = try await viewpoint.applyDayOfChanges(seed: day)
      let after = viewpoint.expectation
      try await Self.expectCounts(of: viewpoint)

      #expect(
        after.activeEmployees
          == before.activeEmployees + changes.hired.count - changes.left.count)
      #expect(after.openJobs == before.openJobs + changes.opened.count - changes.closed.count)
      let active = Set(viewpoint.activeEmployees)
      #expect(active.isSuperset(of: changes.hired))
      #expect(active.isDisjoint(with: changes.left))
      #expect(active.isSuperset(of: changes.changed))
      #expect(changes.moved.allSatisfy { viewpoint.currentJobs[$0] != jobs[$0] })
      #expect(after.withTakenEmail == before.withTakenEmail)
      for kind in [
        changes.hired, changes.left, changes.moved, changes.phoneChanged, changes.addressChanged,
        changes.emailChanged, changes.retitled,
      ] {
        #expect(!kind.isEmpty)
      }
      #expect(!changes.opened.isEmpty && !changes.closed.isEmpty)
    }
  }

  @Test("changes the same things for the same seed")
  func daysAreDeterministic() async throws {
    var first = try await Self.create(.tiny, "same_day_1")
    var second = try await first.copy(as: "same_day_2")
    let changes = try await first.applyDayOfChanges(seed: 5)
    #expect(try await second.applyDayOfChanges(seed: 5) == changes)
    #expect(first.expectation == second.expectation)
  }
}
