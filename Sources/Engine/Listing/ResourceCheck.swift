import JSON
import Mappings
import Programs

/// Tries the reading calls of a resource against its target: the first two pages of each list, and `get` and `find` with an
/// object of the first page. Nothing is written.
public struct ResourceCheck: Sendable {
  /// What one call came to.
  public struct Line: Sendable, Hashable {
    public enum Standing: Sendable, Hashable {
      case good
      /// It works as far as it could be tried.
      case doubtful
      case bad
    }
    /// `things list`.
    public var subject: String
    public var words: String
    public var remedy: String?
    public var standing: Standing
  }

  private let resource: ResourceDefinition
  private let matches: [MatchProgram]
  private let target: TargetConnection

  /// - Parameters:
  ///   - matches: How the mappings recognize the resource's objects.
  ///   - target: Its limits are kept to; a call that fails is tried once more, and no oftener.
  public init(
    _ resource: ResourceDefinition, matches: [MatchProgram], target: TargetConnection
  ) {
    var definition = target.definition
    definition.retry.attempts = min(definition.retry.attempts, 2)
    self.resource = resource
    self.matches = matches
    var patient = TargetConnection(
      definition: definition, wire: target.wire, gate: target.gate, clock: target.clock,
      windowScale: target.windowScale)
    patient.stop = target.stop
    patient.times = target.times
    self.target = patient
  }

  /// Throws ``RunInterrupted`` when the check is to end.
  public func run() async throws -> [Line] {
    var lines: [Line] = []
    var objects: [ListedObject] = []
    if let list = resource.list {
      for call in list.calls {
        let (line, found) = try await first(of: list, call)
        lines.append(line)
        if objects.isEmpty { objects = found }
      }
      let isReadable = !lines.contains { $0.standing == .bad }
      if objects.isEmpty, resource.get != nil || resource.find != nil {
        lines.append(
          line(
            "get and find",
            isReadable
              ? "not tried, as the list has no objects" : "not tried, as the list cannot be read",
            isReadable ? .good : .doubtful))
        return lines
      }
    }
    if resource.get != nil, let object = objects.last { lines.append(try await get(object)) }
    if let find = resource.find {
      for match in matches { lines.append(try await self.find(find, match, objects)) }
    }
    return lines
  }

  private func line(
    _ call: String, _ words: String, _ standing: Line.Standing, remedy: String? = nil
  ) -> Line {
    Line(
      subject: "\(resource.name.value) \(call)", words: words, remedy: remedy, standing: standing)
  }

  private func line(_ call: String, _ stopped: TargetStopped) -> Line {
    line(call, stopped.message, .bad, remedy: stopped.remedy)
  }

  // MARK: The calls

  private func first(
    of list: ListDefinition, _ call: CallDefinition
  ) async throws -> (Line, [ListedObject]) {
    let route = OutboundRequest(method: call.method, path: call.path).route
    var pages = ListPages(list, call, of: resource, from: target)
    var seen: Set<ExactText> = []
    var objects: [ListedObject] = []
    do {
      objects = try await pages.next(&seen) ?? []
      let second = try await pages.next(&seen)
      guard !objects.isEmpty else {
        return (line("list", "\(route): no objects", .good), [])
      }
      let isWhole = pages.isAtEnd && second?.isEmpty != false
      let words =
        (isWhole ? nil : second).map {
          "\(route): \(Self.words(objects.count)) on the first page, \($0.count) on the second"
        } ?? "\(route): \(Self.words(objects.count)), the whole list"
      guard
        let match = matches.first(where: { match in
          !objects.contains { match.normalised($0.object.value(at: match.readPath)) != nil }
        })
      else { return (line("list", words, .good), objects) }
      return (
        line(
          "list", words + "; none of them has `\(match.readPath)`", .doubtful,
          remedy: "objects are recognized by `\(match.path)`: if answers hold it elsewhere, "
            + "say so with `x-readPath` in the schema"), objects
      )
    } catch let stopped as TargetStopped {
      return (line("list", stopped), objects)
    } catch let moved as ObjectsMoved {
      return (
        line(
          "list", "\(route) \(moved.reason)", .bad,
          remedy: "compare `page` in the target's file with the API"), objects
      )
    }
  }

  private static func words(_ count: Int) -> String {
    "\(count) object\(count == 1 ? "" : "s")"
  }

  private func get(_ listed: ListedObject) async throws -> Line {
    guard let get = resource.get else { return line("get", "not declared", .good) }
    let request = RequestBuilder.request(get.call, values: ["id": listed.id])
    let route = OutboundRequest(method: get.call.method, path: get.call.path).route
    let remedy = "compare `get` in the target's file with the API"
    let reader = AnswerReader(target: target.definition, resource: resource)
    do {
      switch try await target.read(request, object: get.object, reader: reader) {
      case .done(let object?):
        let path = resource.identity.path
        guard let id = object.value(at: path)?.identifier else {
          return line(
            "get", "\(route) answers without `\(path)`: \(object.outline)", .bad, remedy: remedy)
        }
        guard id.hasSameBytes(as: listed.id) else {
          return line(
            "get", "\(route) answers with \(id) when it is asked for \(listed.id)", .bad,
            remedy: remedy)
        }
        return line("get", "\(route): the object \(listed.id)", .good)
      case let verdict:
        return line(
          "get",
          "\(route) \(verdict.refusal ?? "gave no answer that counts") for \(listed.id), which the list names",
          .bad, remedy: remedy)
      }
    } catch let stopped as TargetStopped {
      return line("get", stopped)
    }
  }

  /// A key that nobody has, for resources that cannot be listed.
  private static let nobody = ExactText("crosswalk-check-7f3a9d")

  private func find(
    _ find: ReadDefinition, _ match: MatchProgram, _ objects: [ListedObject]
  ) async throws -> Line {
    let route = OutboundRequest(method: find.call.method, path: find.call.path).route
    let question = KeyQuestion(find: find, match: match, resource: resource, target: target)
    let remedy = "compare `find` in the target's file with the API"
    let known = objects.reversed().lazy.compactMap { listed in
      match.normalised(listed.object.value(at: match.readPath)).map { (listed.id, $0) }
    }.first
    do {
      guard let (id, key) = known else {
        guard resource.list == nil else {
          return line("find", "not tried, as no object has `\(match.readPath)`", .doubtful)
        }
        switch try await question.ask(for: Self.nobody) {
        case .nothing:
          return line(
            "find",
            "\(route) finds nothing for a key that nobody has; without `list` no other is known",
            .good)
        case .found:
          return line(
            "find", "\(route) finds an object for a key that nobody has", .bad, remedy: remedy)
        case .refused(let stopped):
          return line("find", stopped.message, .doubtful, remedy: stopped.remedy)
        }
      }
      switch try await question.ask(for: key) {
      case .nothing:
        return line(
          "find", "\(route) does not find the object \(id) by its `\(match.path)`", .bad,
          remedy: remedy)
      case .found(let found) where !found.id.hasSameBytes(as: id):
        return line(
          "find", "\(route) finds \(found.id) by the `\(match.path)` of \(id)", .bad, remedy: remedy
        )
      case .found:
        return line("find", "\(route): the object \(id) by its `\(match.path)`", .good)
      case .refused(let stopped): return line("find", stopped)
      }
    } catch let stopped as TargetStopped {
      return line("find", stopped)
    }
  }
}
