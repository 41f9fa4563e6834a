import Foundation
import Loopback
import Testing

@testable import HTTP

@Suite(.timeLimit(.minutes(5))) struct RefusalTests {
  @Test(arguments: [
    HTTPHeaders.Field(name: "X", value: "a\r\nY: b"), .init(name: "X", value: "a\nb"),
    .init(name: "X", value: "a\rb"), .init(name: "X", value: "a\u{0}b"),
    .init(name: "X\r\nY", value: "b"), .init(name: "X Y", value: "b"),
    .init(name: "X:", value: "b"), .init(name: "", value: "b"), .init(name: "É", value: "b"),
    .init(name: "Content-Length", value: "3"), .init(name: "transfer-encoding", value: "chunked"),
    .init(name: "Host", value: "other.example"), .init(name: "Expect", value: "100-continue"),
  ])
  func headersThatWouldChangeTheRequest(_ field: HTTPHeaders.Field) async throws {
    let server = try RawServer { connection, _ in connection.answer(200, "x") }
    let error = await failure(
      loopbackClient(), HTTPRequest(.get, server.url, headers: HTTPHeaders([field])))
    #expect(error?.kind == .badRequest)
    #expect(error?.sent == .provablyNot)
    #expect(server.connectionCount == 0)
  }

  @Test(arguments: [
    "", "/users", "api.example/users", "ftp://api.example/", "file:///etc/hosts", "https://",
    "https:///x", "https://user:secret@api.example/", "https://api.example/a b",
    "https://api.example/a\r\nX: y", "https://api.example/a#b", "https://api.example/a/../b",
    "https://api.example/a/.", "https://api.example/é", "https://api.example:99999/",
    "http://api.example/",
  ])
  func badURLs(_ url: String) async {
    let error = await failure(HTTPClient(), HTTPRequest(.get, url))
    #expect(error?.kind == .badURL)
    #expect(error?.sent == .provablyNot)
    #expect(error?.description.contains("secret") == false)
  }

  @Test func limitsMustBePositive() async {
    let request = HTTPRequest(.get, "https://api.example/", timeout: .init(total: .zero))
    #expect(await failure(HTTPClient(), request)?.kind == .badRequest)
  }

  @Test(arguments: [
    "127.0.0.1", "localhost", "127.1", "2130706433", "0x7f.0.0.1", "0.0.0.0", "[::ffff:127.0.0.1]",
    "[::1]", "[::ffff:7f00:1]", "127.8.9.10",
  ])
  func loopbackNeedsTheSwitch(_ host: String) async throws {
    let server = try RawServer { connection, _ in connection.answer(200, "x") }
    let client = HTTPClient(.init(allowPlainHTTP: true))
    let error = await failure(client, HTTPRequest(.get, "http://\(host):\(server.port)/"))
    #expect(error?.kind == .refusedAddress)
    #expect(error?.sent == .provablyNot)
    #expect(server.connectionCount == 0)
  }

  @Test(arguments: [
    "169.254.169.254", "[::ffff:169.254.169.254]", "[fe80::1]", "[fd00:ec2::254]",
    "100.100.100.200", "168.63.129.16", "0.0.0.0", "[::]", "[64:ff9b::a9fe:a9fe]",
    "[2002:a9fe:a9fe::1]", "[::169.254.169.254]", "224.0.0.1", "255.255.255.255", "[ff02::1]",
  ])
  func metadataAndLinkLocalAreAlwaysRefused(_ host: String) async {
    let error = await failure(loopbackClient(), HTTPRequest(.get, "http://\(host)/"))
    #expect(error?.kind == .refusedAddress)
    #expect(error?.sent == .provablyNot)
  }

  @Test func plainHTTPStaysOnThisMachine() async {
    let policy = AddressPolicy(allowLoopback: true, onlyLoopback: true)
    let zeros = [UInt8](repeating: 0, count: 10)
    for address: [UInt8] in [
      [127, 0, 0, 1], [127, 8, 9, 10], zeros + [0, 0, 0, 0, 0, 1],
      zeros + [0xFF, 0xFF, 127, 0, 0, 1],
    ] {
      #expect(policy.refusal(address: address) == nil)
    }
    for address: [UInt8] in [
      [8, 8, 8, 8], [10, 0, 0, 1], zeros + [0xFF, 0xFF, 8, 8, 8, 8],
      [0x20, 0x01, 0x0D, 0xB8] + zeros + [0, 1],
    ] {
      #expect(policy.refusal(address: address) != nil)
    }
    let error = await failure(loopbackClient(), HTTPRequest(.get, "http://192.0.2.1/"))
    #expect(error?.kind == .refusedAddress)
    #expect(error?.sent == .provablyNot)
  }

  @Test func ordinaryAddressesAreAllowed() {
    let policy = AddressPolicy(allowLoopback: false)
    for address: [UInt8] in [
      [8, 8, 8, 8], [10, 0, 0, 1], [192, 168, 1, 1], [172, 16, 0, 1], [126, 255, 255, 255],
      [128, 0, 0, 1], [169, 253, 0, 1], [223, 255, 255, 255],
      [0x20, 0x01, 0x0D, 0xB8] + [UInt8](repeating: 0, count: 11) + [1],
      [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF, 8, 8, 8, 8],
    ] {
      #expect(policy.refusal(address: address) == nil)
    }
    #expect(policy.refusal(address: [1, 2, 3]) != nil)
  }

  @Test(arguments: [
    ("a b", "a%20b"), ("../x", "..%2Fx"), ("?#%+&=", "%3F%23%25%2B%26%3D"),
    ("a\r\nb", "a%0D%0Ab"), ("é", "%C3%A9"), ("A-z.0_~", "A-z.0_~"), ("\u{0}", "%00"),
    (".", nil), ("..", nil), ("", nil), ("...", "..."), (" ", "%20"),
  ])
  func pathSegments(_ text: String, _ expected: String?) {
    #expect(percentEncoded(pathSegment: text) == expected)
    if let expected { #expect(percentEncoded(queryValue: text) == expected) }
  }

  @Test func hostileIdsStayInTheirSegment() async throws {
    let server = try RawServer { connection, _ in connection.answer(200, "x") }
    let client = loopbackClient()
    for id in ["../admin", "1?x=1", "1#x", "1\r\nX: y", "a/b", "1 HTTP/1.1"] {
      let segment = try #require(percentEncoded(pathSegment: id))
      _ = try await client.send(HTTPRequest(.get, "\(server.url)/users/\(segment)"))
      let seen = try #require(server.seen.last)
      #expect(seen.target == "/users/\(segment)")
      #expect(seen.target.removingPercentEncoding == "/users/\(id)")
    }
  }
}
