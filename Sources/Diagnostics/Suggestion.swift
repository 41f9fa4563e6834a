/// The candidate that somebody most probably meant; nil when none is near enough.
///
/// Near is an edit distance (insertion, deletion, substitution, swap of neighbours; capitals count half) of at most a
/// third of the length, and of four edits at most. What a path has in common with another, up to a separator, makes them no
/// nearer: `urn:x:core:User` is not `urn:x:extension:User`. On a tie the earlier candidate wins.
public func closest(to word: String, in candidates: some Sequence<String>) -> String? {
  let whole = Array(word.unicodeScalars)
  guard !whole.isEmpty else { return nil }
  var best: (candidate: String, distance: Int)?
  for candidate in candidates {
    let (differing, other) = withoutCommonParts(whole, Array(candidate.unicodeScalars))
    let (wanted, scalars) = (Array(differing.prefix(longest)), Array(other.prefix(longest)))
    let limit = min(mostEdits, max(2, 2 * max(wanted.count, scalars.count) / 3))
    guard 2 * abs(wanted.count - scalars.count) <= limit else { continue }
    let distance = editDistance(wanted, scalars)
    if distance <= limit, distance < best?.distance ?? .max { best = (candidate, distance) }
  }
  return best?.candidate
}

/// The candidate that somebody most probably meant, when no other is as near: what may be corrected without asking.
public func onlyClosest(to word: String, in candidates: [String]) -> String? {
  guard let best = closest(to: word, in: candidates) else { return nil }
  // On a tie the earlier one wins, so a rival shows when they are asked the other way round.
  return closest(to: word, in: candidates.reversed()) == best ? best : nil
}

/// Longer words are compared by their beginnings.
private let longest = 64
/// Twice the number of edits beyond which nobody meant the other word.
private let mostEdits = 8

/// Two paths without the parts, each up to a separator, with which both begin or end.
private func withoutCommonParts(
  _ left: [Unicode.Scalar], _ right: [Unicode.Scalar]
) -> (ArraySlice<Unicode.Scalar>, ArraySlice<Unicode.Scalar>) {
  let separators: Set<Unicode.Scalar> = [".", ":", "/"]
  func common(_ left: some Sequence<Unicode.Scalar>, _ right: some Sequence<Unicode.Scalar>) -> Int
  {
    var (count, length) = (0, 0)
    for (one, other) in zip(left, right) {
      guard one == other else { break }
      count += 1
      if separators.contains(one) { length = count }
    }
    return length
  }
  let start = common(left, right)
  let (leftRest, rightRest) = (left.dropFirst(start), right.dropFirst(start))
  let end = common(leftRest.reversed(), rightRest.reversed())
  return (leftRest.dropLast(end), rightRest.dropLast(end))
}

/// Twice the number of edits, so that a change of capitals can count as half of one.
private func editDistance(_ left: [Unicode.Scalar], _ right: [Unicode.Scalar]) -> Int {
  var beforeLast: [Int] = []
  var last = (0...right.count).map { 2 * $0 }
  for i in left.indices {
    var row = [2 * (i + 1)]
    row.reserveCapacity(right.count + 1)
    for j in right.indices {
      let cost =
        if left[i] == right[j] {
          0
        } else if left[i].properties.lowercaseMapping == right[j].properties.lowercaseMapping {
          1
        } else {
          2
        }
      var value = min(last[j] + cost, last[j + 1] + 2, row[j] + 2)
      if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
        value = min(value, beforeLast[j - 1] + 2)
      }
      row.append(value)
    }
    beforeLast = last
    last = row
  }
  return last[right.count]
}
