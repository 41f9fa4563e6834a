import Diagnostics

/// A system written to: how to reach it, what it allows, and the resources it has.
public struct TargetDefinition: Sendable {
  public var name: Located<String>
  public var file: SourceFile
  public var baseURL: Setting
  /// Sent as `Authorization: Bearer …`.
  public var bearer: Setting?
  public var headers: [Header]
  public var connectTimeout: Duration
  public var totalTimeout: Duration
  /// Requests under way at once.
  public var concurrency: Int
  /// Bytes of the largest body of an answer.
  public var maxAnswer = 10 << 20
  public var limits: [LimitDefinition]
  /// What an answer takes, for forecasts; `nil` for what a run sees.
  public var latency: Duration?
  /// Divides the length of every window; 1 outside demonstrations and tests.
  public var windowScale: Setting?
  public var retry: RetryDefinition
  public var breaker: BreakerDefinition
  /// How long an unknown outcome rests before the target is asked.
  public var settle: Duration
  public var lookUp: LookUpDefinition
  /// What answers mean, first match first; the built-in meanings follow.
  public var answers: [AnswerRule]
  public var errorBody: ErrorBody
  /// A cheap call that proves the address and the token, for `check`.
  public var probe: CallDefinition?
  /// Whether plain HTTP and loopback addresses are allowed: for a sandbox on this machine only.
  public var development: Setting?
  /// The file of the authorities to trust in place of the system's.
  public var authority: Setting?
  /// The address of a proxy, or `environment`.
  public var proxy: Setting?
  public var resources: [ResourceDefinition]

  public struct Header: Sendable {
    public var name: Located<String>
    public var value: Setting

    public init(name: Located<String>, value: Setting) {
      self.name = name
      self.value = value
    }
  }

  public init(
    name: Located<String>, file: SourceFile, baseURL: Setting, bearer: Setting?, headers: [Header],
    connectTimeout: Duration, totalTimeout: Duration, concurrency: Int, limits: [LimitDefinition],
    latency: Duration? = nil, windowScale: Setting?, retry: RetryDefinition,
    breaker: BreakerDefinition, settle: Duration, lookUp: LookUpDefinition = LookUpDefinition(),
    answers: [AnswerRule], errorBody: ErrorBody, probe: CallDefinition?, development: Setting?,
    resources: [ResourceDefinition]
  ) {
    self.name = name
    self.file = file
    self.baseURL = baseURL
    self.bearer = bearer
    self.headers = headers
    self.connectTimeout = connectTimeout
    self.totalTimeout = totalTimeout
    self.concurrency = concurrency
    self.limits = limits
    self.latency = latency
    self.windowScale = windowScale
    self.retry = retry
    self.breaker = breaker
    self.settle = settle
    self.lookUp = lookUp
    self.answers = answers
    self.errorBody = errorBody
    self.probe = probe
    self.development = development
    self.resources = resources
  }
}

/// At most `calls` calls in any `per`, counted over the calls that match.
public struct LimitDefinition: Sendable {
  public var name: Located<String>
  public var calls: Int
  public var per: Duration
  /// `METHOD /path` patterns, `*` for any stretch without a slash; empty matches every call.
  public var match: [Located<String>]
  /// Calls that count as more than one.
  public var costs: [Cost]

  public struct Cost: Sendable {
    public var call: Located<String>
    public var calls: Int

    public init(call: Located<String>, calls: Int) {
      self.call = call
      self.calls = calls
    }
  }

  public init(
    name: Located<String>, calls: Int, per: Duration, match: [Located<String>], costs: [Cost] = []
  ) {
    self.name = name
    self.calls = calls
    self.per = per
    self.match = match
    self.costs = costs
  }
}

/// How often and how patiently a call is tried again.
public struct RetryDefinition: Sendable, Hashable {
  public var attempts: Int
  public var base: Duration
  public var max: Duration
  /// The longest `Retry-After` that is kept to; a longer one counts as this long.
  public var retryAfterMax: Duration
  /// From the first attempt to the last.
  public var within: Duration

  public init(
    attempts: Int = 5, base: Duration = .seconds(1), max: Duration = .seconds(60),
    retryAfterMax: Duration = .seconds(900), within: Duration = .seconds(1800)
  ) {
    self.attempts = attempts
    self.base = base
    self.max = max
    self.retryAfterMax = retryAfterMax
    self.within = within
  }
}

/// When to leave a target alone for a while.
public struct BreakerDefinition: Sendable, Hashable {
  public var failures: Int
  public var openFor: Duration
  /// Failed probes in a row after which nothing more is tried in this run.
  public var probes: Int

  public init(failures: Int = 5, openFor: Duration = .seconds(30), probes: Int = 3) {
    self.failures = failures
    self.openFor = openFor
    self.probes = probes
  }
}

/// How it is found out whether a create of unknown outcome happened.
public struct LookUpDefinition: Sendable, Hashable {
  /// Look-ups in a row that must find nothing before the object counts as not there.
  public var times: Int
  public var every: Duration
  /// Creates that may be lost in this way before a person decides.
  public var attempts: Int

