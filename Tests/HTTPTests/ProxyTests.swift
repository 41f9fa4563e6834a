import Foundation
import Loopback
import Testing

@testable import HTTP

@Suite(
  .serialized, .timeLimit(.minutes(5)),
  .enabled(if: TLSServer.isAvailable, "the openssl command makes the certificates"))
struct ProxyTests {
  private let folder: URL

  init() throws { folder = try TLSServer.makeCertificates() }

  private func client(_ proxy: HTTPClient.Configuration.Proxy) -> HTTPClient {
    HTTPClient(
      .init(
        allowLoopback: true, caFile: folder.appendingPathComponent("ca.pem").path, proxy: proxy))
  }

  private func request(_ server: TLSServer) -> HTTPRequest {
    HTTPRequest(
      .get, "https://127.0.0.1:\(server.port)/",
      headers: HTTPHeaders([.init(name: "Authorization", value: "Bearer hush-hush")]))
  }

  @Test("A tunnel is made, and the proxy sees neither the token nor the path")
  func tunnel() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try TLSServer(certificate: "good", in: folder)
    let proxy = try ConnectProxy(user: "me:word")
    let address = "http://me:word@127.0.0.1:\(proxy.port)"
    #expect(try await client(.url(address)).send(request(server)).status == 200)
    let head = try #require(proxy.heads.last)
    #expect(head.hasPrefix("CONNECT 127.0.0.1:\(server.port) "))
    #expect(!head.contains("hush") && proxy.heads.count == 1)
  }

  @Test("A proxy that refuses is named, and nothing was sent")
  func refusal() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try TLSServer(certificate: "good", in: folder)
    let proxy = try ConnectProxy(user: "me:word")
    let address = "http://me:wrong-word@127.0.0.1:\(proxy.port)"
    let error = await failure(client(.url(address)), request(server))
    #expect(error?.kind == .proxy)
    #expect(error?.sent == .provablyNot)
    #expect(error?.description.contains("wrong-word") == false, "\(error?.description ?? "")")
  }

  @Test("Behind a proxy the server is still who it has to be")
  func certificates() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try TLSServer(certificate: "other", in: folder)
    let proxy = try ConnectProxy()
    #expect(await failure(client(.url(proxy.url)), request(server))?.kind == .tlsWrongHost)
  }

  @Test("Addresses that no request may go to are refused before a proxy is asked")
  func addresses() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let proxy = try ConnectProxy()
    for host in ["169.254.169.254", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"] {
      let error = await failure(client(.url(proxy.url)), HTTPRequest(.get, "https://\(host)/"))
      #expect(error?.kind == .refusedAddress, "\(host)")
    }
    let closed = HTTPClient(.init(proxy: .url(proxy.url)))
    #expect(await failure(closed, HTTPRequest(.get, "https://127.0.0.1/"))?.kind == .refusedAddress)
    #expect(proxy.heads.isEmpty)
  }
}
