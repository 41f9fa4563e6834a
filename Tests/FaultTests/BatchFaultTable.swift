import JSON
import Loopback
import Sandbox
import Testing

/// What goes wrong with a call that carries the parts 1 to 3, and how each of them ends.
struct BatchFaultRow: Sendable, CustomTestStringConvertible {
  let name: String
  let batch: Shop.Batch
  /// Whether the name of the victim is one that the target refuses, until somebody corrects it.
  let isBad: Bool
  /// How many calls with the victim meet the fault.
  let times: Int
  let fault: BatchFault
  let ends: [End]
  /// A part of the sentence that a person reads about each part that is not `done`.
  let says: String

  init(
    _ name: String, as batch: Shop.Batch = .numbered, isBad: Bool = false, times: Int = 1,
    _ fault: BatchFault, _ first: End, _ victim: End, _ third: End, says: String = ""
  ) {
    self.name = name
    self.batch = batch
    self.isBad = isBad
    self.times = times
    self.fault = fault
    ends = [first, victim, third]
    self.says = says
  }

  var testDescription: String { name }
}

extension Shop.Batch {
  /// Each answer has a status, and the place of its part in the request.
  static let numbered = Self(
    kind: .perRecord,
    way: "size: 3, items: items, answers: results, position: index, status: status")
  static let named = Self(
    kind: .perRecord,
    way: "size: 3, items: items, answers: results, key: data.code, status: status")
  static let inOrder = Self(
    kind: .perRecord, way: "size: 3, items: items, answers: results, status: status")
  /// As words, though it is a number.
  static let worded = Self(
    kind: .perRecord,
    way: """
      size: 3, items: items, answers: results, position: index, \
      status: { path: status, done: [201], rejected: [422], retry: [throttled] }
      """)
  static let whole = Self(
    kind: .wholeBatch,
    way: "size: 3, items: items, answers: results, position: index, status: status")
  /// The body of an answer is the list itself.
  static let bare = Self(kind: .wholeBatch, way: "size: 3, items: items")
}

extension BatchFaultRow {
  static let table: [BatchFaultRow] = lost + refused + statuses + mixedUp

  private static let lost = [
    BatchFaultRow(
      "FIN after the request", .wire(.at(.none) { $0.end() }),
      .unknown, .unknown, .unknown, says: "connection"),
    BatchFaultRow(
      "FIN in place of the answer", .wire(.at(.applied) { $0.end() }),
      .unknown, .unknown, .unknown, says: "connection"),
    BatchFaultRow(
      "RST in place of the answer", as: .whole, .wire(.at(.applied) { $0.reset() }),
      .unknown, .unknown, .unknown, says: "connection"),
    BatchFaultRow(
      "FIN in mid-body",
      .wire(
        .changed { connection, body in
          connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
          connection.write(Array(body.prefix(body.count / 2)))
          connection.end()
        }),
      .unknown, .unknown, .unknown, says: "connection"),
    BatchFaultRow(
      "200, JSON cut short",
      .wire(.changed { $0.answer(200, bytes: Array($1.prefix($1.count / 2))) }),
      .unknown, .unknown, .unknown, says: "no list"),
    BatchFaultRow(
      "time-out, applied", .wire(.silence(.applied)),
      .unknown, .unknown, .unknown, says: "within"),
    BatchFaultRow(
      "time-out, lands later", .wire(.silence(.late)),
      .unknown, .unknown, .unknown, says: "within"),
    BatchFaultRow("500", .wire(.answer(500)), .unknown, .unknown, .unknown, says: "500"),
    BatchFaultRow(
      "500 after commit", .wire(.answer(500, after: .applied)),
      .unknown, .unknown, .unknown, says: "500"),
    BatchFaultRow(
      "503 after commit", as: .whole, .wire(.answer(503, after: .applied)),
      .unknown, .unknown, .unknown, says: "503"),
    BatchFaultRow(
      "202, applied", .wire(.answer(202, after: .applied)),
      .unknown, .unknown, .unknown, says: "202"),
    BatchFaultRow(
      "200, a web page, applied",
      .wire(.answer(200, FaultRow.page, type: "text/html", after: .applied)),
      .unknown, .unknown, .unknown, says: "no list"),
    BatchFaultRow(
      "200, nothing in it, applied", .wire(.answer(200, "", after: .applied)),
      .unknown, .unknown, .unknown, says: "no list"),
    BatchFaultRow(
      "200, an empty list, applied", .results { _ in [] },
      .unknown, .unknown, .unknown, says: "no list"),
    // One was refused, and nobody has heard of it.
    BatchFaultRow(
      "a bad part, and FIN", isBad: true, .wire(.at(.applied) { $0.end() }),
      .unknown, .unknown, .unknown, says: "connection"),
    BatchFaultRow(
      "a bad part, and FIN, whole", as: .whole, isBad: true,
      .wire(.at(.applied) { $0.end() }),
      .unknown, .unknown, .unknown, says: "connection"),
  ]

