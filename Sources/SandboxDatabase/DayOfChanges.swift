/// What one working day changed: which records, and how.
///
/// Nobody is in more than one of ``hired``, ``left`` and ``moved``. All are of company 1, and were
/// without defects of their e-mail address, so that each change is one that a target accepts.
public struct DayOfChanges: Sendable, Equatable {
  public internal(set) var hired: [EmployeeKey] = []
  /// With a term date of today and the active flag taken away.
  public internal(set) var left: [EmployeeKey] = []
  /// A crew, or part of one, whose new timecards name another job.
  public internal(set) var moved: [EmployeeKey] = []
  public internal(set) var phoneChanged: [EmployeeKey] = []
  public internal(set) var addressChanged: [EmployeeKey] = []
  public internal(set) var emailChanged: [EmployeeKey] = []
  /// Employees with a title that nobody had before.
  public internal(set) var retitled: [EmployeeKey] = []
  public internal(set) var newTitles: [String] = []
  public internal(set) var opened: [JobKey] = []
  public internal(set) var closed: [JobKey] = []

  /// Employees there were before the day and are active after it, whose record is another now.
  public var changed: Set<EmployeeKey> {
    Set(moved + phoneChanged + addressChanged + emailChanged + retitled)
  }
}
