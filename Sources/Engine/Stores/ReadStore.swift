/// What earlier complete reads of sources and targets found.
public protocol ReadStore: Sendable {
  /// Rows of the last complete read of a mapping's source; `nil` before the first.
  func lastRowCount(of mapping: String) async throws -> Int?
  /// Counts a complete read, and remembers its rows.
  func setLastRowCount(
    _ count: Int, of mapping: String, run: Int64, epoch: LeaseEpoch) async throws
  /// How many complete reads of the mapping there have been.
  func readCount(of mapping: String) async throws -> Int
  /// Objects in the last listing of a resource that was whole, without those that were given up since; `nil` before the
  /// first. `resource`: `target/resource`.
  func listedCount(of resource: String) async throws -> Int?
  func setListedCount(_ count: Int, of resource: String, epoch: LeaseEpoch) async throws
}
