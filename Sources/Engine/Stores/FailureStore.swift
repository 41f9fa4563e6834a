/// Records that were refused.
public protocol FailureStore: Sendable {
  /// All failures of one mapping, or of all, in the order of names and keys.
  func failures(of mapping: String?) async throws -> [Failure]
  /// Objects of a resource that records of other mappings are of, though they are linked elsewhere: see
  /// ``Failure/claims``.
  func objectsClaimed(of resource: String, byOthersThan mapping: String) async throws -> Set<String>
  /// Each takes the place of its key's earlier failure, of which the beginning and the counts are kept. A release is used up;
  /// a dismissal lasts as long as the record is the same. That the object is gone outlasts what our own checks say.
  func record(_ failures: [Failure], epoch: LeaseEpoch) async throws
  func clearFailures(of mapping: String, keys: [Key], epoch: LeaseEpoch) async throws
}
