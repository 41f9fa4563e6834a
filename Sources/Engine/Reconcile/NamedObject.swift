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

  /// Reads the object with an id: by itself where the target allows it, else in a listing. An object that a listing does
  /// not name is absent only when the listing is whole.
  public static func read(
    _ id: String, of program: MappingProgram, from target: TargetConnection,
    ledger: any LedgerStore, masking: Masking
  ) async throws -> Answer {
    let comparison = RecordComparison(program, masking)
    if program.resource.get != nil {
      switch try await target.object(id, of: program) {
      case .object(let object): return .held(comparison.held(by: object).bytes)
      case .gone: return .absent
      case .another(let difference): throw target.stopped(difference, asking: id)
      case .unreadable:
        throw TargetStopped(
          target: target.definition.name.value,
          message: "asked for the object \(id), it gives no answer that counts: it cannot be told "
            + "whether the object exists",
          remedy:
            "give the id as the target shows it; compare `get` in the target's file with the API")
      }
    }
    let lister = ListingReader(program, target, .reading(ledger))
    guard let listing = try await lister.readPages() else { return .cannotAsk }
    let all = listing.objects.values.joined() + listing.nameless
    if let found = all.first(where: { $0.id.hasSameBytes(as: id) }) {
      return .held(comparison.held(by: found.object).bytes)
    }
    try await lister.proveWhole(listing)
    return .absent
  }
}
