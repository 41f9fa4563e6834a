/// The changes of one run, as they wait to be sent.
///
/// A spool is local to its process and no part of the ledger: a plan has one too, nothing of it is durable, and it goes with
/// the run. Memory does not grow with the number of its changes.
public protocol ChangeSpool: Sendable {
  func add(_ changes: [PlannedChange], mapping: String) async throws
  /// The next changes in sending order, by kind and key, behind the given position: at most `limit`, fewer where those hold
  /// ``PlannedChange/stretch`` bytes, and none only at the end.
  ///
  /// - Parameter position: Where one change stands, 0 before the first; positions are not ordered as numbers.
  func next(mapping: String, after position: Int64, limit: Int) async throws -> [(
    position: Int64, change: PlannedChange
  )]
  func clear(mapping: String) async throws
}