  public init(times: Int = 2, every: Duration = .seconds(30), attempts: Int = 2) {
    self.times = times
    self.every = every
    self.attempts = attempts
  }
}

/// What an answer means for the record.
public enum AnswerMeaning: String, Sendable, Hashable, CaseIterable {
  case done
  /// The record is wrong; the answer says why.
  case rejected
  /// Somebody, perhaps we ourselves earlier, already holds a unique value.
  case taken
  /// The object does not exist any more.
  case gone
  /// Not now; nothing was changed.
  case retry
  /// The set-up is wrong: no call can succeed.
  case stop
  /// The write may or may not have happened.
  case unknown
}

/// Statuses, and perhaps words in the body, that mean something.
public struct AnswerRule: Sendable {
  public var status: [ClosedRange<Int>]
  /// An RE2 pattern searched in the body; `nil` matches every body.
  public var body: Located<String>?
  public var means: AnswerMeaning
  public var range: SourceRange

  public init(
    status: [ClosedRange<Int>], body: Located<String>?, means: AnswerMeaning, range: SourceRange
  ) {
    self.status = status
    self.body = body
    self.means = means
    self.range = range
  }
}

/// Where the words stand in the body of a refusal.
public struct ErrorBody: Sendable, Hashable {
  /// The paths of the message, empty for the whole body; the first that leads to text counts.
  public var messages: [String]
  public var fields: Fields?

  /// Where the reasons stand that blame a field.
  public struct Fields: Sendable, Hashable {
    /// The path of an object whose members are fields and whose values are messages, or of a list whose entries blame a
    /// field each; empty for the whole body.
    public var path: String
    /// In an entry of a list, the path of the field's name.
    public var field: String?
    /// In an entry of a list, the path of the message.
    public var message: String?

    public init(path: String, field: String? = nil, message: String? = nil) {
      self.path = path
      self.field = field
      self.message = message
    }
  }

  public init(messages: [String] = [], fields: Fields? = nil) {
    self.messages = messages
    self.fields = fields
  }
}

/// One call: method, path with placeholders, query.
public struct CallDefinition: Sendable {
  public var method: String
  /// With placeholders: `{id}`, `{match.name}`, `{match.value}`.
  public var path: String
  public var range: SourceRange

  public init(method: String, path: String, range: SourceRange) {
    self.method = method
    self.path = path
    self.range = range
  }
}

/// A kind of object at a target, and its calls.
public struct ResourceDefinition: Sendable {
  public var name: Located<String>
  /// JSON Schema of the body of a create; path relative to the target's file.
  public var createSchema: Located<String>
  /// JSON Schema of the body of an update; the create's schema where it is left out.
  public var updateSchema: Located<String>?
  public var identity: Identity
  /// The field that tells whose object it is when there is no link yet.
  public var match: MatchDefinition?
  public var list: ListDefinition?
  public var find: ReadDefinition?
  public var get: ReadDefinition?
  public var create: WriteDefinition?
  public var update: WriteDefinition?
  public var delete: CallDefinition?
  /// How a field is emptied in an update.
  public var clear: Clear
  public var answers: [AnswerRule]
  /// Keys that stand in the file and could not be read: nobody can say that the resource lacks them.
  public var misread: Set<String>

  public struct Identity: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      case int
      case string
    }
    /// The path of the id inside an object.
    public var path: String
    public var kind: Kind

    public init(path: String, kind: Kind) {
      self.path = path
      self.kind = kind
    }
  }

  public enum Clear: String, Sendable, Hashable, CaseIterable {
    /// With JSON null.
    case null
    /// With an empty text.
    case empty
    /// Not at all: the field is left out, and keeps its value at the target.
    case omit
  }

  public init(
    name: Located<String>, createSchema: Located<String>, updateSchema: Located<String>?,
    identity: Identity, match: MatchDefinition?, list: ListDefinition?, find: ReadDefinition?,
    get: ReadDefinition?, create: WriteDefinition?, update: WriteDefinition?,
    delete: CallDefinition?, clear: Clear, answers: [AnswerRule], misread: Set<String> = []
  ) {
    self.name = name
    self.createSchema = createSchema
    self.updateSchema = updateSchema
    self.identity = identity
    self.match = match
    self.list = list
    self.find = find
    self.get = get
    self.create = create
    self.update = update
    self.delete = delete
    self.clear = clear
    self.answers = answers
    self.misread = misread
  }

  /// Whether none of these calls is declared, not even wrongly.
  public func lacks(_ calls: String...) -> Bool {
    calls.allSatisfy { !declared.contains($0) && !misread.contains($0) }
  }

  private var declared: Set<String> {
    let calls: [(String, Bool)] = [
      ("list", list != nil), ("find", find != nil), ("get", get != nil), ("create", create != nil),
      ("update", update != nil), ("delete", delete != nil), ("match", match != nil),
    ]
    return Set(calls.filter(\.1).map(\.0))
  }
}

