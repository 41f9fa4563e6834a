import JSON
import Programs

/// What a target answers when it is asked for the object with an id.
enum ObjectReading: Sendable {
  case object(JSON)
  /// The target says that there is none.
  case gone
  /// It answers, and about another object.
  case another(ObjectIdentity.Difference)
  /// There is no such call, or its answer does not tell.
  case unreadable
}

extension TargetConnection {
  /// Asks for one object by its id, and sees whether the answer is about that object.
  ///
  /// - Parameter keys: The natural keys that it may have; none when nothing is known of them.
  func object(
    _ id: String, of program: MappingProgram, keys: [ExactText] = []
  ) async throws -> ObjectReading {
    guard let get = program.resource.get, let request = RequestBuilder(program: program).get(id: id)
    else { return .unreadable }
    let reader = AnswerReader(target: definition, resource: program.resource)
    switch try await read(request, object: get.object, reader: reader) {
    case .done(let object?):
      let identity = ObjectIdentity(program: program)
      let difference = identity.difference(of: object, keys: keys, id: id)
      return difference.map { .another($0) } ?? .object(object)
    case .gone: return .gone
    default: return .unreadable
    }
  }

  /// Why an answer about another object helps nobody.
  func stopped(_ difference: ObjectIdentity.Difference, asking id: String) -> TargetStopped {
    TargetStopped(
      target: definition.name.value,
      message: "asked for the object \(id), it answers about another: \(difference.words)",
      remedy: "compare `get` in the target's file with the API")
  }
}
