import Diagnostics

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
    emptyAs: Set<Emptiness> = [], atLeast: Double
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