/// The field that identifies an object beyond its id, and how its values are compared.
public struct MatchDefinition: Sendable {
  public enum Comparison: String, Sendable, Hashable, CaseIterable {
    case exact
    /// White space at both ends does not count.
    case trim
    /// Nor do capitals.
    case fold
  }
  public var field: Located<String>
  public var compare: Comparison

  public init(field: Located<String>, compare: Comparison) {
    self.field = field
    self.compare = compare
  }
}

/// How to read all objects of a resource.
public struct ListDefinition: Sendable {
  /// Read one after the other; together they are the whole.
  public var calls: [CallDefinition]
  /// The path of the array in an answer.
  public var items: String
  /// The member in which an object holds objects of its own kind, where the answer is a tree.
  public var children: String?
  public var page: Paging
  /// The path of the number of all objects, where answers say it.
  public var total: String?
  /// What stands for a list without objects, besides an empty array.
  public var emptyAs: Set<Emptiness>
  /// A reading with less than so many per cent of the last one's objects, or of the linked ones, is not believed.
  public var atLeast: Double

  public enum Emptiness: String, Sendable, Hashable, CaseIterable {
    case null
    case missing
    case object
    case nothing
  }

  public enum Paging: Sendable, Hashable {
    case none
    /// Numbered pages. `untilEmpty`: a short page is not the end.
    case number(parameter: String, first: Int, sizeParameter: String?, size: Int, untilEmpty: Bool)
    /// A cursor in the answer. `more`: the path of the flag that says whether to go on. `untilMissing`: the last page has
    /// no cursor, not even an empty one.
    case cursor(
      parameter: String, cursor: String, more: String?, sizeParameter: String?, size: Int,
      untilMissing: Bool)
  }

  public init(
    calls: [CallDefinition], items: String, children: String?, page: Paging, total: String? = nil,
    emptyAs: Set<Emptiness> = [], atLeast: Double = 90
  ) {
    self.total = total
    self.emptyAs = emptyAs
    self.atLeast = atLeast
    self.calls = calls
    self.items = items
    self.children = children
    self.page = page
  }
}

/// How to read one object.
public struct ReadDefinition: Sendable {
  public var call: CallDefinition
  /// The path of the object in the answer; empty for the whole body.
  public var object: String

  public init(call: CallDefinition, object: String) {
    self.call = call
    self.object = object
  }
}

/// How a call carries many objects, and where the answer to each of them stands.
public struct BatchDefinition: Sendable {
  /// At most so many objects in a call.
  public var size: Int
  /// The member of the body that holds the objects; `nil` when the body is the list itself.
  public var items: String?
  /// The path of the list of answers; empty when the body is the list itself.
  public var answers: String
  /// Where an answer's own status stands; `nil` when the status of the call is that of each.
  public var status: Status?
  /// The path of the object's place in the request, from 0. Without it and `key` the answers stand in the objects' order.
  public var position: String?
  /// The path at which an answer repeats the field by which its object is matched.
  public var key: String?

  /// The status of one object: a number as of HTTP, or one of the words that mean something.
  public struct Status: Sendable {
    public var path: String
    public var words: [Word]

    public struct Word: Sendable, Hashable {
      public var word: String
      public var means: AnswerMeaning

      public init(_ word: String, means: AnswerMeaning) {
        self.word = word
        self.means = means
      }
    }

    public init(path: String, words: [Word] = []) {
      self.path = path
      self.words = words
    }
  }

  public init(
    size: Int, items: String?, answers: String, status: Status?, position: String?, key: String?
  ) {
    self.size = size
    self.items = items
    self.answers = answers
    self.status = status
    self.position = position
    self.key = key
  }
}

/// How to write one object.
public struct WriteDefinition: Sendable {
  public enum Content: String, Sendable, Hashable, CaseIterable {
    case all
    case changed
    /// The object as it was read, with what differs in it.
    case whole
  }
  /// What becomes of a field that an update leaves out.
  public enum Unsent: String, Sendable, Hashable, CaseIterable {
    case kept
    case cleared
  }
  public var call: CallDefinition
  /// The path of the object in the answer; empty for the whole body.
  public var object: String
  public var send: Content
  /// `nil` where the file does not say.
  public var unsent: Unsent?
  /// Fields that go along with every write.
  public var always: [Located<String>]
  /// The member that wraps the body, where the target wants one.
  public var wrap: String?
  /// How a call carries many objects; `nil` for one object a call.
  public var batch: BatchDefinition?

  /// Whether an update clears what it leaves out; a PUT does, unless the file says that it does not.
  public var clearsUnsent: Bool { unsent.map { $0 == .cleared } ?? (call.method == "PUT") }

  public init(
    call: CallDefinition, object: String, send: Content, always: [Located<String>], wrap: String?,
    batch: BatchDefinition? = nil, unsent: Unsent? = nil
  ) {
    self.unsent = unsent
    self.batch = batch
    self.call = call
    self.object = object
    self.send = send
    self.always = always
    self.wrap = wrap
  }
}
