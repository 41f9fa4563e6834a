import Foundation
import Loopback
import Testing

/// How a run ends in which one call meets a fault. Whatever it is, one later run that nothing disturbs leaves exactly the
/// right objects, each once, and nothing open; what was refused rests for a day
/// at most before.
enum End: String, Sendable {
  /// As if nothing had been: tried again, or not disturbed.
  case done
  /// The record failed with the target's reasons; the others were written.
  case rejected
  /// Whether the write took place is not known; the others were written.
  case unknown
  /// The target was left alone, with the words what to remedy; the victim was not written.
  case stopped
}

enum Operation: String, Sendable, CaseIterable {
  case create, update, deactivate, delete
  /// The row of an object that was to be deleted is there again, as it was, in the next run.
  case comeBack = "delete, come back"
  /// A page in the middle of the listing that tells which objects exist.
  case list

  var deletes: Bool { self == .delete || self == .comeBack }
  /// Whether the row is gone when the call meets the fault.
  var givesUp: Bool { self == .deactivate || deletes }
}

/// A fault and how it ends for each operation.
struct FaultRow: Sendable, CustomTestStringConvertible {
  let name: String
  let fault: WireFault
  let ends: [Operation: End]
  /// A part of the sentence that a person reads in each cell that is not `done`.
  let says: String

  init(
    _ name: String, _ fault: WireFault, _ create: End, _ update: End, _ deactivate: End,
    _ delete: End, _ list: End?, says: String
  ) {
    self.name = name
    self.fault = fault
    var ends: [Operation: End] = [
      .create: create, .update: update, .deactivate: deactivate, .delete: delete,
      .comeBack: delete,
    ]
    ends[.list] = list
    self.ends = ends
    self.says = says
  }

  var testDescription: String { name }
}

extension FaultRow {
  static let page = "<!DOCTYPE html><html><body>Please sign in</body></html>"
  static let bomb = Result { try shell("head -c 30000000 /dev/zero | gzip -9") }

  static let table: [FaultRow] = connections + answersLost + refusals + bodies

  /// Nothing, or not everything, of the request arrives.
  private static let connections = [
    FaultRow(
      "name lookup fails", .noSuchName,
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "shop.invalid"),
    FaultRow(
      "connection refused", .refused,
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "127.0.0.1"),
    FaultRow(
      "TLS: self-signed", .selfSigned,
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "certificate"),
    FaultRow(
      "FIN after the request", .at(.none) { $0.end() },
      .unknown, .unknown, .unknown, .unknown, .done, says: "connection"),
    FaultRow(
      "RST after the request", .at(.none) { $0.reset() },
      .unknown, .unknown, .unknown, .unknown, .done, says: "connection"),
    FaultRow(
      "keep-alive closed when idle", .closedWhenIdle,
      .done, .done, .done, .done, .done, says: ""),
    FaultRow(
      "time-out, never applied", .silence(.none),
      .unknown, .unknown, .unknown, .unknown, .done, says: "within"),
  ]

