import JSON
import Testing

@testable import Sandbox

@Suite struct CallTests {
  @Test func pathsAndQueriesAreDecodedElementByElement() throws {
    let call = try #require(
      Call(method: "GET", target: "/a%2Fb/c+d/%C3%A9?x=1%2B2+3&y&x=4,5&z=a=b"))
    #expect(call.segments == ["a/b", "c+d", "é"])
    #expect(call.path == "/a%2Fb/c+d/%C3%A9")
    #expect(call.parameter("x") == "1+2 3")
    #expect(call.list("x") == ["1+2 3", "4", "5"])
    #expect(call.parameter("y") == "")
    #expect(call.parameter("z") == "a=b")
    #expect(call.list("none") == nil)
    for target in ["/%", "/%4", "/%zz", "/%FF", "/a?b=%C3", "/%+1"] {
      #expect(Call(method: "GET", target: target) == nil, "\(target)")
    }
  }

  @Test(arguments: [
    ("POST /api/users", "POST", "/api/users", true),
    ("POST /api/users", "GET", "/api/users", false),
    ("POST /api/users", "POST", "/api/users/1", false),
    ("/api/users", "PUT", "/api/users", true), ("* /api/*", "GET", "/api/users", true),
    ("* /api/*", "GET", "/api", false), ("/api/**", "GET", "/api/users/1", true),
    ("/**", "GET", "/", true), ("PATCH /assets?id=1", "PATCH", "/assets", true),
    ("/fleet/drivers/*", "GET", "/fleet/drivers/erp:1%2F2", true),
  ])
  func patternsMatch(pattern: String, method: String, path: String, matches: Bool) throws {
    let call = try #require(Call(method: method, target: path))
    #expect(CallPattern(pattern).matches(call) == matches)
  }

  @Test(
    arguments: [
      (0, "1970-01-01 00:00:00", "Thu, 01 Jan 1970 00:00:00 GMT"),
      (951_782_400, "2000-02-29 00:00:00", "Tue, 29 Feb 2000 00:00:00 GMT"),
      (1_798_761_599, "2026-12-31 23:59:59", "Thu, 31 Dec 2026 23:59:59 GMT"),
      (4_107_542_400, "2100-03-01 00:00:00", "Mon, 01 Mar 2100 00:00:00 GMT"),
    ] as [(Int64, String, String)])
  func calendar(seconds: Int64, dateTime: String, http: String) {
    let moment = Moment(elapsed: .zero, startedAt: seconds)
    #expect(moment.dateTime == dateTime)
    #expect(moment.httpDate() == http)
  }
}
