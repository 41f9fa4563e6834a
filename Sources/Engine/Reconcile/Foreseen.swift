/// What a plan takes for written down about the keys of the mapping at hand after it has looked at the target. A run has it in
/// the ledger.
struct Foreseen: Sendable, Hashable {
  /// What the target was found to hold, instead of what was sent. Flat JSON, masked.
  var held: [Key: [UInt8]] = [:]
  /// Objects that take the place of those that are gone.
  var relinked: [Key: String] = [:]
  /// Of objects that were found to be gone.
  var failures: [Key: Failure] = [:]
  /// Keys whose object was gone and is there again.
  var overcome: Set<Key> = []
  /// Keys that were given up, and whose object somebody has taken into use again.
  var givenBack: Set<Key> = []

  var isEmpty: Bool { held.isEmpty && failures.isEmpty && overcome.isEmpty && givenBack.isEmpty }
}
