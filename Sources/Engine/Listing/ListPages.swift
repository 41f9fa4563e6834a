import JSON
import Mappings

/// An object as a list shows it.
struct ListedObject: Sendable {
  var id: String
  var object: JSON
}

/// The pages of one call of a list, one after the other, until its end is proved.
///
/// It throws ``TargetStopped`` when an answer is not what the target's file declares, and ``ObjectsMoved`` when objects
/// moved between pages while they were read.
struct ListPages {
  private let list: ListDefinition
  private let call: CallDefinition
  private let resource: ResourceDefinition
  private let target: TargetConnection
  private let reader: AnswerReader
  private var paging: Paging
  private(set) var isAtEnd = false
  private var pages = 0
  private var count = 0
  private var lastTotal: Int?
  private var hasChildren = false

  /// Pages after which a list counts as endless.
  static let limit = 100_000

  private enum Paging {
    case one
    case numbered(NumberedPages)
    case cursor(CursorPages)
  }

  init(
    _ list: ListDefinition, _ call: CallDefinition, of resource: ResourceDefinition,
    from target: TargetConnection
  ) {
    self.list = list
    self.call = call
    self.resource = resource
    self.target = target
    reader = AnswerReader(target: target.definition, resource: resource)
    paging =
      switch list.page {
      case .none: .one
      case .number(let parameter, let first, let sizeParameter, let size, let untilEmpty):
        .numbered(
          NumberedPages(
            parameter: parameter, first: first, sizeParameter: sizeParameter, size: size,
            untilEmpty: untilEmpty))
      case .cursor(
        let parameter, let cursor, let more, let sizeParameter, let size, let untilMissing):
        .cursor(
          CursorPages(
            parameter: parameter, cursor: cursor, more: more, sizeParameter: sizeParameter,
            size: size, untilMissing: untilMissing))
      }
  }

  private var request: OutboundRequest {
    let query: [(String, String)] =
      switch paging {
      case .one: []
      case .numbered(let pages): pages.query
      case .cursor(let pages): pages.query
      }
    return OutboundRequest(method: call.method, path: call.path.adding(query: query))
  }

  /// The objects of the next page; `nil` behind the last. Their ids join those that were `seen`, of which none may come
  /// again.
  mutating func next(_ seen: inout Set<ExactText>) async throws -> [ListedObject]? {
    while !isAtEnd {
      try target.stop?.check()
      let request = request
      do {
        if let objects = try await read(request, &seen) { return objects }
      } catch let fault as ListFault {
        throw TargetStopped(
          target: target.definition.name.value,
          message: "\(request.route) \(fault.message); the listing is not whole",
          remedy: fault.remedy
        )
      }
    }
    return nil
  }

  /// `nil` for a page that only proves something.
  private mutating func read(
    _ request: OutboundRequest, _ seen: inout Set<ExactText>
  ) async throws -> [ListedObject]? {
    let verdict = try await target.read(
      request, object: "", reader: reader, wantsObject: false,
      wantsBody: !list.emptyAs.contains(.nothing))
    let body: JSON?
    switch verdict {
    case .done(let answer): body = answer
    case .gone where isBehindTheLastPage:
      isAtEnd = true
      try checkEnd()
      return nil
    default:
      throw ListFault(
        message: verdict.refusal ?? "gave no answer that counts",
        remedy: "compare `list` in the target's file with the API, and see what the token may read")
    }
    let answer = try ListAnswer(body, of: list)
    let objects = try objects(in: answer)
    let total = try answer.total()
    if let total, let before = lastTotal, total < before {
      throw ObjectsMoved(reason: "has fewer objects than before")
    }
    lastTotal = total ?? lastTotal
    let news = objects.count { !seen.contains(ExactText($0.id)) }
    let page = PageSeen(
      items: answer.items.count, ids: Self.fingerprint(of: objects), isKnown: news == 0,
      isComplete: lastTotal.map { count + news >= $0 })
    pages += 1
    guard pages < Self.limit else {
      throw ListFault(
        message: "gives more than \(Self.limit) pages: the list does not end",
        remedy: "compare `page` in the target's file with the API, and ask for larger pages")
    }
    switch try turn(after: page, answer) {
    case .on: break
    case .end: isAtEnd = true
    case .prove: return nil
    case .endWithoutPage:
      isAtEnd = true
      try checkEnd()
      return nil
    case .shifted: throw ObjectsMoved(reason: "answers the same page with other objects")
    }
    for object in objects {
      guard seen.insert(ExactText(object.id)).inserted else {
        throw ObjectsMoved(reason: "names the object \(object.id) twice")
      }
    }
    count += objects.count
    if isAtEnd { try checkEnd() }
    return objects
  }

