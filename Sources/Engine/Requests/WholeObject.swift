import JSON
import Programs

/// Reads an object that is to be written back whole. Nothing is written without it.
struct WholeObject {
  enum Answer: Sendable {
    case held(JSON)
    case gone
    /// Why there is nothing to write back.
    case unreadable(String)

    var object: JSON? {
      if case .held(let object) = self { object } else { nil }
    }
  }

  let program: MappingProgram
  let target: TargetConnection
  /// How what the target says is made fit to be shown.
  let text: ForeignText

  /// A target that does not answer is tried again, and throws ``TargetStopped`` when patience is used up.
  func read(_ id: String, _ priority: CallPriority) async throws -> Answer {
    guard let get = program.resource.get, let request = RequestBuilder(program: program).get(id: id)
    else { return .unreadable("the object \(id) cannot be read before it is written whole") }
    var reader = AnswerReader(
      target: target.definition, resource: program.resource, fields: program.fields.map(\.path))
    reader.text = text
    let verdict = try await target.read(
      request, object: get.object, reader: reader, priority: priority)
    switch verdict {
    case .done(let object?):
      let identity = ObjectIdentity(program: program)
      if let other = identity.difference(of: object, keys: [], id: id) {
        return .unreadable("\(request.route) answered about another object: \(other.words)")
      }
      return .held(object)
    case .gone: return .gone
    case .rejected(_, let reasons), .taken(_, let reasons):
      let words = reasons.map(\.message).joined(separator: "; ")
      return .unreadable("the object \(id) cannot be read before it is written whole: \(words)")
    case .done(nil), .retry, .stop, .unknown:
      return .unreadable("the object \(id) cannot be read before it is written whole")
    }
  }
}
