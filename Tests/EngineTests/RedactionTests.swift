import Engine
import JSON
import Testing

private func thing(_ id: Int64, _ name: String, note: String) -> [Cell] {
  [.int(id), .text(name), .text(note), .null, .null]
}

/// Values that must not be shown are found in whatever spelling a server quotes them.
@Suite struct RedactionTests {
  @Test(arguments: [
    ("O'Neil-Müller", "the name O'Neil-Müller is taken"), ("O'Neil-Müller", "NAME O'NEIL-MÜLLER"),
    ("O'Neil-Müller", "name=O%27Neil-M%C3%BCller&x=1"),
    ("O'Neil-Müller", "O%2527Neil-M%25C3%25BCller"),
    ("O'Neil-Müller", "<b>O&#39;Neil-M&#252;ller</b>"),
    ("O'Neil-Müller", "O&apos;Neil-M&#xfc;ller"),
    ("O'Neil-Müller", #"\"O'Neil-M\u00fcller\""#), ("O'Neil-Müller", "o'neil mu\u{308}ller"),
    ("123-45-6789", "ssn 123456789 exists"), ("123-45-6789", "ssn 123 45 6789"),
    ("123-45-6789", "123.45.6789"), ("123456789", "ssn 123-45-6789 exists"),
    ("+1 (555) 010-7788", "phone 15550107788 is used"),
    ("+1 (555) 010-7788", "%2B1+(555)+010-7788"),
    (" Anna ", "there is an Anna already"), ("Anna\tB", "Anna B"),
    ("A & B", "A &amp; B"), ("a\"b\\c-long", #"a\"b\\c-long is wrong"#),
    ("1980-01-31", "born 31.01.1980"), ("1980-01-31", "born 01/31/1980"),
    ("1980-01-31", "born 1980-01-31T00:00:00Z"),
    ("a secret of some length", "value 'a secret of so' is too long…"),
    ("a secret of some length", "too long: a secret of so"), ("###", "not ### here"),
    ("Bo", "name Bo is short"), ("7", "size 7 is odd"), ("ÅÄÖ", "namn åäö finns"),
    ("Straße 12", "STRASSE 12 is unknown"),
  ])
  func found(_ value: String, _ text: String) {
    let shown = Redaction([value])(text)
    #expect(shown.contains("(masked)"), "\(shown)")
    for part in value.split(whereSeparator: { !$0.isLetter && !$0.isNumber }) where part.count > 2 {
      #expect(!shown.lowercased().contains(part.lowercased()), "\(shown)")
    }
  }

  @Test(arguments: [
    ("Bo", "Robot boots"), ("7", "17 of 72"), ("Anna", "no such thing"), ("", "text"),
    ("12", "field_a12 is 312"), (" ", "a b"), ("Smithson", "Smit is not meant"),
  ])
  func notFound(_ value: String, _ text: String) {
    #expect(Redaction([value])(text) == text)
  }

  @Test func whatIsAroundStays() {
    #expect(Redaction(["Anna", "Berg"])("Anna: Berg, Anna!") == "(masked): (masked), (masked)!")
    #expect(Redaction([])("one\ntwo\r\n\nthree") == "one two three")
  }

  private static let things =
    Stage.things.replacing("on_create:", with: "sensitive: [note]\non_create:")

  /// What a run keeps and tells of a record whose note a server quotes.
  private func traces(
    _ fault: SimulatedTarget.Fault, things: String = Self.things, target: String = Stage.target
  ) async throws -> String {
    let stage = try Stage(things: things, target: target)
    stage.source.set("things", [thing(1, "a", note: "Secret-Note 42")])
    stage.target.spoil { $0.method == "GET" ? .none : fault }
    let report = try await stage.runThings()
    let failures = try await stage.ledger.failures(of: "things")
    let intents = try await stage.ledger.intents(mapping: "things", key: Key([.int(1)]))
    return "\(report) \(failures) \(intents) \(stage.events)"
  }

  @Test(
    "No answer's words get a sensitive value into the report, the ledger or the progress",
    arguments: [
      SimulatedTarget.Fault.status(401, body: #"{"message":"no right for SECRET-NOTE 42"}"#),
      .status(403, body: #"{"message":"no right for Secret-Note%2042"}"#),
      .status(422, body: #"{"message":"bad Secret-Note 42"}"#),
      .status(422, body: #"{"errors":{"note":["secret-note 42 is bad"],"Secret-Note 42":["?"]}}"#),
      .status(409, body: #"{"message":"Secret-Note 42 is taken"}"#),
    ])
  func answers(_ fault: SimulatedTarget.Fault) async throws {
    let traces = try await traces(fault).lowercased()
    #expect(traces.contains("(masked)"), "\(traces)")
    #expect(!traces.contains("secret-note") && !traces.contains("secretnote"), "\(traces)")
  }

  @Test func batches() async throws {
    let target = Stage.bulk("whole", size: 5)
    for status in [401, 422] {
      let fault = SimulatedTarget.Fault.status(
        status, body: #"{"message":"wrong: secret-NOTE 42"}"#)
      let traces = try await traces(fault, target: target).lowercased()
      #expect(traces.contains("(masked)") && !traces.contains("secret-note"), "\(traces)")
    }
  }
}
