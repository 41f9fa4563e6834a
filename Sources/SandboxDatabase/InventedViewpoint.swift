/// A Viewpoint (Vista) database of an invented contractor, as a PostgreSQL replica holds it.
///
/// The same seed, size and day give the same database. Nobody and nothing in it exists.
public struct InventedViewpoint: Sendable {
  public let cluster: PrivateCluster
  public let database: String
  /// The login that a reading tool uses; it may not see pay, nor social security numbers.
  public static let reader = VistaSchema.reader
  public static let usualDatabase = "viewpoint"
  /// Monday, 23 November 2026.
  public static let usualToday = CalendarDay(2026, 11, 23)

  private(set) var contractor: Contractor

  /// Makes and fills a database in a running cluster.
  ///
  /// - Parameter today: the day on which the data stands; every date in it is relative to this one.
  public static func create(
    in cluster: PrivateCluster, database: String = usualDatabase, size: DatabaseSize = .mid,
    seed: UInt64 = 7, today: CalendarDay = usualToday
  ) async throws(ClusterError) -> InventedViewpoint {
    let contractor = ContractorInvention(size: size, seed: seed, today: today).contractor()
    var script = VistaScript()
    script.add(VistaSchema.role)
    script.add("BEGIN")
    script.add(VistaSchema.tables)
    let data = contractor.script
    try await cluster.createDatabase(database)
    try await cluster.load(
      script.bytes + data.bytes + Array(VistaSchema.grants.utf8) + Array("COMMIT; ANALYZE;\n".utf8),
      into: database)
    return InventedViewpoint(cluster: cluster, database: database, contractor: contractor)
  }

  /// Makes another database with the same content, which is much quicker than filling one.
  public func copy(as name: String) async throws(ClusterError) -> InventedViewpoint {
    try await cluster.createDatabase(name, copying: database)
    return InventedViewpoint(cluster: cluster, database: name, contractor: contractor)
  }

  /// What a right mapping of all companies must arrive at, after the changes made so far.
  public var expectation: Expectation { Expectation(contractor) }

  /// What a right mapping of one company must arrive at.
  public func expectation(ofCompany company: Int) -> Expectation {
    Expectation(contractor, company: company)
  }

  /// The active employees, in the order of their numbers.
  public var activeEmployees: [EmployeeKey] {
    contractor.people.filter(\.isActive).map(\.key).sorted()
  }

  /// The job of everybody's newest week of timecards, that with most hours.
  public var currentJobs: [EmployeeKey: JobKey] { contractor.currentJobs }

  /// The open jobs.
  public var openJobs: [JobKey] { contractor.jobs.filter(\.isOpen).map(\.key) }

  /// Changes the database as one working day would, in one transaction.
  ///
  /// The first call works on the day of the data, each later one on the working day after.
  public mutating func applyDayOfChanges(
    seed: UInt64
  ) async throws(ClusterError) -> DayOfChanges {
    var changed = contractor
    let changes = changed.workOneDay(seed: seed)
    let script = changed.script(from: contractor)
    try await cluster.load(
      Array("BEGIN;\n".utf8) + script.bytes + Array("COMMIT;\n".utf8), into: database)
    contractor = changed
    return changes
  }
}
