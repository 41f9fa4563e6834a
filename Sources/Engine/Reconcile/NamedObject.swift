import JSON
import Programs

/// An object at the target that a person names by its id, as it is now.
public struct NamedObject: Sendable {
  public enum Answer: Sendable, Hashable {
    /// What the target holds of the mapping's fields: flat JSON, masked.
    case held([UInt8])
    case absent
    /// The resource has neither `get` nor `list`.
    case cannotAsk
  }

  /// Reads the object with an id: by itself where the target allows it, else in a listing.
  public static func read(
    _ id: String, of program: MappingProgram, from target: TargetConnection, masking: Masking
  ) async throws -> Answer {
    let object: JSON?
    if program.resource.get != nil {
      switch try await target.object(id, of: program) {
      case .object(let found): object = found
      case .gone, .unreadable: return .absent
      case .another(let difference): throw target.stopped(difference, asking: id)
      }
    } else if let list = program.resource.list, program.match != nil {
      let listing = try await Listing.read(list, of: program, wanted: nil, from: target)
      object =
        (listing.objects.values.joined() + listing.nameless).first { $0.id.hasSameBytes(as: id) }?
        .object
    } else {
      return .cannotAsk
    }
    guard let object else { return .absent }
    return .held(RecordComparison(program, masking).held(by: object).bytes)
  }
}
