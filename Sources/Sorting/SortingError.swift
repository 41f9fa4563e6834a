/// Why rows could not be put aside while they are sorted.
public struct SortingError: Error, Sendable, Hashable {
  public var message: String
  /// What to do.
  public var remedy: String
}
