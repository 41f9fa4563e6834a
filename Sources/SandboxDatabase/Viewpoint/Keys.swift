/// What identifies an employee: numbers repeat between payroll companies.
public struct EmployeeKey: Sendable, Hashable, Comparable {
  public let company: Int
  public let number: Int

  public init(company: Int, number: Int) {
    self.company = company
    self.number = number
  }

  public static func < (left: EmployeeKey, right: EmployeeKey) -> Bool {
    (left.company, left.number) < (right.company, right.number)
  }
}

/// What identifies a job: codes repeat between companies.
public struct JobKey: Sendable, Hashable {
  public let company: Int
  /// Digits with the dot that the site's mask puts behind them, such as `10004.`.
  public let code: String

  public init(company: Int, code: String) {
    self.company = company
    self.code = code
  }
}
