/// Finds what was probably meant by a misspelt name.
enum Suggestion {
  /// The nearest name, if it is near enough to be worth offering.
  static func nearest(to name: String, among names: [String]) -> String? {
    let wanted = Array(name.lowercased().utf8)
    guard wanted.count <= 64 else { return nil }
    let limit = min(mostEdits, max(1, wanted.count / 3))
    var best: (name: String, distance: Int)?
    for candidate in names {
      let text = Array(candidate.lowercased().utf8)
      guard abs(text.count - wanted.count) <= limit else { continue }
      let distance = distance(wanted, text)
      if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
    }
    if let best { return best.name }
    // `trim` for `text.trim`, or a method's name without its receiver.
    let last = name.split(separator: ".").last.map(String.init) ?? name
    return names.first { $0 == last && $0 != name || $0.hasSuffix("." + last) }
  }

  /// Beyond as many edits nobody meant the other name.
  private static let mostEdits = 4

  /// Damerau-Levenshtein distance, adjacent letters only.
  private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var beforePrevious = [Int](repeating: 0, count: right.count + 1)
    var previous = Array(0...right.count)
    for row in left.indices {
      var current = [row + 1]
      for column in right.indices {
        let same = left[row] == right[column]
        var cost = min(previous[column + 1] + 1, current[column] + 1)
        cost = min(cost, previous[column] + (same ? 0 : 1))
        if row > 0, column > 0, left[row] == right[column - 1], left[row - 1] == right[column] {
          cost = min(cost, beforePrevious[column - 1] + 1)
        }
        current.append(cost)
      }
      beforePrevious = previous
      previous = current
    }
    return previous[right.count]
  }
}
