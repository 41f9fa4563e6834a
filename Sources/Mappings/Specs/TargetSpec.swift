import Diagnostics
import Documents

/// The keys of a file in `targets/`.
enum TargetSpec {
  private static let name = FieldSpec.required(
    "target", Kind<Located<String>>.name, "The name by which mappings refer to the target.",
    example: "crm")
  private static let baseURL = FieldSpec.required(
    "base_url", Kind<Setting>.setting, "The address before every path, by HTTPS.",
    example: "${TARGET_URL:-https://api.example.com}")
  private static let development = FieldSpec.optional(
    "development", Kind<Setting>.setting,
    "Whether plain HTTP and loopback addresses are allowed, for a sandbox on this machine only.",
    example: "${CROSSWALK_DEVELOPMENT:-false}")
  private static let tls = FieldSpec.optional(
    "tls", tlsObject.kind, "Whom to trust.")
  private static let proxy = FieldSpec.optional(
    "proxy", Kind<Setting>.setting,
    "The proxy that leads to the target, or `environment` for what HTTPS_PROXY and NO_PROXY say; without it no proxy "
      + "is used. An address of this machine is never reached by one.",
    example: "${TARGET_PROXY:-http://proxy.example.com:3128}")
  private static let auth = FieldSpec.optional(
    "auth", authObject.kind, "How requests prove who sends them.")
  private static let headers = FieldSpec.defaulted(
    "headers", HeaderSpec.kind, [], written: "{}", "Headers of every request.",
    example: "{ Accept: application/json }")
  private static let timeouts = FieldSpec.defaulted(
    "timeouts", timeoutsObject.kind, Timeouts(), written: "{ connect: 10s, total: 30s }",
    "How long to wait.")
  private static let concurrency = FieldSpec.defaulted(
    "concurrency", Kind<Int>.int(1...256), 4, written: "4", "Requests under way at once.",
    example: "4")
  private static let maxAnswer = FieldSpec.defaulted(
    "max_answer", Kind<Int>.size(1 << 10...1 << 30), 10 << 20, written: "10MiB",
    "The largest body of an answer that is taken; as many may be held at once as `concurrency` says.",
    example: "20MiB")
  private static let limits = FieldSpec.defaulted(
    "limits", Kind<[LimitDefinition]>.list(limitObject.kind), [], written: "[]",
    "Every window that the vendor publishes; a call counts in all that match it.")
  private static let latency = FieldSpec.optional(
    "latency", Kind<Duration>.duration(0...600_000),
    "What an answer takes, for the time that a plan foretells; without it what the plan itself sees.",
    example: "200ms")
  private static let windowScale = FieldSpec.optional(
    "window_scale", Kind<Setting>.setting,
    "Divides the length of every window; 1 outside demonstrations and tests.",
    example: "${CROSSWALK_WINDOW_SCALE:-1}")
  private static let retry = FieldSpec.defaulted(
    "retry", retryObject.kind, RetryDefinition(), written: "its keys' defaults",
    "How often and how patiently a call is tried again.")
  private static let breaker = FieldSpec.defaulted(
    "breaker", breakerObject.kind, BreakerDefinition(), written: "its keys' defaults",
    "When to leave the target alone for a while.")
  private static let settle = FieldSpec.defaulted(
    "settle", Kind<Duration>.duration(0...86_400_000), .seconds(120), written: "120s",
    "How long an unknown outcome rests before the target is asked.", example: "120s")
  private static let lookUp = FieldSpec.defaulted(
    "look_up", LookUpSpec.object.kind, LookUpDefinition(),
    written: "{ times: 2, every: 30s, attempts: 2 }",
    "How it is found out whether a create of unknown outcome happened.")
  private static let answers = FieldSpec.defaulted(
    "answers", AnswerSpec.list, [], written: "[]",
    "What answers mean, first match first; the built-in meanings follow.")
  private static let errorBody = FieldSpec.defaulted(
    "error_body", ErrorBodySpec.object.kind, ErrorBody(), written: "{}",
    "Where the reasons are in the body of a refusal.")
  private static let probe = FieldSpec.optional(
    "probe", Kind<CallDefinition>.call(onlyReads: true),
    "A cheap call that proves the address and the token.", example: "GET /me")
  private static let resources = FieldSpec.required(
    "resources",
    Kind<[MapEntry<ResourceSpec.Unnamed>]>.map(
      .name, ResourceSpec.object.kind, of: "name of the resource"),
    "The kinds of objects, and their calls.")

