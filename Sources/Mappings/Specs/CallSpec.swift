import Diagnostics

/// The calls that read and write one object.
enum CallSpec {
  private static let objectPath = FieldSpec.defaulted(
    "object", Kind<String>.objectPath, "", written: "\"\"",
    "The path of the object in the answer; empty for the whole body.", example: "data")

  static let find = read(
    "find", "Reads the object with a matching field.", ["match.name", "match.value"],
    example: "\"GET /users/{match.name}:{match.value}\"")
  static let get = read(
    "get", "Reads the object with an id.", ["id"], example: "\"GET /users/{id}\"")

  private static func read(
    _ name: String, _ summary: String, _ placeholders: Set<String>, example: String
  ) -> ObjectSpec<ReadDefinition> {
    let call = FieldSpec.required(
      "call", Kind<CallDefinition>.call(placeholders), "The call.", example: example)
    return ObjectSpec(name, summary, keys: [call.key, objectPath.key]) { fields in
      let call = fields.read(call)
      let object = fields.read(objectPath)
      return call.map { ReadDefinition(call: $0, object: object) }
    }
  }

  private static let wrap = FieldSpec.optional(
    "wrap", Kind<String>.memberName, "The member that wraps the body, where the target wants one.",
    example: "user")
  private static let send = FieldSpec.defaulted(
    "send",
    Kind<WriteDefinition.Content>.choice([
      .all: "Every field of the mapping.", .changed: "Only fields that differ from the last write.",
      .whole:
        "The object as `get` reads it just before, with the fields that differ in it: for a call that replaces the object.",
    ]), .changed, written: "changed", "Which fields an update sends.")
  private static let unsent = FieldSpec.optional(
    "unsent",
    Kind<WriteDefinition.Unsent>.choice([
      .kept: "It keeps its value.", .cleared: "It is emptied.",
    ]),
    "What becomes of a field that an update leaves out; default: `cleared` for PUT, else `kept`.",
    example: "kept")
  private static let always = FieldSpec.defaulted(
    "always", Kind<[Located<String>]>.list(.fieldPath).unique(), [], written: "[]",
    "Fields that go along with every update.", example: "[first_name, last_name]")

  private static let createCall = FieldSpec.required(
    "call", Kind<CallDefinition>.call(), "The call.", example: "POST /users")

  private static let batch = FieldSpec.optional(
    "batch", BatchSpec.object.kind,
    "How the call carries many objects, where the target takes many; `object` is then a path in each answer."
  )

  static let create = ObjectSpec<WriteDefinition>(
    "create", "Makes an object.", keys: [createCall.key, objectPath.key, wrap.key, batch.key]
  ) { fields in
    let call = fields.read(createCall)
    let object = fields.read(objectPath)
    let wrap = fields.read(wrap)
    let batch = fields.read(batch)
    return call.map {
      WriteDefinition(
        call: $0, object: object, send: .all, always: [], wrap: wrap, batch: batch)
    }
  }

  private static let updateCall = FieldSpec.required(
    "call", Kind<CallDefinition>.call(["id"]), "The call.", example: "\"PATCH /users/{id}\"")

  static let update = ObjectSpec<WriteDefinition>(
    "update", "Changes an object.",
    keys: [updateCall.key, objectPath.key, send.key, unsent.key, always.key, wrap.key]
  ) { fields in
    let call = fields.read(updateCall)
    let object = fields.read(objectPath)
    let send = fields.read(send)
    let unsent = fields.read(unsent)
    let always = fields.read(always)
    let wrap = fields.read(wrap)
    return call.map {
      WriteDefinition(
        call: $0, object: object, send: send, always: always, wrap: wrap, unsent: unsent)
    }
  }

  private static let deleteCall = FieldSpec.required(
    "call", Kind<CallDefinition>.call(["id"]), "The call.", example: "\"DELETE /users/{id}\"")

  static let delete = ObjectSpec<CallDefinition>(
    "delete", "Deletes an object.", keys: [deleteCall.key]
  ) { fields in
    fields.read(deleteCall)
  }
}