  private var isBehindTheLastPage: Bool {
    if case .numbered(let pages) = paging { !pages.isFirst } else { false }
  }

  private mutating func turn(after page: PageSeen, _ answer: ListAnswer) throws(ListFault)
    -> PageStep
  {
    switch paging {
    case .one: return .end
    case .numbered(var pages):
      let step = try pages.turn(after: page)
      paging = .numbered(pages)
      return step
    case .cursor(var pages):
      let step = try pages.turn(after: page, answer)
      paging = .cursor(pages)
      return step
    }
  }

  private func checkEnd() throws(ListFault) {
    if let lastTotal, count < lastTotal {
      throw ListFault(
        message: "names \(count) objects in all, and says that there are \(lastTotal)",
        remedy: list.page == .none
          ? "declare `page` in the target's file, so that the other pages are read"
          : "compare `page` and `total` in the target's file with the API")
    }
    if let children = list.children, count > 0, !hasChildren {
      throw ListFault(
        message: "has no object with `\(children)`",
        remedy: "compare `children` in the target's file with the answer, or take it out when the "
          + "answer is not a tree")
    }
  }

  // MARK: Objects

  private mutating func objects(in answer: ListAnswer) throws(ListFault) -> [ListedObject] {
    var objects: [ListedObject] = []
    objects.reserveCapacity(answer.items.count)
    var waiting = Array(answer.items.reversed())
    while let item = waiting.popLast() {
      let path = resource.identity.path
      guard item.members != nil else {
        throw ListFault(
          message: "lists \(item.outline) where an object should be",
          remedy: "compare `items` in the target's file with the answer")
      }
      guard let id = item.value(at: path)?.identifier else {
        throw ListFault(
          message: "lists an object without `\(path)`: \(item.outline)",
          remedy: "compare `id.path` in the target's file with the answer")
      }
      objects.append(ListedObject(id: id, object: item))
      guard let children = list.children, let below = item.value(at: children) else { continue }
      hasChildren = true
      switch below {
      case .array(let more): waiting += more.reversed()
      case .null: break
      default:
        throw ListFault(
          message: "holds \(below.outline) at `\(children)`, where a list should be",
          remedy: "compare `children` in the target's file with the answer")
      }
    }
    return objects
  }

  private static func fingerprint(of objects: [ListedObject]) -> Fingerprint {
    var bytes: [UInt8] = []
    for object in objects {
      bytes += object.id.utf8
      bytes.append(0)
    }
    return Fingerprint(of: bytes)
  }
}

/// Objects changed while a list was read, so that one may have been left out.
struct ObjectsMoved: Error {
  /// As it follows the name of a list.
  var reason: String
}

extension JSON {
  /// An id as text. It is opaque: a number is known by its own digits, however many there are.
  var identifier: String? {
    switch self {
    case .string(let text): text.isEmpty ? nil : text
    case .number(let digits): digits
    default: nil
    }
  }
}

extension String {
  func adding(query: [(String, String)]) -> String {
    guard !query.isEmpty else { return self }
    let pairs = query.map { "\($0.0.percentEncoded)=\($0.1.percentEncoded)" }
    return self + (contains("?") ? "&" : "?") + pairs.joined(separator: "&")
  }
}

extension Verdict {
  /// How a question was refused, in words.
  var refusal: String? {
    switch self {
    case .rejected(let status, let reasons), .taken(let status, let reasons):
      "answered \(status) (\(reasons.map(\.message).joined(separator: "; ")))"
    case .gone: "leads nowhere (404)"
    case .done, .retry, .stop, .unknown: nil
    }
  }
}
