import JSON

/// A value that the target holds otherwise than it was sent, by no one's edit: it trims, cuts, rounds, or keeps its own.
public struct Alteration: Sendable, Hashable {
  public var mapping: String
  public var key: Key
  public var field: String
  /// As it was sent, in its canonical form; masked.
  public var sent: [UInt8]
  /// As the target held it afterwards, likewise.
  public var held: [UInt8]
  /// How often the two were found to differ in this way.
  public var count: Int

  public init(
    mapping: String, key: Key, field: String, sent: [UInt8], held: [UInt8], count: Int = 1
  ) {
    self.mapping = mapping
    self.key = key
    self.field = field
    self.sent = sent
    self.held = held
    self.count = count
  }

  /// How often a value is written back before the target's own is left in its place.
  static let mostWritten = 2

  /// Whether both are the same value turned into the same other one.
  func isSame(as other: Alteration) -> Bool {
    field.utf8.elementsEqual(other.field.utf8) && sent == other.sent && held == other.held
  }
}

/// Fields that answers of a resource have been seen to show.
public struct ShownFields: Sendable, Hashable {
  /// By listings of all objects.
  public var listed: Set<String> = []
  /// By answers about one object.
  public var answered: Set<String> = []

  public init(listed: Set<String> = [], answered: Set<String> = []) {
    self.listed = listed
    self.answered = answered
  }
}