  /// As a whole: nothing is stored.
  private static let refused = [
    BatchFaultRow("429", .wire(.answer(429, "{}", ["Retry-After: 2"])), .done, .done, .done),
    BatchFaultRow("401", .wire(.answer(401)), .stopped, .stopped, .stopped, says: "token"),
    BatchFaultRow(
      "302", .wire(.answer(302, "", ["Location: /login"])),
      .stopped, .stopped, .stopped, says: "/login"),
    BatchFaultRow("400, once", .wire(.answer(400)), .done, .done, .done),
    BatchFaultRow("409, once", .wire(.answer(409)), .done, .done, .done),
    BatchFaultRow("413, once", .wire(.answer(413)), .done, .done, .done),
    BatchFaultRow(
      "422, then FIN", times: 2, .inTurn(.answer(422), .at(.applied) { $0.end() }),
      .done, .unknown, .unknown, says: "connection"),
    BatchFaultRow("a bad part", isBad: true, .none, .done, .rejected, .done, says: "is required"),
    BatchFaultRow(
      "a bad part, whole", as: .whole, isBad: true, .none,
      .done, .rejected, .done, says: "is required"),
    BatchFaultRow(
      "422, a list as its body", as: .bare, times: .max,
      .refusal { .array($0.map { $0 == "P2" ? ["name": ["is bad"]] : [:] as JSON }) },
      .done, .rejected, .done, says: "is bad"),
    BatchFaultRow(
      "422, a list for each, without statuses", times: .max,
      .refusal { codes in
        [
          "results": .array(
            codes.indices.map { ["index": .integer(Int64($0)), "message": "is bad"] })
        ]
      },
      .done, .rejected, .done, says: "is bad"),
    BatchFaultRow(
      "422, a list in order, with statuses", as: .inOrder, times: .max,
      .refusal { codes in
        ["results": .array(codes.map { _ in ["status": 422, "message": "is bad"] })]
      },
      .done, .rejected, .done, says: "is bad"),
    BatchFaultRow(
      "422, each with a status of its own",
      .refusal { codes in
        [
          "results": .array(
            codes.indices.map {
              ["index": .integer(Int64($0)), "status": 422, "message": "is bad"]
            })
        ]
      },
      .rejected, .rejected, .rejected, says: "is bad"),
    BatchFaultRow("422 around what was stored", .results(status: 422) { $0 }, .done, .done, .done),
  ]

