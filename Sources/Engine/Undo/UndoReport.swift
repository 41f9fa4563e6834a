/// What an undo came to, in the counts of a run.
extension Undo {
  /// - Parameters:
  ///   - items: What was done to each object of the mapping.
  ///   - calls: Calls that were made.
  public static func report(
    of items: [Item], mapping: String, target: String, calls: Int
  ) -> MappingReport {
    var report = MappingReport(mapping: mapping, target: target)
    report.calls = calls
    for item in items {
      let key = item.key.description
      switch (item.outcome, item.action) {
      case (.done?, .giveUp): report.deactivated += 1
      case (.done?, _): report.updated += 1
      case (.failed(let reason)?, _):
        report.rejected += 1
        report.add(Failure.Reason(field: nil, message: reason), key: key)
      case (.unknown(let reason)?, _):
        report.unknown += 1
        report.add(Failure.Reason(field: nil, message: reason), key: key, kind: .unknown)
      case (nil, _): report.unchanged += 1
      }
    }
    if report.rejected + report.unknown > 0 { report.status = .partial }
    return report
  }
}
