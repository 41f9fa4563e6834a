/// The candidate that somebody most probably meant; nil when none is near enough.
///
/// Near is an edit distance (insertion, deletion, substitution, swap of neighbours; capitals count half) of at most a
/// third of the length. On a tie the earlier candidate wins.
public func closest(to word: String, in candidates: some Sequence<String>) -> String? {
  let wanted = Array(word.unicodeScalars.prefix(longest))
  guard !wanted.isEmpty else { return nil }
  var best: (candidate: String, distance: Int)?
  for candidate in candidates {
    let scalars = Array(candidate.unicodeScalars.prefix(longest))
    let limit = max(2, 2 * max(wanted.count, scalars.count) / 3)
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
