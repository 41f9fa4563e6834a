/// `try(v)`.
enum Try {
  static let name = "try"

  static let attempt = Function(
    name, [.function(.param("T"), returns: .optional(.param("T")))],
    documentation: """
      The value as an optional: none where a function in it refuses what it was given, such as a \
      telephone number with letters in it. `orValue` says what is sent instead. Whatever else fails \
      still fails.
      """,
    examples: [
      Function.Example(
        "try(phone.e164(\"ask Ada\", \"US\")).orValue(\"none\")", gives: "\"none\""),
      Function.Example("try(vin.valid(\"1M8GDM9A1KP042788\")).hasValue()", gives: "false"),
      Function.Example("try(\"Ada\").orValue(\"none\")", gives: "\"Ada\""),
    ],
    decision: .refused,
    flat: FlatCall { compiler, arguments, _ in compiler.add(tried: arguments[0]) },
    .one { value, _ in .optional(of: value) })
}

extension Generator {
  /// The value of `try`: what its argument refuses is none.
  mutating func attempt(_ argument: ResolvedTree) -> Piece {
    // That a constant is refused is what is asked, and no mistake.
    let known = warnings.count
    let code = attempted(piece(argument), argument.range).code
    forgetWarnings(after: known)
    return .code { frame throws(EvaluationError) in
      do throws(EvaluationError) {
        return .optional(of: try code(&frame))
      } catch {
        guard error.kind == .refused else { throw error }
        return .optional(.none)
      }
    }
  }
}
