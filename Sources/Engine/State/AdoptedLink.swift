/// A key's link with an object that was at the target before, and the line of history that says so.
public struct AdoptedLink: Sendable, Hashable {
  public var link: Link
  public let change: ChangeEntry

  /// What the target holds of the record: flat JSON, masked. It counts as sent.
  public var held: [UInt8] { change.after }

  /// - Parameters:
  ///   - held: What the target holds of the record: flat JSON, masked.
  ///   - run: The run that links it; 0 where the operator does.
  public init(_ link: Link, holding held: [UInt8], run: Int64 = 0, at now: Instant) {
    self.link = link
    change = ChangeEntry(
      run: run, mapping: link.mapping, key: link.key, operation: "adopt",
      before: FlatRecord().bytes, after: held, at: now)
  }
}

extension Settlement {
  /// The write ends with an object that was found at the target.
  mutating func adopt(_ adopted: AdoptedLink) {
    object = Remembered(link: adopted.link, sent: adopted.held)
    change = adopted.change
    clearsFailure = true
  }
}
