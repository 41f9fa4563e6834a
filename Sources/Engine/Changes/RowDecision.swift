/// What becomes of a row whose record could be built, also of one that waited for a link first.
enum RowDecision: Sendable, Hashable {
  /// The last write of its key has no known end.
  case unknown
  /// The same, and the operator wants it left alone.
  case dismissed
  /// It is as it was last sent.
  case unchanged
  /// - returns: Whether the key had been given up.
  case update(returns: Bool)
  case create

  /// What is known of the key's link.
  struct KnownLink: Sendable, Hashable {
    var state: LinkState
    var fingerprint: Fingerprint

    init(state: LinkState, fingerprint: Fingerprint) {
      self.state = state
      self.fingerprint = fingerprint
    }

    init(_ link: Link) { self.init(state: link.state, fingerprint: link.fingerprint) }
  }

  /// - Parameters:
  ///   - record: Of the record.
  ///   - isOpen: Whether a write of the key has no known end.
  ///   - isDismissed: Whether the operator wants such a write left alone.
  ///   - isHeldOtherwise: Whether the target was found to hold something else than was last sent.
  ///   - deletes: Whether objects of keys that are given up are deleted.
  init(
    record: Fingerprint, link: KnownLink?, isOpen: Bool, isDismissed: Bool,
    isHeldOtherwise: Bool, deletes: Bool
  ) {
    if isOpen {
      self = isDismissed ? .dismissed : .unknown
      return
    }
    guard let link else {
      self = .create
      return
    }
    switch link.state {
    case .active where link.fingerprint == record && !isHeldOtherwise: self = .unchanged
    case .active: self = .update(returns: false)
    // An object that was deleted when its key was given up is made again.
    case .inactive: self = deletes ? .create : .update(returns: true)
    }
  }
}
