import JSON
import Mappings
import Programs

/// All objects of a resource that a mapping may have to adopt, read from the target at once.
///
/// A listing counts only when it is whole: every page was understood, no id came twice, and the end was explicit.
struct Listing {
  /// The objects with each natural key, with their ids.
  private(set) var objects: [ExactText: [(id: String, object: JSON)]] = [:]
  /// The objects without a natural key; only where all were wanted.
  private(set) var nameless: [(id: String, object: JSON)] = []
  private(set) var count = 0
  private var ids: Set<ExactText> = []

  private static let readings = 3

  /// An object moved between pages while they were read, so that another one may have been skipped.
  private struct Shifted: Error {
    var id: String
  }

  /// Reads every page, again from the start when an id comes twice. Only objects whose natural key is among `wanted` are
  /// kept, all of them where it is `nil`.
  static func read(
    _ list: ListDefinition, of program: MappingProgram, wanted: Set<ExactText>?,
    from target: TargetConnection
  ) async throws -> Listing {
    guard let match = program.match else { return Listing() }
    var reading = 1
    while true {
      do {
        var listing = Listing()
        for call in list.calls {
          try await listing.add(
            call, of: list, program: program, match: match, wanted: wanted, from: target)
        }
        return listing
      } catch let shifted as Shifted {
        guard reading < readings else {
          throw TargetStopped(
            target: target.definition.name.value,
            message:
              "a listing of \(program.resource.name.value) names the object \(shifted.id) twice, "
              + "\(readings) times over: it cannot be told what it leaves out",
            mend: "compare `page` in the target's file with the API, or run again when nobody "
              + "else changes the objects")
        }
        reading += 1
      }
    }
  }

  /// In words, why the listing has too few objects to be whole; `nil` when it has enough.
  ///
  /// - Parameters:
  ///   - last: Objects in the last listing that was believed.
  ///   - linked: Active links of the mapping.
  ///   - atLeast: Per cent of `last` that must be there. A few objects more may be missing, but not all.
  func shrinkage(since last: Int?, linked: Int, atLeast: Double) -> String? {
    guard atLeast > 0 else { return nil }
    if count == 0, linked > 0 { return "it is empty, and \(linked) objects are known" }
    guard let last, count < last else { return nil }
    if count == 0 { return "it is empty, and the last one named \(last)" }
    if last - count <= 5 || Double(count) >= Double(last) * atLeast / 100 { return nil }
    return "it names \(count) objects, and the last one \(last)"
  }

  private mutating func add(
    _ call: CallDefinition, of list: ListDefinition, program: MappingProgram, match: MatchProgram,
    wanted: Set<ExactText>?, from target: TargetConnection
  ) async throws {
    let reader = AnswerReader(target: target.definition, resource: program.resource)
    var page = Page(list.page)
    while let query = page.query {
      let request = OutboundRequest(method: call.method, path: call.path.adding(query: query))
      func stopped(_ message: String, mend: String) -> TargetStopped {
        TargetStopped(
          target: target.definition.name.value, message: "\(request.route) \(message)", mend: mend)
      }
      let verdict = try await target.read(request, object: "", reader: reader)
      if let refusal = verdict.refusal {
        throw stopped(
          "\(refusal): the listing is not whole",
          mend: "compare `list` in the target's file with the API, and see what the token may read")
      }
      guard case .done(let answer?) = verdict, let items = answer.items(at: list.items) else {
        throw stopped(
          "holds no list at `\(list.items)`: the listing is not whole",
          mend: "compare `items` in the target's file with the answer")
      }
      var objects = items
      if let children = list.children { objects = objects.flatMap { $0.flattened(children) } }
      for object in objects {
        guard let id = object.value(at: program.resource.identity.path)?.identifier else {
          throw stopped(
            "lists an object without `\(program.resource.identity.path)`",
            mend: "compare `id.path` in the target's file with the answer")
        }
        guard ids.insert(ExactText(id)).inserted else { throw Shifted(id: id) }
        count += 1
        guard let key = match.normalised(object.value(at: match.readPath)) else {
          if wanted == nil { nameless.append((id, object)) }
          continue
        }
        if wanted?.contains(key) == false { continue }
        self.objects[key, default: []].append((id, object))
      }
      guard page.advance(past: answer, items: items.count) else {
        throw stopped(
          "says that there is more, and gives no new cursor: the listing is not whole",
          mend: "compare `page` in the target's file with the answer")
      }
    }
  }

  /// The query of the next page, until there is none.
  private struct Page {
    let paging: ListDefinition.Paging
    var query: [(String, String)]?
    private var cursor = ""

    init(_ paging: ListDefinition.Paging) {
      self.paging = paging
      switch paging {
      case .none: query = []
      case .number(let parameter, let first, let sizeParameter, let size, _):
        query = [(parameter, String(first))] + (sizeParameter.map { [($0, String(size))] } ?? [])
      case .cursor(_, _, _, let sizeParameter, let size):
        query = sizeParameter.map { [($0, String(size))] } ?? []
      }
    }

    /// Goes on to the next page, or to the end; `false` when it cannot be told which.
    mutating func advance(past answer: JSON, items: Int) -> Bool {
      switch paging {
      case .none: query = nil
      case .number(let parameter, _, _, let size, let untilEmpty):
        guard items > 0, untilEmpty || items >= size, let present = query?.first,
          let number = Int(present.1)
        else {
          query = nil
          return true
        }
        query?[0] = (parameter, String(number + 1))
      case .cursor(let parameter, let path, let more, let sizeParameter, let size):
        let next = answer.value(at: path)?.identifier ?? ""
        let goesOn = more.map { answer.value(at: $0)?.boolValue == true } ?? !next.isEmpty
        guard goesOn else {
          query = nil
          return true
        }
        guard !next.isEmpty, !next.hasSameBytes(as: cursor) else { return false }
        cursor = next
        query = (sizeParameter.map { [($0, String(size))] } ?? []) + [(parameter, next)]
      }
      return true
    }
  }
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

  fileprivate func items(at path: String) -> [JSON]? {
    let found = path.isEmpty ? self : value(at: path)
    switch found {
    case .array(let items)?: return items
    // The root of a tree may stand alone.
    case .object?: return found.map { [$0] }
    default: return nil
    }
  }

  /// The object and all below it.
  fileprivate func flattened(_ children: String) -> [JSON] {
    var all: [JSON] = []
    var waiting = [self]
    while let next = waiting.popLast() {
      all.append(next)
      waiting += next.value(at: children)?.arrayValue ?? []
    }
    return all
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
  fileprivate var refusal: String? {
    switch self {
    case .rejected(let status, let reasons), .taken(let status, let reasons):
      "answered \(status) (\(reasons.map(\.message).joined(separator: "; ")))"
    case .gone: "leads nowhere (404)"
    case .done, .retry, .stop, .unknown: nil
    }
  }
}
