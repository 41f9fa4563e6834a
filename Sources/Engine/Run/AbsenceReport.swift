import JSON
import Programs

/// What becomes of the objects whose keys had no row in a read.
public struct AbsenceReport: Sendable, Hashable {
  /// Keys, by the complete reads that must still be without them before they are given up.
  public var waiting: [Int: Group] = [:]
  /// Keys that were there in the read before, where the mapping gives nobody up.
  public var left = Group()
  /// Keys whose object a row under another key matches.
  public var claimed = Group()
  /// Links that may be those of rows without a key.
  public var spared = 0
  /// Rows without a key that may be anybody's.
  public var strangers = 0
  /// Whether an object is deleted when its key is given up.
  public var deletes = false

  public struct Group: Sendable, Hashable {
    public var count = 0
    /// Absent for the first time.
    public var first = 0
    /// The first of them, as they are written.
    public var keys: [String] = []

    mutating func add(_ row: MissingRow) {
      count += 1
      if row.absences == 1 { first += 1 }
      if keys.count < 100 { keys.append(row.key.description) }
    }
  }

  /// `nil` when there is nothing to say.
  init?(_ review: AbsenceReview, _ program: MappingProgram, after: Int?) {
    for row in review.counted {
      if review.claimed.contains(row.key) {
        claimed.add(row)
      } else if let after {
        // One whose last write has no known end is given up as soon as that is known.
        waiting[max(1, after - row.absences), default: Group()].add(row)
      } else if row.absences == 1 {
        left.add(row)
      }
    }
    spared = review.spared
    strangers = review.strangers
    deletes = program.whenAbsent?.delete ?? false
    if waiting.isEmpty, left.count + claimed.count + spared + strangers == 0 { return nil }
  }

  /// What is said of it, a sentence each, with the keys that it is about.
  public var sentences: [(text: String, keys: [String])] {
    var sentences: [(text: String, keys: [String])] = []
    let verb = deletes ? "deleted" : "deactivated"
    for (reads, group) in waiting.sorted(by: { $0.key < $1.key }) {
      let first =
        group.first == group.count
        ? "for the first time" : group.first == 0 ? "again" : "\(group.first) for the first time"
      let time =
        reads == 1
        ? "in the next complete read without \(group.count == 1 ? "it" : "them")"
        : "after \(reads) more complete reads without \(group.count == 1 ? "it" : "them")"
      sentences.append(
        (
          "\(Self.keys(group.count)) absent, \(first): the \(group.count == 1 ? "object is" : "objects are") "
            + "\(verb) \(time)", group.keys
        ))
    }
    if left.count > 0 {
      sentences.append(
        (
          "\(Self.keys(left.count)) absent for the first time, and left as "
            + "\(left.count == 1 ? "it is" : "they are"): the mapping has no `when_absent`",
          left.keys
        ))
    }
    if claimed.count > 0 {
      sentences.append(
        (
          "\(Self.keys(claimed.count)) absent and not \(verb): a row under another key matches the "
            + "object", claimed.keys
        ))
    }
    if strangers > 0 {
      sentences.append(
        (
          "\(strangers == 1 ? "1 row has" : "\(strangers) rows have") no key and may be anybody's: "
            + "nobody counts as absent in this read"
            + (spared > 0 ? ", \(spared) without a row included" : ""), []
        ))
    } else if spared > 0 {
      sentences.append(
        (
          "\(spared == 1 ? "1 object" : "\(spared) objects") left as \(spared == 1 ? "it is" : "they are"): "
            + "a row without a key matches", []
        ))
    }
    return sentences
  }

  private static func keys(_ count: Int) -> String { count == 1 ? "1 key is" : "\(count) keys are" }

  var json: JSON {
    func json(_ group: Group) -> [(String, JSON)] {
      [
        ("count", .integer(Int64(group.count))), ("first_time", .integer(Int64(group.first))),
        ("keys", .array(group.keys.map { .string($0) })),
      ]
    }
    func object(_ members: [(String, JSON)]) -> JSON {
      .object(members.map { JSON.Member(name: $0.0, value: $0.1) })
    }
    return [
      "waiting": .array(
        waiting.sorted { $0.key < $1.key }.map { reads, group in
          object([("reads_left", .integer(Int64(reads)))] + json(group))
        }),
      "then": .string(deletes ? "delete" : "deactivate"),
      "left_alone": object(json(left)), "claimed": object(json(claimed)),
      "spared": .integer(Int64(spared)), "rows_without_key": .integer(Int64(strangers)),
    ]
  }
}
