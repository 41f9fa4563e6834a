import Diagnostics

/// What an answer means for the record.
public enum AnswerMeaning: String, Sendable, Hashable, CaseIterable {
  case done
  /// The record is wrong; the answer says why.
  case rejected
  /// Somebody, perhaps we ourselves earlier, already holds a unique value.
  case taken
  /// The object does not exist any more.
  case gone
  /// Not now; nothing was changed.
  case retry
  /// The set-up is wrong: no call can succeed.
  case stop
  /// The write may or may not have happened.
  case unknown
}

/// Statuses, and perhaps words in the body, that mean something.
public struct AnswerRule: Sendable {
  public var status: [ClosedRange<Int>]
  /// An RE2 pattern searched in the body; `nil` matches every body.
  public var body: Located<String>?
  public var means: AnswerMeaning
  public var range: SourceRange

  public init(
    status: [ClosedRange<Int>], body: Located<String>?, means: AnswerMeaning, range: SourceRange
  ) {
    self.status = status
    self.body = body
    self.means = means
    self.range = range
  }
}

/// Where the reasons are in the body of a refusal.
public struct ErrorBody: Sendable, Hashable {
  /// The paths of the message, empty for the whole body; the first that leads to text counts.
  public var messages: [String]
  public var fields: Fields?

  /// Where the reasons stand that blame a field.
  public struct Fields: Sendable, Hashable {
    /// The path of an object whose members are fields and whose values are messages, or of a list whose entries blame a
    /// field each; empty for the whole body.
    public var path: String
    /// In an entry of a list, the path of the field's name.
    public var field: String?
    /// In an entry of a list, the path of the message.
    public var message: String?

    public init(path: String, field: String? = nil, message: String? = nil) {
      self.path = path
      self.field = field
      self.message = message
    }
  }

  public init(messages: [String] = [], fields: Fields? = nil) {
    self.messages = messages
    self.fields = fields
  }
}
