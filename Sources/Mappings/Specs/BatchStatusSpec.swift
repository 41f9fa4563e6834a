import Diagnostics
import Documents

/// Where the status of one object stands in the answer to a call with many, and what its words mean.
enum BatchStatusSpec {
  static let kind = Kind<BatchDefinition.Status>(
    shape: .oneOf([.fieldPath, .object(object.shape)])
  ) { node, reading in
    if node.entries != nil { return object.kind.read(node, &reading) }
    return Kind<String>.objectPath.read(node, &reading).map { BatchDefinition.Status(path: $0) }
  }

  private static let path = FieldSpec.required(
    "path", Kind<String>.objectPath, "The path of the status, or of a flag, in an answer.",
    example: "status")

  private static let done = FieldSpec.required(
    "done", words, "Words for an object that was made.", example: "[created, true]")
  private static let rejected = FieldSpec.defaulted(
    "rejected", words, [], written: "[]", "Words for an object that is wrong.",
    example: "[failed, false]")
  private static let taken = FieldSpec.defaulted(
    "taken", words, [], written: "[]", "Words for a unique value that is in use.",
    example: "[duplicate]")
  private static let retry = FieldSpec.defaulted(
    "retry", words, [], written: "[]", "Words for an object that may come again: nothing was done.",
    example: "[throttled]")

  /// Text, numbers and truth values, each as it is written.
  private static let words = Kind<[Located<String>]>.oneOrMany(
    Kind<Located<String>>(shape: .json) { node, reading in
      Kind<Located<String>>.text.read(node, &reading)
    })

  private static let object = ObjectSpec<BatchDefinition.Status>(
    "batch-status",
    "The words of a status. Any other, and none, leave the outcome unknown, so that the object is looked up.",
    keys: [path.key, done.key, rejected.key, taken.key, retry.key]
  ) { fields in
    let path = fields.read(path)
    let lists: [(AnswerMeaning, [Located<String>])] = [
      (.done, fields.read(done) ?? []), (.rejected, fields.read(rejected)),
      (.taken, fields.read(taken)), (.retry, fields.read(retry)),
    ]
    var known: [Located<String>] = []
    var words: [BatchDefinition.Status.Word] = []
    for (meaning, list) in lists {
      for word in list {
        if let first = known.first(where: { $0.value.utf8.elementsEqual(word.value.utf8) }) {
          fields.reading.report(
            Codes.wordTwice, "`\(word.value)` is named twice", at: word.range,
            notes: [Diagnostic.Note("the first one is here", at: first.range)],
            help: ["keep the one that says what the word means"])
          continue
        }
        known.append(word)
        words.append(BatchDefinition.Status.Word(word.value, means: meaning))
      }
    }
    return path.map { BatchDefinition.Status(path: $0, words: words) }
  }
}
