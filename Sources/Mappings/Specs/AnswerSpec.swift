import Diagnostics
import Documents

/// The rules that say what answers mean.
enum AnswerSpec {
  private static let status = FieldSpec.required(
    "status", Kind<[ClosedRange<Int>]>.oneOrMany(.status),
    "The statuses that the rule is for, one by one or by class.", example: "[400, 422]")
  private static let body = FieldSpec.optional(
    "body", Kind<Located<String>>.pattern,
    "A regular expression (RE2) that is searched in the body.",
    example: "has already been taken")
  private static let means = FieldSpec.required(
    "means",
    Kind<AnswerMeaning>.choice([
      .done: "The write has happened.",
      .rejected: "The record is wrong; the answer says why.",
      .taken: "Another object, perhaps of an earlier attempt, already holds a unique value.",
      .gone: "The object does not exist any more.",
      .retry: "Not now; nothing was changed.",
      .stop: "The set-up is wrong: no call can succeed.",
      .unknown: "The write may or may not have happened.",
    ]), "What the answer means for the record.", example: "rejected")

  static let list = Kind<[AnswerRule]>.list(object.kind).map { rules, _, reading in
    for (place, rule) in rules.enumerated() { check(rule, behind: rules[..<place], &reading) }
    return rules
  }

  private static func check(
    _ rule: AnswerRule, behind earlier: ArraySlice<AnswerRule>, _ reading: inout Reading
  ) {
    let whole = earlier.filter { $0.body == nil }.flatMap(\.status)
    let isReached = rule.status.contains { range in
      range.contains { status in !whole.contains { $0.contains(status) } }
    }
    if !isReached {
      let notes = earlier.filter { $0.body == nil }.prefix(1).map {
        Diagnostic.Note("this one matches every body", at: $0.range)
      }
      reading.report(
        Codes.answerNeverReached, "no answer ever comes to this rule: the first that fits decides",
        at: rule.range, notes: notes,
        help: ["put the rule with `body` first, or take this one out"])
    }
    // What a body tells is for the vendor's rules to know.
    let done = rule.body == nil ? rule.status.filter { $0.overlaps(200...299) } : []
    let doubtful =
      [408, 500, 502, 504].filter { status in rule.status.contains { $0.contains(status) } }
      + done.map(\.lowerBound)
    if rule.means == .retry, !doubtful.isEmpty {
      let statuses = doubtful.map { "\($0)" }.joined(separator: ", ")
      reading.report(
        Codes.doubtfulRetry, severity: .warning,
        "`retry` says that nothing was changed, which \(statuses) does not tell", at: rule.range,
        help: [
          "leave it to `unknown`, which has the object looked up before anything is sent again",
          "keep it where the vendor promises that such an answer changes nothing",
        ])
    }
    if [.rejected, .taken, .gone, .stop].contains(rule.means), let status = done.first {
      reading.report(
        Codes.refusedSuccess, severity: .warning,
        "`\(rule.means.rawValue)` says that nothing was done, and \(status.lowerBound) that it was",
        at: rule.range, help: ["tell the two apart by `body`, or leave the rule out"])
    }
  }

  private static let object = ObjectSpec<AnswerRule>(
    "answer", "What answers of some statuses mean.", keys: [status.key, body.key, means.key]
  ) { fields in
    let status = fields.read(status)
    let body = fields.read(body)
    let means = fields.read(means)
    guard let status, let means else { return nil }
    return AnswerRule(status: status, body: body, means: means, range: fields.node.range)
  }
}
