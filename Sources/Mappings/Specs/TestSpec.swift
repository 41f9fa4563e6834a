import Diagnostics
import Documents
import JSON

/// The keys of an example inside a mapping.
enum TestSpec {
  private static let name = FieldSpec.required(
    "name", Kind<Located<String>>.text, "What the example shows.", example: "blanks are trimmed")
  private static let row = FieldSpec.required(
    "row", Kind<[MapEntry<Located<JSON>>]>.map(.text, .json, of: "column"),
    "The row; columns that are left out are NULL.", example: "{ employee: 42 }")
  private static let links = FieldSpec.defaulted(
    "links", Kind<[MappingTest.TestLink]>.list(linkObject.kind), [], written: "[]",
    "What `link` finds.")
  private static let expect = FieldSpec.optional(
    "expect", Kind<[MapEntry<Located<JSON>>]>.map(.fieldPath, .json, of: "path of the field"),
    "Fields of the record that must come out; others are not looked at.",
    example: "{ emp_id: \"42\" }")
  private static let rejected = FieldSpec.optional(
    "rejected", Kind<Located<String>>.text,
    "The row must be refused, with these words in the reason.", example: "email")

  static let object = ObjectSpec<MappingTest>(
    "test", "An example: a row, perhaps links, and what must come out.",
    exactlyOne: [["expect", "rejected"]],
    keys: [name.key, row.key, links.key, expect.key, rejected.key]
  ) { fields in
    let name = fields.read(name)
    let row = fields.read(row)
    let links = fields.read(links)
    let expect = fields.read(expect) ?? []
    let rejected = fields.read(rejected)
    guard let name, let row else { return nil }
    return MappingTest(
      name: name, row: row.map { (name: $0.key, value: $0.value) }, links: links,
      expect: expect.map { (field: $0.key, value: $0.value) }, expectRejected: rejected)
  }

  private static let mapping = FieldSpec.required(
    "mapping", Kind<Located<String>>.name, "The mapping that `link` asks.",
    example: "crm-sites")
  private static let linkKey = FieldSpec.required(
    "key", Kind<[Located<JSON>]>.oneOrMany(.json), "The key of the row there.",
    example: "[1, \"4410.\"]")
  private static let id = FieldSpec.required(
    "id", Kind<Located<JSON>>.json, "The id of the object at the target.", example: "77")

  private static let linkObject = ObjectSpec<MappingTest.TestLink>(
    "test-link", "A link for `link` to find.", keys: [mapping.key, linkKey.key, id.key]
  ) { fields in
    let mapping = fields.read(mapping)
    let key = fields.read(linkKey)
    let id = fields.read(id)
    guard let mapping, let key, let id else { return nil }
    return MappingTest.TestLink(mapping: mapping, key: key.map(\.value), id: id.value)
  }
}
