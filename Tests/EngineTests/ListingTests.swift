import JSON
import Ledger
import Mappings
import Programs
import Synchronization
import Testing

@testable import Engine

/// A target that has one list, and answers as a closure says.
private final class ListServer: Wire {
  typealias Answer = (status: Int, body: String)

  private let answer: @Sendable (_ path: String, _ query: [String: String]) -> Answer
  private let paths = Mutex<[String]>([])
  var asked: [String] { paths.withLock { $0 } }

  init(_ answer: @escaping @Sendable (_ path: String, _ query: [String: String]) -> Answer) {
    self.answer = answer
  }

  func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
    paths.withLock { $0.append(request.path) }
    let parts = request.path.split(separator: "?", maxSplits: 1).map(String.init)
    var query: [String: String] = [:]
    for pair in (parts.count > 1 ? parts[1] : "").split(separator: "&") {
      let sides = pair.split(separator: "=", maxSplits: 1).map(String.init)
      query[sides[0]] = sides.count > 1 ? sides[1] : ""
    }
    let (status, body) = answer(parts[0], query)
    return .answer(status: status, retryAfter: nil, body: Array(body.utf8))
  }
}

/// The objects 1 to `count`, as JSON, without the brackets.
private func objects(_ numbers: some Sequence<Int>) -> String {
  numbers.map { #"{"id":\#($0),"code":"c\#($0)"}"# }.joined(separator: ",")
}

/// Reads a list whose declaration and answers a test gives.
private struct ListReading {
  var list: String
  var server: ListServer
  var ledger: SQLiteLedger?
  var stop: StopSignal?

  func read(wanted: Set<ExactText>? = nil) async throws -> Listing {
    let target = """
      target: crm
      base_url: https://api.example.com
      retry: { attempts: 1, base: 1s, max: 1s }
      resources:
        groups:
          schema: { create: group.json }
          id: { path: id, kind: int }
          match: { field: code, compare: fold }
          list: \(list)
          create: { call: POST /groups }
      """
    let text = ProjectText(
      target: target, schemas: Stage.schemas, mappings: ["groups": Stage.groups])
    let program = try text.programs(["groups": Stage.groupColumns]).only()
    let definition = try #require(try text.compiler().1.targets.first)
    let clock = SteppingClock()
    var connection = TargetConnection(
      definition: definition, wire: server,
      gate: TargetGate(limits: [], scale: 1, clock: clock), clock: clock, windowScale: 1)
    connection.stop = stop
    let reader = ListingReader(program, connection, .reading(try ledger ?? SQLiteLedger()))
    return try #require(try await reader.read(wanted: wanted))
  }

  /// Why the listing is not whole.
  func fault(sourceLocation: SourceLocation = #_sourceLocation) async throws -> String {
    let stopped = await #expect(throws: TargetStopped.self, sourceLocation: sourceLocation) {
      try await read()
    }
    return stopped.map { "\($0.message) (\($0.remedy))" } ?? "-"
  }
}

/// What scripted answers come to.
private func list(
  _ list: String, _ script: [String: [String]]
) async throws -> (codes: [ExactText: [String]], count: Int, asked: [String]) {
  let left = Mutex(script)
  let server = ListServer { path, query in
    let text = query.sorted { $0.key > $1.key }.map { "\($0.key)=\($0.value)" }
      .joined(separator: "&")
    let key = text.isEmpty ? path : "\(path)?\(text)"
    return left.withLock { left in
      guard let texts = left[key] else { return (404, "{}") }
      if texts.count > 1 { left[key]?.removeFirst() }
      return (200, texts[0])
    }
  }
  let listing = try await ListReading(list: list, server: server).read(wanted: ["a", "b", "c"])
  return (listing.objects.mapValues { $0.map(\.id) }, listing.count, server.asked)
}

@Suite struct ListingTests {
  private static let cursor =
    "{ call: GET /g, items: data, page: { kind: cursor, parameter: after, cursor: next, more: more, size_parameter: n, size: 2 } }"
  private static func pages(until: String) -> String {
    "{ call: GET /g, items: data, page: { kind: number, parameter: p, first: 0, size: 2, until: \(until) } }"
  }

