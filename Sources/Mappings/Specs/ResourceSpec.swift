import Diagnostics

/// The keys of a resource in a target.
enum ResourceSpec {
  /// A resource whose name, the key above it, is not known yet.
  struct Unnamed: Sendable {
    fileprivate var schema: Schemas
    fileprivate var identity: ResourceDefinition.Identity
    fileprivate var match: MatchDefinition?
    fileprivate var list: ListDefinition?
    fileprivate var find: ReadDefinition?
    fileprivate var get: ReadDefinition?
    fileprivate var create: WriteDefinition?
    fileprivate var update: WriteDefinition?
    fileprivate var delete: CallDefinition?
    fileprivate var clear: ResourceDefinition.Clear
    fileprivate var answers: [AnswerRule]
    fileprivate var misread: Set<String>

    func definition(named name: Located<String>) -> ResourceDefinition {
      ResourceDefinition(
        name: name, createSchema: schema.create, updateSchema: schema.update, identity: identity,
        match: match, list: list, find: find, get: get, create: create, update: update,
        delete: delete, clear: clear, answers: answers, misread: misread)
    }
  }

  private static let schema = FieldSpec.required(
    "schema", schemasObject.kind, "The JSON Schemas of the bodies.")
  private static let id = FieldSpec.required(
    "id", identityObject.kind, "Where an object's id stands, and what it is.")
  private static let match = FieldSpec.optional(
    "match", MappingSpec.matchObject.kind,
    "The field that tells whose object it is when there is no link yet.")
  private static let list = FieldSpec.optional(
    "list", ListSpec.object.kind, "How to read all objects.")
  private static let find = FieldSpec.optional(
    "find", CallSpec.find.kind, "How to read the object with a matching field.")
  private static let get = FieldSpec.optional(
    "get", CallSpec.get.kind, "How to read the object with an id.")
  private static let create = FieldSpec.optional(
    "create", CallSpec.create.kind, "How to make an object.")
  private static let update = FieldSpec.optional(
    "update", CallSpec.update.kind, "How to change an object.")
  private static let delete = FieldSpec.optional(
    "delete", CallSpec.delete.kind, "How to delete an object.")
  private static let clear = FieldSpec.defaulted(
    "clear",
    Kind<ResourceDefinition.Clear>.choice([
      .null: "With JSON null.", .empty: "With an empty text.",
      .omit: "Not at all: the field keeps its value at the target.",
    ]), .null, written: "null", "How a field is emptied in an update.")
  private static let answers = FieldSpec.defaulted(
    "answers", AnswerSpec.list, [], written: "[]",
    "What answers mean for this resource, before the target's own rules.")

  static let object = ObjectSpec<Unnamed>(
    "resource", "A kind of object, and its calls.",
    keys: [
      schema.key, id.key, match.key, list.key, find.key, get.key, create.key, update.key,
      delete.key, clear.key, answers.key,
    ]
  ) { fields in
    let schema = fields.read(schema)
    let id = fields.read(id)
    let match = fields.read(match)
    let list = fields.read(list)
    let find = fields.read(find)
    let get = fields.read(get)
    let create = fields.read(create)
    let update = fields.read(update)
    let delete = fields.read(delete)
    let clear = fields.read(clear)
    let answers = fields.read(answers)
    if create?.batch?.key != nil, match == nil {
      fields.reading.report(
        Codes.batchWithoutMatch, "`key` of `batch` needs the resource's `match`",
        at: fields.keyRange("create"),
        help: ["write `match: { field: … }`, or tell answers apart by `position`"])
    }
    if update?.send == .whole, get == nil, !fields.has("get") {
      fields.reading.report(
        Codes.wholeWithoutGet,
        "`send: whole` needs `get`, which reads the object before it is written",
        at: fields.keyRange("update"),
        help: ["write `get: { call: \"GET …/{id}\" }`, or `send: all`"])
    }
    let read: [String: Bool] = [
      "match": match != nil, "list": list != nil, "find": find != nil, "get": get != nil,
      "create": create != nil, "update": update != nil, "delete": delete != nil,
    ]
    let misread = Set(read.filter { !$0.value && fields.has($0.key) }.keys)
    guard let schema, let id else { return nil }
    return Unnamed(
      schema: schema, identity: id, match: match, list: list, find: find, get: get,
      create: create, update: update, delete: delete, clear: clear, answers: answers,
      misread: misread)
  }

  fileprivate struct Schemas: Sendable {
    var create: Located<String>
    var update: Located<String>?
  }

  private static let createSchema = FieldSpec.required(
    "create", Kind<Located<String>>.filePath, "Of the body of a create; relative to this file.",
    example: "../../schemas/crm/user.create.schema.json")
  private static let updateSchema = FieldSpec.optional(
    "update", Kind<Located<String>>.filePath,
    "Of the body of an update; that of the create where it is left out.",
    example: "../../schemas/crm/user.update.schema.json")

  private static let schemasObject = ObjectSpec<Schemas>(
    "schemas", "The JSON Schemas of the bodies.", keys: [createSchema.key, updateSchema.key]
  ) { fields in
    let create = fields.read(createSchema)
    let update = fields.read(updateSchema)
    return create.map { Schemas(create: $0, update: update) }
  }

  private static let idPath = FieldSpec.required(
    "path", Kind<Located<String>>.valuePath, "The path of the id inside an object.", example: "id")
  private static let idKind = FieldSpec.required(
    "kind", Kind<ResourceDefinition.Identity.Kind>.choice([.int: "A number.", .string: "Text."]),
    "What an id is.", example: "int")

  private static let identityObject = ObjectSpec<ResourceDefinition.Identity>(
    "identity", "An object's id.", keys: [idPath.key, idKind.key]
  ) { fields in
    let path = fields.read(idPath)
    let kind = fields.read(idKind)
    guard let path, let kind else { return nil }
    return ResourceDefinition.Identity(path: path.value, kind: kind)
  }
}
