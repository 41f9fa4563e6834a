import Foundation
import HTTP
import Testing

@Suite struct RetryAfterTests {
  /// 1994-11-06T08:49:30Z.
  static let now = Date(timeIntervalSince1970: 784_111_770)

  @Test(
    arguments: [
      ("0", .zero), ("1", .seconds(1)), (" 120\t", .seconds(120)), ("007", .seconds(7)),
      ("0.40235", .microseconds(402_350)), ("1.5", .milliseconds(1500)),
      ("2.0000000000000000009", .seconds(2)),
      ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(7)),
      ("Sunday, 06-Nov-94 08:49:37 GMT", .seconds(7)),
      ("Sun Nov  6 08:49:37 1994", .seconds(7)),
      ("Mon, 07 Nov 1994 08:49:30 GMT", .seconds(86_400)),
      ("Wed, 01 Mar 1995 00:00:00 GMT", .seconds(9_904_230)),
      ("Sun, 06 Nov 1994 08:49:29 GMT", .zero),
      ("Sunday, 06-Nov-70 08:49:37 GMT", .zero),
      ("Thu, 01 Jan 1970 00:00:00 GMT", .zero),
    ] as [(String, Duration)])
  func reads(_ value: String, _ expected: Duration) {
    #expect(RetryAfter.parse(value, now: Self.now) == expected)
  }

  @Test(arguments: [
    "", " ", "-1", "-0.5", "+1", "1e3", "1,5", ".5", "5.", "1.2.3", "0x10", "soon", "NaN", "١",
    "99999999999999999999", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 1994 25:49:37 GMT",
    "Sun, 06 Nov 1994 08:60:37 GMT", "Sun, 32 Nov 1994 08:49:37 GMT",
    "Sun, 06 Foo 1994 08:49:37 GMT", "Sun, 06 Nov 94 08:49:37 +0000",
    "Sun, 06 Nov 19944 08:49:37 GMT", "1994-11-06T08:49:37Z",
  ])
  func refuses(_ value: String) {
    #expect(RetryAfter.parse(value, now: Self.now) == nil)
  }

  @Test func fractionsOfNowAreRoundedUp() {
    let now = Self.now.addingTimeInterval(0.25)
    #expect(
      RetryAfter.parse("Sun, 06 Nov 1994 08:49:31 GMT", now: now) == .milliseconds(750))
  }

  @Test func leapDays() {
    let now = Date(timeIntervalSince1970: 951_782_400)  // 2000-02-29T00:00:00Z
    #expect(
      RetryAfter.parse("Tue, 29 Feb 2000 00:00:01 GMT", now: now) == .seconds(1))
    #expect(
      RetryAfter.parse("Wed, 01 Mar 2000 00:00:00 GMT", now: now) == .seconds(86_400))
  }

  @Test func aDateIsReadByTheServersOwnClock() {
    let parse = { (value: String, date: String?) in
      RetryAfter.parse(value, serverDate: date, now: Self.now)
    }
    // The server's clock is an hour behind, and would otherwise seem to ask for nothing.
    #expect(
      parse("Sun, 06 Nov 1994 07:49:40 GMT", "Sun, 06 Nov 1994 07:49:30 GMT") == .seconds(10))
    #expect(parse("Sun, 06 Nov 1994 08:49:37 GMT", "yesterday") == .seconds(7))
    #expect(parse("Sun, 06 Nov 1994 08:49:37 GMT", "3") == .seconds(7))
    #expect(parse("5", "Sun, 06 Nov 1994 07:49:30 GMT") == .seconds(5))
  }
}
