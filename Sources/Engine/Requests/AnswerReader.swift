import Expressions
import JSON
import Mappings
import Programs

/// What an attempt means for the record.
enum Verdict: Sendable {
  /// With the object, where the answer holds one.
  case done(JSON?)
  case rejected(status: Int, [Failure.Reason])
  case taken(status: Int, [Failure.Reason])
  case gone
  /// Nothing changed; try again after at least this long.
  case retry(after: Duration?, reason: String)
  /// The set-up is wrong, or the target cannot be reached.
  case stop(String, mend: String)
  case unknown(String)
}

/// Reads answers as a target's file says, and by the built-in meanings where it says nothing.
struct AnswerReader {
  private struct Rule {
    let status: [ClosedRange<Int>]
    let body: Pattern?
    let means: AnswerMeaning
  }
  private let rules: [Rule]
  private let errorBody: ErrorBody

  init(target: TargetDefinition, resource: ResourceDefinition?) {
    rules = ((resource?.answers ?? []) + target.answers).compactMap { rule in
      guard let body = rule.body else {
        return Rule(status: rule.status, body: nil, means: rule.means)
      }
      // A pattern that cannot be used has been reported, and must not match everything.
      return (try? Pattern(body.value)).map {
        Rule(status: rule.status, body: $0, means: rule.means)
      }
    }
    errorBody = target.errorBody
  }

  /// `object`: the path of the object in the answer. `wantsObject`: a success without one is not to be trusted.
  func read(_ result: WireResult, object path: String, wantsObject: Bool) -> Verdict {
    switch result {
    case .notSent(let message, let mend):
      return .retry(after: nil, reason: "\(message) (\(mend))")
    case .lost(let message, _): return .unknown(message)
    case .answer(let status, let retryAfter, let body):
      return read(
        status: status, retryAfter: retryAfter, body: body, object: path, wantsObject: wantsObject)
    }
  }

  /// What an answer of this status and body means; `nil` when there is none.
  func meaning(of result: WireResult) -> AnswerMeaning? {
    guard case .answer(let status, _, let body) = result else { return nil }
    return meaning(of: status, body: body)
  }

  /// What an attempt tells about the target, whatever it means for the record.
  func ending(of result: WireResult) -> Admission.Ending {
    guard case .answer(let status, let after, let body) = result else { return .unwell() }
    switch meaning(of: status, body: body) {
    case .retry where status < 500: return .throttled(after: after)
    case .retry: return .unwell(after: after)
    case .unknown where status >= 300: return .unwell(after: after)
    // A page for people where the API should be.
    case .done where Self.looksLikeHTML(body): return .unwell()
    default: return .well
    }
  }

  private func read(
    status: Int, retryAfter: Duration?, body: [UInt8], object path: String, wantsObject: Bool
  ) -> Verdict {
    switch meaning(of: status, body: body) {
    case .done:
      guard let json = try? JSON(parsing: body) else {
        // An answer may say nothing where no object is wanted, but not something else than the API would: a page of a
        // proxy also has the status 200.
        let isTrusted = body.isEmpty || declared(status, body) == .done
        return isTrusted && !wantsObject
          ? .done(nil)
          : .unknown(
            "the answer \(status) is not JSON\(Self.looksLikeHTML(body) ? " but a web page" : "")")
      }
      let object = path.isEmpty ? json : json.value(at: path)
      if wantsObject, object?.members == nil {
        return .unknown(
          "the answer \(status) holds no object\(path.isEmpty ? "" : " at `\(path)`")")
      }
      return .done(object)
    case .rejected: return .rejected(status: status, reasons(body, status: status))
    case .taken: return .taken(status: status, reasons(body, status: status))
    case .gone: return .gone
    case .retry:
      return .retry(after: retryAfter, reason: "answered \(status)")
    case .stop:
      return .stop(
        "answered \(status): \(message(body) ?? "no reason given")",
        mend: status == 401
          ? "the token is wrong or has expired: check the secret"
          : status == 403
            ? "the token lacks the right: check its scopes and the tenant"
            : "check the target's file")
    case .unknown: return .unknown("answered \(status)")
    }
  }

  /// What the target's file says of such an answer.
  private func declared(_ status: Int, _ body: [UInt8]) -> AnswerMeaning? {
    for rule in rules where rule.status.contains(where: { $0.contains(status) }) {
      guard let pattern = rule.body else { return rule.means }
      if pattern.isFound(in: String(decoding: body, as: UTF8.self)) { return rule.means }
    }
    return nil
  }

  private func meaning(of status: Int, body: [UInt8]) -> AnswerMeaning {
    if let meaning = declared(status, body) { return meaning }
    switch status {
    case 202: return .unknown
    case 200..<300: return .done
    case 400, 422: return .rejected
    case 401, 403: return .stop
    case 404, 410: return .gone
    case 409: return .taken
    case 429: return .retry
    case 405, 406, 415, 501: return .stop
    case 400..<500 where status != 408 && status != 425: return .rejected
    default: return .unknown
    }
  }

  private func message(_ body: [UInt8]) -> String? {
    guard let path = errorBody.message, let json = try? JSON(parsing: body) else { return nil }
    return json.value(at: path)?.stringValue.map { String($0.prefix(500)) }
  }

  private func reasons(_ body: [UInt8], status: Int) -> [Failure.Reason] {
    guard let json = try? JSON(parsing: body) else {
      return [
        Failure.Reason(
          field: nil,
          message: Self.looksLikeHTML(body)
            ? "answered \(status) with a web page" : "answered \(status) without a reason")
      ]
    }
    if let path = errorBody.fields, let fields = json.value(at: path)?.members, !fields.isEmpty {
      return fields.map { member in
        let texts = (member.value.arrayValue ?? [member.value]).compactMap(\.stringValue)
        return Failure.Reason(field: member.name, message: texts.joined(separator: "; "))
      }
    }
    let text = message(body) ?? "answered \(status) without a reason"
    return [Failure.Reason(field: nil, message: text)]
  }

  private static func looksLikeHTML(_ body: [UInt8]) -> Bool {
    let start = body.prefix(200)
    guard start.contains(UInt8(ascii: "<")) else { return false }
    let words = String(decoding: start, as: UTF8.self).lowercased()
    return words.contains("<html") || words.contains("<!doctype")
  }
}
