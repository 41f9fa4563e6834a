import JSON

/// One vendor's rules as plain state: a call goes in, an answer comes out, nothing waits and nothing reads a clock.
protocol Vendor: Sendable {
  /// The member that identifies an object in answers.
  var idMember: String { get }
  /// The names of the resources, as `objects` and the functions of a person take them.
  var resources: [String] { get }

  /// What is said to a caller who may not call at all; nil lets the call in.
  func refusal(of call: Call) -> Answer?
  mutating func answer(_ call: Call, at moment: Moment) -> Answer

  /// The error body of this vendor for a status.
  func failure(_ status: Int, _ message: String) -> Answer
  /// The answer to one call too many.
  func tooManyCalls(in window: RateWindow, wait: Duration) -> Answer
  /// Headers that say how many calls are left.
  func allowance(in window: RateWindow, remaining: Int) -> [Answer.Header]
  /// A list that holds nothing.
  func emptyList() -> Answer

  /// Every object of a resource, hidden and softly deleted ones included; nil when there is no such resource.
  func objects(_ resource: String) -> [JSON]?
  /// Stores an object as a person would who does not use the API: no rule is asked. The answer is its id; nil when
  /// there is no such resource.
  mutating func seed(_ resource: String, _ object: JSON, at moment: Moment) -> String?
  /// Changes members of an object as a person would; false when there is no such object.
  mutating func edit(_ resource: String, _ id: String, _ changes: JSON, at moment: Moment) -> Bool
  /// Deletes an object as a person would; false when there is no such object.
  mutating func remove(_ resource: String, _ id: String, at moment: Moment) -> Bool
  /// Moves the first object of the list that this call asks for to its end.
  mutating func shift(_ call: Call)
  /// Turns a named switch; false when there is none of that name, or the value does not suit it.
  mutating func set(_ name: String, _ value: JSON) -> Bool
}
