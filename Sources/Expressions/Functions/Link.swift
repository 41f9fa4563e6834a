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
      """,
    flat: FlatCall { compiler, arguments, _ in
      guard case .constant(.string(let mapping))? = arguments.first?.kind else { return false }
      let place = compiler.place(of: mapping)
      let keys = Array(arguments.dropFirst())
      return compiler.add(all: keys)
        && compiler.done(.link, keys.count, number: Int64(place), pops: keys.count)
    })
}
