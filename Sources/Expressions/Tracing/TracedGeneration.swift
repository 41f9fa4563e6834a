// Code that notes where it goes. Without a trace each of these gives back what it was given.

extension Generator {
  /// A part that is evaluated on one way only.
  func way(_ way: String, _ piece: Piece, _ range: Range<Int>) -> Piece {
    guard let trace else { return piece }
    let point = trace.add(BranchPoint(range: range, way: way))
    let code = piece.code
    return .code { frame throws(EvaluationError) in
      trace.reach(point)
      return try code(&frame)
    }
  }

  /// An argument whose value decides what a function does.
  func decisive(
    _ piece: Piece, at place: Int, of function: Function, _ arguments: [ResolvedTree]
  ) -> Piece {
    guard let trace, let decision = function.decision, piece.constant == nil,
      place == 0 || place < arguments.count - 1
    else { return piece }
    let range = arguments[place].range
    switch decision {
    case .null:
      guard arguments[place].type.mayBeNull else { return piece }
      return watched(piece, trace, range, ("this has a value", "this is null")) { $0.isNull }
    case .none:
      // Whether `try` has a value has been noted inside.
      if case .call(let inner, _) = arguments[place].kind, inner.decision == .refused {
        return piece
      }
      return watched(piece, trace, range, ("this has a value", "this has none")) {
        guard case .optional(let optional) = $0 else { return false }
        return optional.value == nil
      }
    case .refused: return piece
    }
  }

  private func watched(
    _ piece: Piece, _ trace: BranchTrace, _ range: Range<Int>,
    _ ways: (full: String, empty: String),
    _ isEmpty: @escaping @Sendable (Value) -> Bool
  ) -> Piece {
    let full = trace.add(BranchPoint(range: range, way: ways.full))
    let empty = trace.add(BranchPoint(range: range, way: ways.empty))
    let code = piece.code
    return .code { frame throws(EvaluationError) in
      let value = try code(&frame)
      trace.reach(isEmpty(value) ? empty : full)
      return value
    }
  }

  /// The argument of `try`.
  func attempted(_ piece: Piece, _ range: Range<Int>) -> Piece {
    guard let trace, piece.constant == nil else { return piece }
    let accepted = trace.add(BranchPoint(range: range, way: "this is accepted"))
    let refused = trace.add(BranchPoint(range: range, way: "this is refused"))
    let code = piece.code
    return .code { frame throws(EvaluationError) in
      do throws(EvaluationError) {
        let value = try code(&frame)
        trace.reach(accepted)
        return value
      } catch {
        if error.kind == .refused { trace.reach(refused) }
        throw error
      }
    }
  }
}