  static let object = ObjectSpec<TargetDefinition>(
    "target", "A system that is written to.",
    keys: [
      name.key, baseURL.key, development.key, tls.key, proxy.key, auth.key, headers.key,
      timeouts.key, concurrency.key, maxAnswer.key, limits.key, latency.key, windowScale.key,
      retry.key, breaker.key, settle.key,
      lookUp.key,
      answers.key, errorBody.key, probe.key, resources.key,
    ]
  ) { fields in
    let name = fields.read(name)
    let baseURL = fields.read(baseURL)
    let development = fields.read(development)
    let authority = fields.read(tls)
    let proxy = fields.read(proxy)
    let bearer = fields.read(auth)
    let headers = fields.read(headers)
    let timeouts = fields.read(timeouts)
    let concurrency = fields.read(concurrency)
    let maxAnswer = fields.read(maxAnswer)
    let limits = fields.read(limits)
    let latency = fields.read(latency)
    let windowScale = fields.read(windowScale)
    let retry = fields.read(retry)
    let breaker = fields.read(breaker)
    let settle = fields.read(settle)
    let lookUp = fields.read(lookUp)
    let answers = fields.read(answers)
    let errorBody = fields.read(errorBody)
    let probe = fields.read(probe)
    let resources = fields.read(resources)
    if let baseURL {
      checkAddress(baseURL, development, &fields.reading)
    }
    windowScale?.check(.windowScale, &fields.reading)
    development?.check(.development, &fields.reading)
    if let proxy { check(proxy: proxy, &fields.reading) }
    guard let name, let baseURL, let resources else { return nil }
    var target = TargetDefinition(
      name: name, file: fields.file, baseURL: baseURL, bearer: bearer, headers: headers,
      connectTimeout: timeouts.connect, totalTimeout: timeouts.total, concurrency: concurrency,
      limits: limits, latency: latency, windowScale: windowScale, retry: retry, breaker: breaker,
      settle: settle, lookUp: lookUp,
      answers: answers, errorBody: errorBody, probe: probe, development: development,
      resources: resources.map { $0.value.definition(named: $0.key) })
    target.authority = authority
    target.proxy = proxy
    target.maxAnswer = maxAnswer
    LimitChecks.check(target, &fields.reading)
    SettleCheck.check(
      settle, total: timeouts.total,
      at: fields.keyRange(fields.has("settle") ? "settle" : "timeouts"), &fields.reading)
    HeaderSpec.check(headers, bearer, &fields.reading)
    return target
  }

  /// What can be said before every setting is known; the rest is judged when it is.
  private static func checkAddress(
    _ address: Setting, _ development: Setting?, _ reading: inout Reading
  ) {
    let mayBeDevelopment = development.map { !($0.isLiteral && $0.written == "false") } ?? false
    guard let text = address.likeness else { return }
    do throws(TargetAddress.Fault) {
      _ = try TargetAddress(text, isDevelopment: mayBeDevelopment)
    } catch {
      let isKnown = address.written != nil
      if !isKnown, error == .plain(isElsewhere: true), mayBeDevelopment { return }
      let shown = isKnown && !SecretCheck.looksLikeSecret(text) ? text : nil
      reading.diagnostics.append(.address(error, text: shown, at: address.range))
    }
  }

  private static let authority = FieldSpec.required(
    "authority", Kind<Setting>.setting,
    "The file of the authorities to trust in place of the operating system's, in PEM.",
    example: "${TARGET_CA:-/etc/ssl/private-ca.pem}")

  private static let tlsObject = ObjectSpec<Setting>(
    "tls", "Whom to trust.", keys: [authority.key]
  ) { fields in
    fields.read(authority)
  }

  /// A password in the address of a proxy is a secret like any other.
  private static func check(proxy: Setting, _ reading: inout Reading) {
    let literals = proxy.parts.map { part in
      switch part {
      case .text(let text): text
      case .environment(_, let defaultValue): defaultValue ?? "$"
      case .secret: "$"
      }
    }.joined()
    let user = literals.firstRange(of: "://").map { literals[$0.upperBound...] } ?? literals[...]
    let authority = user.prefix { $0 != "/" }
    if let at = authority.lastIndex(of: "@"),
      let colon = authority[..<at].firstIndex(of: ":"),
      authority[authority.index(after: colon)..<at] != "$"
    {
      SecretCheck.report(proxy.range, in: "proxy_password", &reading)
    } else if proxy.written != nil {
      proxy.check(.proxy, &reading)
    }
  }

  private static let bearer = FieldSpec.required(
    "bearer", Kind<Setting>.secret, "Sent as `Authorization: Bearer …`.",
    example: "${secret:TARGET_TOKEN}")

  private static let authObject = ObjectSpec<Setting>(
    "auth", "How requests prove who sends them.",
    otherwise:
      "any other scheme is a header: `headers: { Authorization: \"Basic ${secret:NAME}\" }`",
    keys: [bearer.key]
  ) { fields in
    let bearer = fields.read(bearer)
    if let bearer { check(bearer, &fields.reading) }
    return bearer
  }

  private static func check(_ bearer: Setting, _ reading: inout Reading) {
    if case .text(let text)? = bearer.parts.first, text.lowercased().hasPrefix("bearer ") {
      reading.report(
        Codes.doubleBearer, "`bearer` begins with the word that is put before it anyway",
        at: bearer.range, help: ["write the token alone: `${secret:NAME}`"], concealsText: true)
    }
  }

  private struct Timeouts: Sendable {
    var connect = Duration.seconds(10)
    var total = Duration.seconds(30)
  }

  private static let connect = FieldSpec.defaulted(
    "connect", Kind<Duration>.duration(100...600_000), .seconds(10), written: "10s",
    "To reach the server.", example: "10s")
  private static let total = FieldSpec.defaulted(
    "total", Kind<Duration>.duration(100...3_600_000), .seconds(30), written: "30s",
    "For a request and its answer together.", example: "30s")

