/// What has happened to one seed, or to many.
struct Tally: Sendable, Hashable {
  var seeds = 0
  var records = 0
  var runs = 0
  var crashes = 0
  var pauses = 0
  var lostAnswers = 0
  var lateLandings = 0
  var refusals = 0
  /// Answers to a write that spoke of another object.
  var strangers = 0
  /// Runs of a project that points to another tenant.
  var elsewhere = 0
  /// Answers of a list that end it too soon.
  var cutLists = 0
  /// Answers to a batch that leave an object out, mix two up, or have no word of the file's for one.
  var oddAnswers = 0
  /// People under another key, and changes of the key's type.
  var newKeys = 0
  var duplicates = 0
  var lost = 0
  var stuck = 0
  var overLimit = 0
  /// Objects of others that are not as they were.
  var overwritten = 0
  /// Objects that were to be deleted while a row matched them.
  var wrongDeletes = 0
  var forPersons = 0
  var deletes = 0
  var clockJumps = 0
  var restored = 0
  /// Of every call and its answer, in their order.
  var trace: UInt64 = 0

  var isSound: Bool {
    duplicates + lost + stuck + overLimit + overwritten + wrongDeletes == 0
  }

  static func + (left: Tally, right: Tally) -> Tally {
    var sum = left
    for path in [
      \Tally.seeds, \.records, \.runs, \.crashes, \.pauses, \.lostAnswers, \.lateLandings,
      \.refusals, \.duplicates, \.lost, \.stuck, \.overLimit, \.forPersons, \.deletes,
      \.clockJumps, \.restored, \.strangers, \.elsewhere, \.cutLists, \.oddAnswers, \.newKeys,
      \.overwritten, \.wrongDeletes,
    ] as [WritableKeyPath<Tally, Int> & Sendable] {
      sum[keyPath: path] += right[keyPath: path]
    }
    sum.trace ^= right.trace
    return sum
  }
}

extension Tally {
  var words: String {
    """
    seeds           \(seeds)
    records         \(records)
    runs            \(runs)
    crashes         \(crashes)
    pauses          \(pauses)
    lost answers    \(lostAnswers), of which \(lateLandings) took effect later
    refused (429)   \(refusals)
    deleted         \(deletes)
    clock was set   \(clockJumps)
    ledger restored \(restored)
    about others    \(strangers)
    elsewhere       \(elsewhere)
    lists cut short \(cutLists)
    odd in a batch  \(oddAnswers)
    new keys        \(newKeys)
    for a person    \(forPersons)
    duplicates      \(duplicates)
    lost            \(lost)
    stuck           \(stuck)
    over the limit  \(overLimit)
    overwritten     \(overwritten)
    wrongly deleted \(wrongDeletes)
    trace           \(String(trace, radix: 16))
    """
  }
}
