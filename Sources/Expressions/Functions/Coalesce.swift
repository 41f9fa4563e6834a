/// `coalesce(a, b, …)`.
enum Coalesce {
  private static let value = CELType.param("T")
  private static let optional = CELType.nullable(.param("T"))

  static let coalesce = Function(
    "coalesce",
    [
      .function(optional, value, returns: value),
      .function(optional, optional, value, returns: value),
      .function(optional, optional, optional, value, returns: value),
    ],
    documentation: """
      The first of two to four values that is not null. The result may be null only if the last \
      value may.
      """,
    examples: [
      Function.Example("coalesce(null, \"b\")", gives: "\"b\""),
      Function.Example("coalesce(text.clean(\" \"), \"none\")", gives: "\"none\""),
    ],
    decision: .null, flat: .instruction(.coalesce),
    .two { first, second, _ in first.isNull ? second : first },
    .three { first, second, third, _ in
      first.isNull ? (second.isNull ? third : second) : first
    },
    .four { first, second, third, fourth, _ in
      [first, second, third].first { !$0.isNull } ?? fourth
    })
}
