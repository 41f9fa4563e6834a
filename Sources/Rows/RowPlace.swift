/// Where a row stands, in a source whose rows have places that a person can look at, such as lines of files.
public struct RowPlace: Sendable, Hashable {
  /// Among the names of the batch's places.
  public var source: Int32
  /// Counted from 1.
  public var line: Int64

  public init(source: Int32, line: Int64) {
    self.source = source
    self.line = line
  }
}

extension RowBatch {
  /// Names what the places of rows are in, e.g. files.
  public mutating func namePlaces(_ names: [String]) { placeNames = names }

  /// Says where the row stands that was appended last. In a batch either every row has a place or none.
  public mutating func append(_ place: RowPlace) { places.append(place) }

  /// Where a row stands, in words: `people.csv, line 12`; `nil` where rows have no places.
  public func place(of row: Int) -> String? {
    guard row < places.count else { return nil }
    let place = places[row]
    let name = placeNames.indices.contains(Int(place.source)) ? placeNames[Int(place.source)] : "?"
    return "\(name), line \(place.line)"
  }
}
