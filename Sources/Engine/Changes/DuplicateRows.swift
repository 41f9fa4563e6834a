/// Rows that have the same key, one behind another.
struct DuplicateRows {
  /// As many places as a reason names.
  private static let named = 5

  private(set) var count = 0
  /// Where the first of them stand, where rows have places.
  private(set) var places: [String] = []

  mutating func add(_ place: String?) {
    count += 1
    if let place, places.count < Self.named { places.append(place) }
  }

  /// `people.csv, line 5, and people.csv, line 9`.
  var list: String {
    let rest = count - places.count
    guard rest == 0, let last = places.last, places.count > 1 else {
      return places.joined(separator: "; ") + (rest > 0 ? "; and \(rest) more" : "")
    }
    return places.count == 2
      ? "\(places[0]), and \(last)" : places.dropLast().joined(separator: "; ") + "; and \(last)"
  }
}
