import Diagnostics

/// The keys of calls that carry many objects.
enum BatchSpec {
  private static let size = FieldSpec.required(
    "size", Kind<Int>.int(2...10_000), "At most so many objects in a call.", example: "50")
  private static let items = FieldSpec.optional(
    "items", Kind<String>.memberName,
    "The member of the body that holds the objects; without it the body is the list itself.",
    example: "items")
  private static let answers = FieldSpec.defaulted(
    "answers", Kind<String>.listPath, "", written: "\"\"",
    "The path of the list with an answer to each object; empty when the body is the list itself. A status that refuses, without an answer to each object in that list, refuses all objects: none of them may have been stored.",
    example: "results")
  private static let status = FieldSpec.optional(
    "status", BatchStatusSpec.kind,
    "The path of the status in an answer, a number as of HTTP, or the path with the words that it holds. An object without one of them is unknown, and looked up. Without `status` that of the call counts for each, unless it is 207.",
    example: "{ path: status, done: [created], rejected: [failed] }")
  private static let position = FieldSpec.optional(
    "position", Kind<String>.objectPath,
    "The path, in an answer, of the object's place in the request, from 0. Without it and `key` answers come in the order of the objects.",
    example: "index")
  private static let key = FieldSpec.optional(
    "key", Kind<String>.objectPath,
    "The path at which an answer repeats the value of the field under `match`.",
    example: "data.code")

  static let object = ObjectSpec<BatchDefinition>(
    "batch", "Many objects in one call, and an answer to each.",
    keys: [size.key, items.key, answers.key, status.key, position.key, key.key]
  ) { fields in
    let size = fields.read(size)
    let items = fields.read(items)
    let answers = fields.read(answers)
    let status = fields.read(status)
    let position = fields.read(position)
    let key = fields.read(key)
    if position != nil, key != nil {
      fields.reading.report(
        Codes.exclusiveKeys, "`position` and `key` exclude each other",
        at: fields.keyRange("key"), help: ["keep the one that the target's answers hold"])
    }
    return size.map {
      BatchDefinition(
        size: $0, items: items, answers: answers, status: status, position: position, key: key)
    }
  }
}
