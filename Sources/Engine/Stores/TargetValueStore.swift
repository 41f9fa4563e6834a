/// What the target makes of the values that it is sent, and which fields its answers show.
public protocol TargetValueStore: Sendable {
  /// What is known of the values of these keys that the target holds otherwise than they were sent.
  func alterations(of mapping: String, keys: [Key]) async throws -> [Alteration]
  /// Remembers them, each in place of what was known of its field.
  func keep(_ alterations: [Alteration], epoch: LeaseEpoch) async throws
  /// `resource`: `target/resource`.
  func shownFields(of resource: String) async throws -> ShownFields
  /// Adds to what is known.
  func keep(_ shown: ShownFields, of resource: String, epoch: LeaseEpoch) async throws
}