  /// The target has carried the call out, and nobody hears of it.
  private static let answersLost = [
    FaultRow(
      "time-out, applied", .silence(.applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "within"),
    FaultRow(
      "time-out, lands later", .silence(.late),
      .unknown, .unknown, .unknown, .unknown, .done, says: "within"),
    FaultRow(
      "FIN in place of the answer", .at(.applied) { $0.end() },
      .unknown, .unknown, .unknown, .unknown, .done, says: "connection"),
    FaultRow(
      "RST in place of the answer", .at(.applied) { $0.reset() },
      .unknown, .unknown, .unknown, .unknown, .done, says: "connection"),
    FaultRow(
      "FIN after the answer's head",
      .at(.applied) {
        $0.write("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n")
        $0.end()
      },
      .unknown, .unknown, .unknown, .unknown, .done, says: "connection"),
    FaultRow(
      "FIN in mid-body",
      .changed { connection, body in
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
        connection.write(Array(body.prefix(body.count / 2)))
        connection.end()
      },
      .unknown, .unknown, .unknown, .unknown, .done, says: "connection"),
    FaultRow(
      "an answer that drips",
      .at(.applied, patience: WireFault.short) { connection in
        connection.write("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in 0..<80 {
          connection.write(" ")
          Thread.sleep(forTimeInterval: 0.25)
        }
      },
      .unknown, .unknown, .unknown, .unknown, .done, says: "within"),
  ]

  /// The target says no.
  private static let refusals = [
    FaultRow(
      "429, Retry-After 2", .answer(429, "{}", ["Retry-After: 2"]),
      .done, .done, .done, .done, .done, says: ""),
    FaultRow(
      "429, Retry-After 0.40235", .answer(429, "{}", ["Retry-After: 0.40235"]),
      .done, .done, .done, .done, .done, says: ""),
    FaultRow(
      "429, Retry-After a date",
      .answer(429, "{}", ["Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"]),
      .done, .done, .done, .done, .done, says: ""),
    FaultRow(
      "429, no Retry-After", .answer(429),
      .done, .done, .done, .done, .done, says: ""),
    FaultRow(
      "429 without end", .answer(429, times: 1000),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "429"),
    FaultRow(
      "400", .answer(400, #"{ "message": "cannot be read" }"#),
      .rejected, .rejected, .rejected, .rejected, .stopped, says: "cannot be read"),
    FaultRow(
      "401", .answer(401, #"{ "message": "who are you" }"#),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "token"),
    FaultRow(
      "403", .answer(403, #"{ "message": "not yours" }"#),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "right"),
    // For a page of a listing, 404 is no fault: it says that there are no more.
    FaultRow(
      "404", .answer(404),
      .rejected, .unknown, .unknown, .rejected, nil, says: " there"),
    FaultRow(
      "404 after commit", .answer(404, after: .applied),
      .rejected, .unknown, .unknown, .done, nil, says: " there"),
    FaultRow(
      "410 after commit", .answer(410, after: .applied),
      .rejected, .unknown, .unknown, .done, nil, says: " there"),
    FaultRow(
      "405", .answer(405),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "405"),
    FaultRow(
      "408", .answer(408),
      .unknown, .unknown, .unknown, .unknown, .done, says: "408"),
    FaultRow(
      "422 with fields",
      .answer(422, #"{ "message": "no", "errors": { "name": ["is too short"] } }"#),
      .rejected, .rejected, .rejected, .rejected, .stopped, says: "is too short"),
    FaultRow(
      "422, a body cut short", .answer(422, #"{ "message": "is to"#),
      .rejected, .rejected, .rejected, .rejected, .stopped, says: "is to"),
    FaultRow(
      "422, a web page", .answer(422, page, type: "text/html"),
      .rejected, .rejected, .rejected, .rejected, .stopped, says: "a web page"),
    FaultRow(
      "500", .answer(500),
      .unknown, .unknown, .unknown, .unknown, .done, says: "500"),
    FaultRow(
      "500 after commit", .answer(500, after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "500"),
    FaultRow(
      "502, a web page", .answer(502, page, type: "text/html"),
      .unknown, .unknown, .unknown, .unknown, .done, says: "502"),
    FaultRow(
      "502 after commit", .answer(502, page, type: "text/html", after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "502"),
    FaultRow(
      "503, Retry-After 3", .answer(503, "{}", ["Retry-After: 3"]),
      .unknown, .unknown, .unknown, .unknown, .done, says: "503"),
    FaultRow(
      "503 after commit", .answer(503, after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "503"),
    FaultRow(
      "504", .answer(504),
      .unknown, .unknown, .unknown, .unknown, .done, says: "504"),
    FaultRow(
      "504 after commit", .answer(504, after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "504"),
    FaultRow(
      "503 without end", .answer(503, times: 1000),
      .unknown, .unknown, .unknown, .unknown, .stopped, says: "503"),
  ]

  /// The target says yes, or something like it.
  private static let bodies = [
    FaultRow(
      "202, not applied", .answer(202),
      .unknown, .unknown, .unknown, .unknown, .done, says: "202"),
    FaultRow(
      "202, applied", .answer(202, after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "202"),
    FaultRow(
      "302 to a login page", .answer(302, "", ["Location: /login?back=1"]),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "302 and points to /login:"),
    FaultRow(
      "301 to another host", .answer(301, page, ["Location: https://new.example.com/v2"]),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "https://new.example.com/v2"),
    FaultRow(
      "303, applied", .answer(303, "", ["Location: /v2/jobs/7"], after: .applied),
      .unknown, .unknown, .unknown, .unknown, .stopped, says: "303 and points to /v2/jobs/7"),
    FaultRow(
      "303, not applied", .answer(303, "", ["Location: /v2/jobs/7"]),
      .unknown, .unknown, .unknown, .unknown, .stopped, says: "303 and points to /v2/jobs/7"),
    FaultRow(
      "307 without a place", .answer(307, "{}"),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "a redirect"),
    FaultRow(
      "308", .answer(308, "{}", ["Location: /v2/parts"]),
      .stopped, .stopped, .stopped, .stopped, .stopped, says: "points to /v2/parts"),
    FaultRow(
      "200, another's object",
      .answer(200, #"{ "id": 900, "code": "ZZ", "name": "somebody else" }"#, after: .applied),
      .unknown, .unknown, .unknown, .unknown, .stopped, says: "`"),
    FaultRow(
      "200, no success in its body",
      .answer(
        200, #"{ "success": false, "id": 900, "error": "duplicate of 900" }"#, after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "`success`: false"),
    FaultRow(
      "200, a web page", .answer(200, page, type: "text/html"),
      .unknown, .unknown, .unknown, .unknown, .done, says: "a web page"),
    FaultRow(
      "200, a web page, applied", .answer(200, page, type: "text/html", after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "a web page"),
    FaultRow(
      "200 without an id", .answer(200, #"{ "name": "Part 2" }"#, after: .applied),
      .unknown, .done, .done, .done, .stopped, says: "`i"),
    FaultRow(
      "200, an error as its body", .answer(200, #"{ "error": "no disk left" }"#),
      .unknown, .unknown, .unknown, .unknown, .done, says: "200"),
    FaultRow(
      "200, nothing in it, applied", .answer(200, "", after: .applied),
      .unknown, .done, .done, .done, .done, says: "not JSON"),
    FaultRow(
      "200, JSON cut short", .changed { $0.answer(200, bytes: Array($1.prefix($1.count / 2))) },
      .unknown, .unknown, .unknown, .unknown, .done, says: "not JSON"),
    FaultRow(
      "200, JSON 100,000 deep",
      .answer(200, String(repeating: "[", count: 100_000), after: .applied),
      .unknown, .unknown, .unknown, .unknown, .done, says: "not JSON"),
    FaultRow(
      "200, another content type",
      .changed { $0.answer(200, headers: ["Content-Type: text/html"], bytes: $1) },
      .done, .done, .done, .done, .done, says: ""),
    FaultRow(
      "200, 11 MB",
      .changed { $0.answer(200, bytes: $1 + [UInt8](repeating: 32, count: 11 << 20)) },
      .unknown, .unknown, .unknown, .unknown, .done, says: "larger"),
    FaultRow(
      "200, a gzip bomb",
      .changed { connection, _ in
        connection.answer(200, headers: ["Content-Encoding: gzip"], bytes: (try? bomb.get()) ?? [])
      },
      .unknown, .unknown, .unknown, .unknown, .done, says: "larger"),
    FaultRow(
      "200, gzip that is none",
      .changed { $0.answer(200, headers: ["Content-Encoding: gzip"], bytes: $1) },
      .unknown, .unknown, .unknown, .unknown, .done, says: "unencoding"),
    FaultRow(
      "200, chunks that are none",
      .at(.applied) {
        $0.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nnothing\r\n")
        $0.end()
      },
      .unknown, .unknown, .unknown, .unknown, .done, says: "chunked"),
    FaultRow(
      "no HTTP at all",
      .at(.applied) {
        $0.write("220 mail.example ESMTP\r\n")
        $0.end()
      },
      .unknown, .unknown, .unknown, .unknown, .done, says: "HTTP"),
  ]
}
