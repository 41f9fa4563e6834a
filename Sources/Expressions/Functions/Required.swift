/// `required(v)`.
enum Required {
  private static let value = CELType.param("T")

  static let required = Function(
    "required", [.function(.nullable(value), returns: value)],
    documentation: """
      The value; a record for which it is null is refused and waits for its data, where the mapping \
      means just that. Without it lint asks what shall become of such records (E311).
      """,
    examples: [
      Function.Example("required(text.clean(\" Ada \"))", gives: "\"Ada\"")
    ],
    decision: .null,
    .one { value, _ throws(EvaluationError) in
      guard !value.isNull else {
        throw EvaluationError(.noOverload, "is required, and there is no value")
      }
      return value
    })
}
