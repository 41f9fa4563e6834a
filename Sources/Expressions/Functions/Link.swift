/// `link(mapping, key…)`, which the host answers from its ledger.
enum Link {
  static let link = Function(
    host: "link",
    (1...4).map { count in
      .function([.string] + [CELType](repeating: .dyn, count: count), returns: .optional(.dyn))
    },
    documentation: """
      The target's id of the record that another mapping made of a row with this key: an optional, \
      absent when there is no such record or a part of the key is null. The mapping's name is \
      written as a literal.
      """)
}