  private static let timeoutsObject = ObjectSpec<Timeouts>(
    "target-timeouts", "How long the target may take.", keys: [connect.key, total.key]
  ) { fields in
    let connect = fields.read(connect)
    let total = fields.read(total)
    return Timeouts(connect: connect, total: total)
  }

  private static let limitName = FieldSpec.required(
    "name", Kind<Located<String>>.text, "What the window is called in outputs.",
    example: "account")
  private static let calls = FieldSpec.required(
    "calls", Kind<Int>.int(1...1_000_000), "So many calls at most.", example: "60")
  private static let per = FieldSpec.required(
    "per", Kind<Duration>.duration(1...86_400_000), "In any stretch of this length.",
    example: "61s")
  private static let limitMatch = FieldSpec.defaulted(
    "match", Kind<[Located<String>]>.list(.callPattern, nonEmpty: true).unique(), [],
    written: "every call",
    "The calls that count, `*` for any stretch without a slash.",
    example: "[POST /users, PATCH /users/*]")

  private static let costs = FieldSpec.defaulted(
    "costs",
    Kind<[MapEntry<Int>]>.map(.callPattern, .int(1...1_000_000), of: "call, with `*`"), [],
    written: "{}", "Calls that count as so many; the first that fits decides.",
    example: "{ POST /users/batch: 10 }")

  private static let limitObject = ObjectSpec<LimitDefinition>(
    "limit", "A window of calls.",
    keys: [limitName.key, calls.key, per.key, limitMatch.key, costs.key]
  ) { fields in
    let name = fields.read(limitName)
    let calls = fields.read(calls)
    let per = fields.read(per)
    let match = fields.read(limitMatch)
    let costs = fields.read(costs)
    guard let name, let calls, let per else { return nil }
    for cost in costs where cost.value > calls {
      fields.reading.report(
        Codes.costAboveLimit,
        "`\(cost.key.value)` counts as \(cost.value) calls, and the window holds \(calls)",
        at: cost.key.range, help: ["no such call could ever be made: correct one of the two"])
    }
    return LimitDefinition(
      name: name, calls: calls, per: per, match: match,
      costs: costs.map { LimitDefinition.Cost(call: $0.key, calls: $0.value) })
  }

  private static let attempts = FieldSpec.defaulted(
    "attempts", Kind<Int>.int(1...20), 5, written: "5", "Calls in all, the first one included.",
    example: "5")
  private static let base = FieldSpec.defaulted(
    "base", Kind<Duration>.duration(1...600_000), .seconds(1), written: "1s",
    "The longest first pause; it doubles each time.", example: "1s")
  private static let max = FieldSpec.defaulted(
    "max", Kind<Duration>.duration(1...3_600_000), .seconds(60), written: "60s",
    "The longest pause.", example: "60s")

  private static let retryAfterMax = FieldSpec.defaulted(
    "retry_after_max", Kind<Duration>.duration(0...86_400_000), .seconds(900), written: "15m",
    "The longest `Retry-After` that is kept to; a longer one counts as this long.", example: "15m")
  private static let within = FieldSpec.defaulted(
    "within", Kind<Duration>.duration(1...86_400_000), .seconds(1800), written: "30m",
    "From the first attempt to the last; what would be later is not tried.", example: "30m")

  private static let retryObject = ObjectSpec<RetryDefinition>(
    "retry", "How a call is tried again: after a random part of a pause that doubles.",
    keys: [attempts.key, base.key, max.key, retryAfterMax.key, within.key]
  ) { fields in
    var retry = RetryDefinition()
    retry.attempts = fields.read(attempts)
    retry.base = fields.read(base)
    retry.max = fields.read(max)
    retry.retryAfterMax = fields.read(retryAfterMax)
    retry.within = fields.read(within)
    if retry.max < retry.base {
      fields.reading.report(
        Codes.outOfRange, "`max` is shorter than `base`",
        at: fields.keyRange(fields.has("max") ? "max" : "base"))
    }
    return retry
  }

  private static let failures = FieldSpec.defaulted(
    "failures", Kind<Int>.int(1...1_000), 5, written: "5", "Failures in a row that open it.",
    example: "5")
  private static let openFor = FieldSpec.defaulted(
    "open_for", Kind<Duration>.duration(100...3_600_000), .seconds(30), written: "30s",
    "How long it stays open.", example: "30s")

  private static let probes = FieldSpec.defaulted(
    "probes", Kind<Int>.int(1...1_000), 3, written: "3",
    "Calls, one after each pause, that must fail too before nothing more is tried in the run.",
    example: "3")

  private static let breakerObject = ObjectSpec<BreakerDefinition>(
    "breaker", "When to leave the target alone.", keys: [failures.key, openFor.key, probes.key]
  ) { fields in
    var breaker = BreakerDefinition()
    breaker.failures = fields.read(failures)
    breaker.openFor = fields.read(openFor)
    breaker.probes = fields.read(probes)
    return breaker
  }
}