  /// What an answer says about one part.
  private static let statuses = [
    BatchFaultRow("207 around statuses", .results(status: 207) { $0 }, .done, .done, .done),
    BatchFaultRow(
      "no status", .victim { $0.without("status") },
      .done, .unknown, .done, says: "without `status`"),
    BatchFaultRow(
      "status null", .victim { $0.with("status", .null) },
      .done, .unknown, .done, says: "`status`"),
    BatchFaultRow(
      "status true", .victim { $0.with("status", true) },
      .done, .unknown, .done, says: "`status`"),
    BatchFaultRow("status as text", .victim { $0.with("status", "201") }, .done, .done, .done),
    BatchFaultRow(
      "status a word", .victim { $0.with("status", "created") },
      .done, .unknown, .done, says: "created"),
    BatchFaultRow(
      "no word", as: .worded, .victim { $0.without("status") },
      .done, .unknown, .done, says: "without `status`"),
    BatchFaultRow(
      "another word", as: .worded, .victim { $0.with("status", "queued") },
      .done, .unknown, .done, says: "queued"),
    BatchFaultRow(
      "202 for one", .victim { $0.with("status", 202) },
      .done, .unknown, .done, says: "202"),
    BatchFaultRow(
      "500 for one, stored", .victim { $0.with("status", 500) },
      .done, .unknown, .done, says: "500"),
    BatchFaultRow(
      "500 for one, not stored", .withoutVictim(answer: ["status": 500]),
      .done, .unknown, .done, says: "500"),
    BatchFaultRow("429 for one", .withoutVictim(answer: ["status": 429]), .done, .done, .done),
    BatchFaultRow(
      "a word for later", as: .worded, .withoutVictim(answer: ["status": "throttled"]),
      .done, .done, .done),
    BatchFaultRow(
      "422 for one",
      .withoutVictim(answer: ["status": 422, "errors": ["name": ["is bad"]]]),
      .done, .rejected, .done, says: "is bad"),
    BatchFaultRow(
      "409 for one, stored", .victim { $0.with("status", 409) },
      .done, .done, .done),
    BatchFaultRow(
      "no id for one", .victim { $0.with("data", [:]) },
      .done, .unknown, .done, says: "`id`"),
    BatchFaultRow(
      "no object for one", .victim { $0.without("data") },
      .done, .unknown, .done, says: "`data`"),
  ]

  /// Who is meant.
  private static let mixedUp = [
    BatchFaultRow(
      "items swapped, numbered", .results { [$0[1], $0[0]] + $0[2...] },
      .done, .done, .done),
    BatchFaultRow(
      "items swapped, named", as: .named, .results { [$0[1], $0[0]] + $0[2...] },
      .done, .done, .done),
    BatchFaultRow(
      "items swapped, in order", as: .inOrder, .results { [$0[1], $0[0]] + $0[2...] },
      .unknown, .unknown, .done, says: "`code`"),
    BatchFaultRow(
      "objects swapped",
      .results { items in
        [items[0].with("data", items[1]["data"]), items[1].with("data", items[0]["data"])]
          + items[2...]
      },
      .unknown, .unknown, .done, says: "`code`"),
    BatchFaultRow(
      "another's object",
      .victim { $0.with("data", ["id": 900, "code": "ZZ", "name": "somebody else"]) },
      .done, .unknown, .done, says: "`code`"),
    BatchFaultRow(
      "the id of one for another",
      .results { items in
        let id = items[0]["data"]?["id"]
        return [items[0], items[1].with("data", ["id": id ?? .null])] + items[2...]
      },
      .unknown, .unknown, .done, says: "for 2 of"),
    BatchFaultRow(
      "one left out, numbered", .results { [$0[0]] + $0[2...] },
      .done, .unknown, .done, says: "0 times"),
    BatchFaultRow(
      "one left out, named", as: .named, .results { [$0[0]] + $0[2...] },
      .done, .unknown, .done, says: "0 times"),
    BatchFaultRow(
      "one left out, in order", as: .inOrder, .results { [$0[0]] + $0[2...] },
      .unknown, .unknown, .unknown, says: "0 times"),
    BatchFaultRow(
      "one twice", .results { $0 + [$0[1].with("status", 422)] },
      .done, .unknown, .done, says: "2 times"),
    BatchFaultRow(
      "a place outside", .victim { $0.with("index", 7) },
      .done, .unknown, .done, says: "0 times"),
    BatchFaultRow(
      "not carried out, and left out", .withoutVictim(answer: nil),
      .done, .unknown, .done, says: "0 times"),
  ]
}
