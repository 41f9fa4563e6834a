import Diagnostics

/// Where the words of a refusal stand.
enum ErrorBodySpec {
  private static let message = FieldSpec.defaulted(
    "message", Kind<[String]>.oneOrMany(.listPath), [], written: "[]",
    "The path of the message, or several of which the first that leads to text counts. `[]` goes into a list, and an empty path is the whole body. Where none fits, the beginning of the body is shown.",
    example: "[message, \"errors[].detail\"]")
  private static let fields = FieldSpec.optional(
    "fields", fieldsKind,
    "The path of an object whose members are fields and whose values are messages: text, a list, or an object for the fields within. For a list whose entries blame a field each, an object.",
    example: "errors")

  static let object = ObjectSpec<ErrorBody>(
    "error-body", "Where the words of a refusal stand.", keys: [message.key, fields.key]
  ) { reader in
    let messages = reader.read(message)
    let fields = reader.read(fields)
    return ErrorBody(messages: messages, fields: fields)
  }

  private static let fieldsKind = Kind<ErrorBody.Fields>(
    shape: .oneOf([.fieldPath, .object(list.shape)])
  ) { node, reading in
    if node.entries != nil { return list.kind.read(node, &reading) }
    return Kind<String>.listPath.read(node, &reading).map { ErrorBody.Fields(path: $0) }
  }

  private static let path = FieldSpec.defaulted(
    "path", Kind<String>.listPath, "", written: "\"\"",
    "The path of the list; empty for the whole body.", example: "errors")
  private static let field = FieldSpec.required(
    "field", Kind<String>.listPath,
    "The path of the field's name in an entry: `name`, `address.city`, `/data/attributes/name`, or a list of the steps.",
    example: "source.pointer")
  private static let entryMessage = FieldSpec.required(
    "message", Kind<String>.listPath, "The path of the message in an entry.", example: "detail")

  private static let list = ObjectSpec<ErrorBody.Fields>(
    "error-list", "A list whose entries blame a field each.",
    keys: [path.key, field.key, entryMessage.key]
  ) { reader in
    let path = reader.read(path)
    let field = reader.read(field)
    let message = reader.read(entryMessage)
    guard let field, let message else { return nil }
    return ErrorBody.Fields(path: path, field: field, message: message)
  }
}