  @Test func pagesAreReadUntilOneIsEmpty() async throws {
    let listing = try await list(
      Self.pages(until: "empty"),
      [
        "/g?p=0": [#"{"data":[{"id":1,"code":" A "},{"id":2,"code":"x"}]}"#],
        "/g?p=1": [#"{"data":[{"id":3,"code":"b"}]}"#], "/g?p=2": [#"{"data":[]}"#],
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["3"]])
    #expect(listing.count == 3)
    #expect(listing.asked == ["/g?p=0", "/g?p=1", "/g?p=2"])
  }

  @Test func aShortPageMayBeTheEnd() async throws {
    let listing = try await list(
      Self.pages(until: "short"),
      [
        "/g?p=0": [#"{"data":[{"id":1,"code":"a"},{"id":2,"code":"b"}]}"#],
        "/g?p=1": [#"{"data":[{"id":3,"code":"c"}]}"#],
      ])
    #expect(listing.count == 3)
    #expect(listing.asked.count == 2)
  }

  @Test func aCursorIsFollowedThroughShortAndEmptyPages() async throws {
    let listing = try await list(
      Self.cursor,
      [
        "/g?n=2": [#"{"data":[{"id":1,"code":"a"}],"next":"k&1","more":true}"#],
        "/g?n=2&after=k%261": [#"{"data":[],"next":"k2","more":true}"#],
        "/g?n=2&after=k2": [#"{"data":[{"id":2,"code":"b"}],"next":"k3","more":false}"#],
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["2"]])
  }

  @Test func aTreeIsReadToItsLeaves() async throws {
    let listing = try await list(
      "{ call: GET /g, items: data, children: below }",
      [
        "/g": [
          #"{"data":{"id":1,"code":"a","below":[{"id":2,"below":[{"id":3,"code":"b"}]},{"id":4}]}}"#
        ]
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["3"]])
    #expect(listing.count == 4)
  }

  @Test func severalCallsMakeOneListing() async throws {
    let listing = try await list(
      "{ calls: [GET /g?state=on, GET /g?state=off], items: data }",
      [
        "/g?state=on": [#"{"data":[{"id":1,"code":"a"}]}"#],
        "/g?state=off": [#"{"data":[{"id":2,"code":"a"}]}"#],
      ])
    #expect(listing.codes == ["a": ["1", "2"]])
  }

  @Test func anIDThatComesTwiceHasTheListingReadAgain() async throws {
    let shifted = #"{"data":[{"id":1,"code":"a"},{"id":2,"code":"b"}]}"#
    let listing = try await list(
      Self.pages(until: "empty"),
      [
        "/g?p=0": [shifted],
        "/g?p=1": [#"{"data":[{"id":2,"code":"b"}]}"#, #"{"data":[{"id":3,"code":"c"}]}"#],
        "/g?p=2": [#"{"data":[]}"#],
      ])
    #expect(listing.codes == ["a": ["1"], "b": ["2"], "c": ["3"]])
    #expect(listing.asked == ["/g?p=0", "/g?p=1", "/g?p=0", "/g?p=1", "/g?p=2"])
  }

  @Test func anObjectThatKeepsComingTwiceIsNoWholeList() async throws {
    let server = ListServer { _, query in
      (200, #"{"data":[\#(objects(query["p"] == "0" ? [1, 2] : [2, 3]))]}"#)
    }
    let fault = try await ListReading(list: Self.pages(until: "empty"), server: server).fault()
    #expect(fault.contains("names the object 2 twice, 3 times over"))
  }

  @Test func nothingIsAskedForWhenTheRunIsToEnd() async throws {
    let stop = StopSignal()
    let server = ListServer { _, query in
      let page = query["p"].flatMap { Int($0) } ?? 0
      if page == 2 { stop.set("interrupted") }
      return (200, #"{"data":[\#(objects([2 * page + 1, 2 * page + 2]))]}"#)
    }
    let reading = ListReading(list: Self.pages(until: "empty"), server: server, stop: stop)
    await #expect(throws: RunInterrupted.self) { try await reading.read() }
    #expect(server.asked.count == 3)
  }
}

/// What the declared paths of a list lead to.
@Suite struct ListAnswerTests {
  private func fault(_ list: String, _ body: String, status: Int = 200) async throws -> String {
    try await ListReading(list: list, server: ListServer { _, _ in (status, body) }).fault()
  }

  private func count(_ list: String, _ body: String, status: Int = 200) async throws -> Int {
    try await ListReading(list: list, server: ListServer { _, _ in (status, body) }).read().count
  }

  @Test(arguments: [
    (#"{"items":[]}"#, "the answer is an object with `items`"),
    (#"{"data":null}"#, "`data` is null"), (#"{"data":{}}"#, "`data` is an object without members"),
    (#"{"data":{"id":1,"code":"a"}}"#, "`data` is an object with `code`, `id`"),
    (#"[{"id":1}]"#, "the answer is a list"), (#"{"data":"none"}"#, "`data` is text"),
    ("{}", "members"),
  ])
  func whatIsNoListIsNamedWithItsMembers(body: String, words: String) async throws {
    let fault = try await fault("{ call: GET /g, items: data }", body)
    #expect(fault.contains("GET /g has no list at `data`"))
    #expect(fault.contains(words), "\(fault)")
  }

  @Test func theMembersInAMessageAreBoundedAndSafeToPrint() async throws {
    let names = (10..<40).map { #""n\#($0)":"secret""# } + [#""a\u001b[31m":1"#]
    let fault = try await fault(
      "{ call: GET /g, items: data }", "{\(names.joined(separator: ","))}")
    #expect(fault.contains("`a\u{FFFD}[31m`, `n10`, `n11`"))
    #expect(fault.contains("and 19 more"))
    #expect(!fault.contains("secret") && !fault.contains("\u{1b}"))
  }

  @Test func anObjectWithoutAnIDIsNamedWithItsMembers() async throws {
    let fault = try await fault(
      "{ call: GET /g, items: data }", #"{"data":[{"uid":7,"code":"a"}]}"#)
    #expect(fault.contains("lists an object without `id`: an object with `code`, `uid`"))
  }

  @Test func aWebPageIsNoList() async throws {
    #expect(try await fault("{ call: GET /g, items: data }", "<html>").contains("web page"))
  }

  @Test func theBodyItselfMayBeTheList() async throws {
    #expect(try await count("{ call: GET /g }", "[\(objects(1...3))]") == 3)
    #expect(try await count("{ call: GET /g }", "[]") == 0)
  }

  @Test(arguments: [
    ("null", #"{"data":null}"#, 200), ("missing", "{}", 200), ("missing", #"{"total":0}"#, 200),
    ("object", #"{"data":{}}"#, 200), ("nothing", "", 204), ("nothing", "", 200),
  ])
  func anEmptyListMayBeWrittenInOtherWays(word: String, body: String, status: Int) async throws {
    #expect(
      try await count("{ call: GET /g, items: data, empty_as: [\(word)] }", body, status: status)
        == 0)
    let fault = try await fault("{ call: GET /g, items: data }", body, status: status)
    #expect(fault.contains("add `empty_as: [\(word)]`"), "\(fault)")
  }

  @Test(arguments: [("null", "null"), ("object", "{}"), ("nothing", "")])
  func anEmptyBodyMayStandForTheList(word: String, body: String) async throws {
    #expect(try await count("{ call: GET /g, empty_as: [\(word)] }", body) == 0)
    _ = try await fault("{ call: GET /g }", body)
  }

  @Test func anEmptyListNeedNotSayWhatComesNext() async throws {
    let list = """
      { call: GET /g, items: data, empty_as: [missing, nothing], total: all, page: { kind: cursor, \
      parameter: c, cursor: next, more: more, size: 2 } }
      """
    #expect(try await count(list, "{}") == 0)
    #expect(try await count(list, "", status: 204) == 0)
  }

  /// A wrong path is not an empty list.
  @Test func anAnswerWithObjectsElsewhereIsNotEmpty() async throws {
    let fault = try await fault(
      "{ call: GET /g, items: data, empty_as: [missing] }", #"{"result":{"rows":[{"id":1}]}}"#)
    #expect(fault.contains("`result`"))
  }

  @Test func aTreeWhoseChildrenAreElsewhereIsNotWhole() async throws {
    let fault = try await fault(
      "{ call: GET /g, items: data, children: below }", #"{"data":[{"id":1,"kids":[{"id":2}]}]}"#)
    #expect(fault.contains("no object with `below`"))
    let odd = try await self.fault(
      "{ call: GET /g, items: data, children: below }", #"{"data":[{"id":1,"below":{"id":2}}]}"#)
    #expect(odd.contains("holds an object with `id` at `below`"))
  }

  @Test(arguments: [
    ("3", true), (#""3""#, true), ("2", true), ("4", false), (#""4""#, false), ("null", nil),
    (#""many""#, nil), ("-1", nil), ("2.5", nil),
  ])
  func aTotalIsChecked(total: String, isWhole: Bool?) async throws {
    let list = "{ call: GET /g, items: data, total: meta.all }"
    let body = #"{"data":[\#(objects(1...3))],"meta":{"all":\#(total)}}"#
    switch isWhole {
    case true?: #expect(try await count(list, body) == 3)
    case false?:
      #expect(try await fault(list, body).contains("3 objects in all, and says that there are 4"))
    case nil: #expect(try await fault(list, body).contains("no number of objects at `meta.all`"))
    }
  }

  @Test func aTotalThatIsNotThereIsNamedWithWhatIs() async throws {
    let fault = try await fault(
      "{ call: GET /g, items: data, total: meta.all }", #"{"data":[],"meta":{"count":0}}"#)
    #expect(fault.contains("`meta` is an object with `count`"))
  }
}

/// Where a cursor ends.
@Suite struct CursorTests {
  private static func list(_ rest: String, more: Bool = false) -> String {
    "{ call: GET /g, items: data, \(rest) page: { kind: cursor, parameter: c, cursor: meta.next, "
      + (more ? "more: meta.more, " : "") + "size_parameter: n, size: 2 } }"
  }

  /// Two pages; the first has `first` as its meta, the second `last`.
  private func reading(_ list: String, _ first: String, _ last: String) -> ListReading {
    ListReading(
      list: list,
      server: ListServer { _, query in
        query["c"] == nil
          ? (200, #"{"data":[\#(objects(1...2))],"meta":\#(first)}"#)
          : (200, #"{"data":[\#(objects(3...4))],"meta":\#(last)}"#)
      })
  }

  @Test(arguments: [#"{"next":null}"#, #"{"next":""}"#])
  func anEmptyCursorIsTheEnd(last: String) async throws {
    let reading = reading(Self.list(""), #"{"next":"k"}"#, last)
    #expect(try await reading.read().count == 4)
  }

  @Test func aNumberIsACursorToTheLastDigit() async throws {
    let reading = reading(
      Self.list(""), #"{"next":12345678901234567890123}"#, #"{"next":null}"#)
    #expect(try await reading.read().count == 4)
    #expect(reading.server.asked.last == "/g?n=2&c=12345678901234567890123")
  }

  @Test(arguments: ["{}", "null", #"{"nextCursor":"k"}"#])
  func aCursorThatIsNotThereIsNoEnd(last: String) async throws {
    let onFirst = try await reading(Self.list(""), last, last).fault()
    #expect(onFirst.contains("no cursor at `meta.next`: "), "\(onFirst)")
    let onLast = try await reading(Self.list(""), #"{"next":"k"}"#, last).fault()
    #expect(onLast.contains("until: missing"))
  }

  @Test(arguments: ["true", "false", "[]", #"["k"]"#, "{}"])
  func aCursorOfAnotherKindIsNoCursor(cursor: String) async throws {
    let fault = try await reading(
      Self.list(""), #"{"next":\#(cursor)}"#, #"{"next":null}"#
    ).fault()
    #expect(fault.contains("no text or number at `meta.next`"), "\(fault)")
  }

  private static let missing = list("").replacing("size: 2", with: "size: 2, until: missing")

  @Test func theLastPageMayHaveNoCursorWhereTheFileSaysSo() async throws {
    #expect(try await reading(Self.missing, #"{"next":"k"}"#, "{}").read().count == 4)
    // A wrong path would look the same on a full first page.
    let fault = try await reading(Self.missing, "{}", "{}").fault()
    #expect(fault.contains("full first page"))
    let known = Self.missing.replacing("items: data,", with: "items: data, total: meta.all,")
    #expect(try await reading(known, #"{"all":2}"#, "{}").read().count == 2)
    #expect(try await reading(known, #"{"all":4}"#, "{}").fault().contains("full first page"))
  }

  @Test(arguments: [("true", "false"), (#""true""#, #""false""#), ("1", "0"), (#""1""#, #""0""#)])
  func aFlagMayBeTextOrANumber(yes: String, no: String) async throws {
    let reading = reading(
      Self.list("", more: true), #"{"next":"k","more":\#(yes)}"#, #"{"next":"l","more":\#(no)}"#)
    #expect(try await reading.read().count == 4)
  }

  @Test(arguments: [
    #"{"next":"k"}"#, #"{"next":"k","more":null}"#, #"{"next":"k","more":"perhaps"}"#,
    #"{"next":"k","more":2}"#, #"{"next":"k","more":[]}"#,
  ])
  func aFlagThatIsNoneIsAFault(first: String) async throws {
    let fault = try await reading(Self.list("", more: true), first, #"{"more":false}"#).fault()
    #expect(fault.contains("no true or false at `meta.more`"), "\(fault)")
  }

  @Test(arguments: [#"{"more":true}"#, #"{"more":"true","next":""}"#, #"{"more":1,"next":null}"#])
  func moreWithoutACursorIsAFault(first: String) async throws {
    let fault = try await reading(Self.list("", more: true), first, #"{"more":false}"#).fault()
    #expect(fault.contains("says that there is more"))
  }

  /// Also where the server does not know the parameter, and answers with its first page each time.
  @Test(arguments: [1, 3])
  func aCursorThatGoesRoundIsNoEnd(length: Int) async throws {
    let server = ListServer { _, query in
      let now = query["c"].flatMap { Int($0) } ?? 0
      return (200, #"{"data":[],"meta":{"next":"\#(now % length + 1)"}}"#)
    }
    let fault = try await ListReading(list: Self.list(""), server: server).fault()
    #expect(fault.contains("goes round"))
    #expect(server.asked.count == length + 1)
  }

  @Test func aListOfEmptyPagesWithoutEndIsAFault() async throws {
    let server = ListServer { _, query in
      let now = query["c"].flatMap { Int($0) } ?? 0
      return (200, #"{"data":[],"meta":{"next":\#(now + 1)}}"#)
    }
    let fault = try await ListReading(list: Self.list(""), server: server).fault()
    #expect(fault.contains("the list does not end"))
  }

  @Test func fewerObjectsThanTheTotalAreNotWhole() async throws {
    let list = Self.list("total: meta.all,")
    let reading = reading(list, #"{"next":"k","all":5}"#, #"{"next":null,"all":5}"#)
    #expect(try await reading.fault().contains("4 objects in all, and says that there are 5"))
  }
}

/// Where numbered pages end.
@Suite struct NumberedPagesTests {
  enum Behind: Sendable, CaseIterable {
    case empty
    case notFound
    case lastAgain
  }

  private static func list(_ size: Int, until: String, _ rest: String = "") -> String {
    "{ call: GET /g, items: data, \(rest) page: { kind: number, parameter: p, first: 1, "
      + "size_parameter: n, size: \(size), until: \(until) } }"
  }

  /// A server with `count` objects that gives at most `cap` a page.
  private func server(_ count: Int, cap: Int, behind: Behind = .empty) -> ListServer {
    ListServer { _, query in
      let size = min(query["n"].flatMap { Int($0) } ?? cap, cap)
      var page = query["p"].flatMap { Int($0) } ?? 1
      let last = max(1, (count + size - 1) / size)
      if page > last {
        if behind == .notFound { return (404, #"{"message":"no such page"}"#) }
        if behind == .lastAgain { page = last }
      }
      let start = (page - 1) * size
      let numbers = start < count ? Array(start + 1...min(count, start + size)) : []
      return (200, #"{"data":[\#(objects(numbers))],"all":\#(count)}"#)
    }
  }

  @Test(
    arguments: [0, 1, 2, 3, 4, 7, 8, 9, 20], Behind.allCases)
  func everyObjectIsReadWhateverTheServerGives(count: Int, behind: Behind) async throws {
    for cap in [2, 4, 8] {
      for until in ["short", "empty"] {
        for total in ["", "total: all,"] {
          let reading = ListReading(
            list: Self.list(4, until: until, total),
            server: server(count, cap: cap, behind: behind))
          #expect(try await reading.read().count == count, "\(cap) \(until) \(total)")
        }
      }
    }
  }

  /// 1,604 objects, 2,000 asked for, 1,000 given.
  @Test func aServerThatGivesFewerThanItIsAskedForIsReadToTheEnd() async throws {
    let reading = ListReading(
      list: Self.list(2000, until: "short"), server: server(1604, cap: 1000))
    #expect(try await reading.read().count == 1604)
    #expect(reading.server.asked == ["/g?p=1&n=2000", "/g?p=2&n=2000"])
  }

  @Test func aTotalSavesTheCallThatProvesTheEnd() async throws {
    let proved = ListReading(list: Self.list(4, until: "short"), server: server(3, cap: 4))
    #expect(try await proved.read().count == 3)
    #expect(proved.server.asked.count == 2)
    let known = ListReading(
      list: Self.list(4, until: "empty", "total: all,"), server: server(3, cap: 4))
    #expect(try await known.read().count == 3)
    #expect(known.server.asked.count == 1)
  }

  /// The same page each time, full or not, is no end: the parameters are wrong.
  @Test(arguments: [4, 3])
  func aServerThatDoesNotKnowTheParametersIsNotWhole(count: Int) async throws {
    let server = ListServer { _, _ in (200, #"{"data":[\#(objects(1...count))]}"#) }
    let fault = try await ListReading(list: Self.list(4, until: "empty"), server: server).fault()
    #expect(fault.contains("the parameter `p` has no effect"), "\(fault)")
  }

  /// Without a parameter for the size nothing else tells a server that repeats its only page.
  @Test func aFullPageThatComesAgainIsNotWholeWithoutASizeToAskFor() async throws {
    let list =
      "{ call: GET /g, items: data, page: { kind: number, parameter: p, first: 0, size: 2 } }"
    let server = ListServer { _, _ in (200, #"{"data":[\#(objects([1, 2]))],"all":2}"#) }
    #expect(try await ListReading(list: list, server: server).fault().contains("no effect"))
    let known = list.replacing("items: data,", with: "items: data, total: all,")
    #expect(try await ListReading(list: known, server: server).read().count == 2)
  }

  /// One object came in before the second page was read: the third begins with the second's.
  @Test func aPageThatComesTwiceByChanceIsNoEnd() async throws {
    let pages = Mutex([[1], [2], [2], [3], [9], [1], [2], [3], []])
    let server = ListServer { _, _ in
      let page = pages.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
      return (200, #"{"data":[\#(objects(page))]}"#)
    }
    let list =
      "{ call: GET /g, items: data, page: { kind: number, parameter: p, first: 0, size: 1 } }"
    #expect(try await ListReading(list: list, server: server).read().count == 4)
  }

  @Test func aFirstPageThatIsNotThereIsNoEmptyList() async throws {
    let server = ListServer { _, _ in (404, #"{"message":"no things found"}"#) }
    let fault = try await ListReading(list: Self.list(4, until: "short"), server: server).fault()
    #expect(fault.contains("leads nowhere (404)"))
  }

  @Test func aTotalThatShrinksHasTheListingReadAgain() async throws {
    let totals = Mutex([5, 4, 4, 4, 4])
    let server = ListServer { _, query in
      let total = totals.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
      let numbers = query["p"] == "1" ? [1, 2] : query["p"] == "2" ? [3, 4] : []
      return (200, #"{"data":[\#(objects(numbers))],"all":\#(total)}"#)
    }
    let reading = ListReading(list: Self.list(2, until: "short", "total: all,"), server: server)
    #expect(try await reading.read().count == 4)
    #expect(server.asked.count == 5)
  }
}
