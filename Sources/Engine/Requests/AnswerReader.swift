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
  case retry(after: Duration?, reason: String, remedy: String)
  /// The set-up is wrong, or the target cannot be reached.
  case stop(String, remedy: String)
  case unknown(String)
}

/// Reads answers as a target's file says, and by the built-in meanings where it says nothing.
struct AnswerReader: Sendable {
  private struct Rule: Sendable {
    let status: [ClosedRange<Int>]
    let body: Pattern?
    let means: AnswerMeaning
  }
  private let rules: [Rule]
  private var refusals: RefusalReader
  private let identity: String?
  /// Whether the answers are to writes.
  private let isOfWrites: Bool

  /// - Parameters:
  ///   - fields: The paths of the mapping's fields, so that a reason finds the one that it blames.
  ///   - isOfWrites: Whether the answers are to writes.
  init(
    target: TargetDefinition, resource: ResourceDefinition?, fields: [String] = [],
    isOfWrites: Bool = false
  ) {
    self.isOfWrites = isOfWrites
    rules = ((resource?.answers ?? []) + target.answers).compactMap { rule in
      guard let body = rule.body else {
        return Rule(status: rule.status, body: nil, means: rule.means)
      }
      // A pattern that cannot be used has been reported, and must not match everything.
      return (try? Pattern(body.value)).map {
        Rule(status: rule.status, body: $0, means: rule.means)
      }
    }
    refusals = RefusalReader(
      errorBody: target.errorBody, fields: fields,
      wraps: [resource?.create?.wrap, resource?.update?.wrap].compactMap(\.self))
    identity = resource?.identity.path
  }

  /// How what the target says is made fit to be shown.
  var text: ForeignText {
    get { refusals.text }
    set { refusals.text = newValue }
  }

  /// `object`: the path of the object in the answer. `wantsObject`: a success without one is not to be trusted.
  /// `meaning`: what the answer means, where something else than its status has told.
  func read(
    _ result: WireResult, object path: String, wantsObject: Bool, as meaning: AnswerMeaning? = nil
  ) -> Verdict {
    switch result {
    case .notSent(let message, let remedy):
      return .retry(after: nil, reason: "\(message) (\(remedy))", remedy: result.remedy)
    case .lost(let message, _): return .unknown(message)
    case .answer(let status, let retryAfter, let body, let location):
      switch meaning ?? self.meaning(of: status, body: body) {
      case .done:
        return read(
          status: status, body: body, object: path, wantsObject: wantsObject,
          isDeclared: meaning == .done || declared(status, body) == .done)
      case .rejected: return .rejected(status: status, refusals.reasons(body, status: status))
      case .taken: return .taken(status: status, refusals.reasons(body, status: status))
      case .gone: return .gone
      case .retry:
        return .retry(after: retryAfter, reason: "answered \(status)", remedy: result.remedy)
      case .stop where (300..<400).contains(status): return redirected(status, to: location)
      case .stop:
        return .stop(
          "answered \(status): "
            + (refusals.message(body)
              ?? (Self.looksLikeHTML(body) ? "a web page" : "no reason given")),
          remedy: Self.remedy(for: status))
      case .unknown where status == 303 && isOfWrites:
        return .unknown(
          "answered 303\(pointing(to: location)): the write may have been carried out")
      case .unknown: return .unknown("answered \(status)")
      }
    }
  }

  /// What an answer of this status and body means; `nil` when there is none.
  func meaning(of result: WireResult) -> AnswerMeaning? {
    guard case .answer(let status, _, let body, _) = result else { return nil }
    return meaning(of: status, body: body)
  }

  /// Whether the file has a rule for a status, whatever the body.
  func knows(_ status: Int) -> Bool {
    rules.contains { $0.status.contains { $0.contains(status) } }
  }

  /// What an attempt tells about the target, whatever it means for the record.
  func ending(of result: WireResult) -> Admission.Ending {
    guard case .answer(let status, let after, let body, _) = result else { return .unwell() }
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
    status: Int, body: [UInt8], object path: String, wantsObject: Bool, isDeclared: Bool
  ) -> Verdict {
    guard let json = try? JSON(parsing: body) else {
      // An answer may say nothing where no object is wanted, but not something else than the API would: a page of a
      // proxy also has the status 200.
      return (body.isEmpty || isDeclared) && !wantsObject
        ? .done(nil)
        : .unknown(
          "the answer \(status) is not JSON\(Self.looksLikeHTML(body) ? " but a web page" : "")")
    }
    let object = path.isEmpty ? json : json.value(at: path)
    if !isDeclared, let doubt = contradiction(in: json, object) {
      return .unknown("answered \(status), and says \(doubt)")
    }
    if wantsObject, object?.members == nil {
      return .unknown(
        "the answer \(status) holds no object\(path.isEmpty ? "" : " at `\(path)`"): "
          + json.outline(toward: path))
    }
    return .done(object)
  }

  /// What a body says against a status that means success, where the file does not say what such an answer means.
  private func contradiction(in json: JSON, _ object: JSON?) -> String? {
    for name in ["success", "ok"] where !refusals.fields.contains(name) {
      for holder in [json, object] {
        if let held = holder?[name], held.scalarText == "false" {
          return "`\(name)`: \(held.description)"
        }
      }
    }
    let showsObject = identity.flatMap { object?.value(at: $0)?.identifier } != nil
    for name in ["error", "errors"] where !showsObject {
      guard let held = json[name], !held.isNothing, held.boolValue != false, held.intValue != 0
      else { continue }
      return "`\(name)`: \(text.line(held.description, upTo: ForeignText.excerpt) ?? "")"
    }
    return nil
  }

  /// The target is elsewhere, or the path of the call is another: no call can succeed until the file is corrected.
  private func redirected(_ status: Int, to location: String?) -> Verdict {
    .stop(
      "answered \(status)\(pointing(to: location)): nothing was done, and redirects are not followed",
      remedy: "correct `base_url`, or the path of the call, in the target's file")
  }

  private func pointing(to location: String?) -> String {
    location.flatMap { text.address($0) }.map { " and points to \($0)" } ?? ", which is a redirect"
  }

  private static func remedy(for status: Int) -> String {
    switch status {
    case 401: "the token is wrong or has expired: check the secret"
    case 403: "the token lacks the right: check its scopes and the tenant"
    case 405: "the path takes no such call: compare its method with the API"
    case 406, 415: "write the `Accept` or `Content-Type` that the target wants under `headers`"
    default: "check the target's file"
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
    // The server has taken the request, and what came of it is elsewhere (RFC 9110, 15.4.4).
    case 303 where isOfWrites: return .unknown
    case 300..<400, 401, 403: return .stop
    case 404, 410: return .gone
    case 409: return .taken
    case 429: return .retry
    case 405, 406, 415, 501: return .stop
    case 400..<500 where status != 408 && status != 425: return .rejected
    default: return .unknown
    }
  }

  static func looksLikeHTML(_ body: [UInt8]) -> Bool {
    let start = body.prefix(200)
    guard start.contains(UInt8(ascii: "<")) else { return false }
    let words = String(decoding: start, as: UTF8.self).lowercased()
    return words.contains("<html") || words.contains("<!doctype")
  }
}
