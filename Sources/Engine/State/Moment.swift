import Foundation

extension Int64 {
  /// Milliseconds since 1970 as `2026-01-31T12:00:00Z`.
  package var moment: String {
    Date(timeIntervalSince1970: Double(self) / 1000).formatted(.iso8601)
  }
}
