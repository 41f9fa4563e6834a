import Foundation
import Loopback
import Testing

@testable import HTTP

@Suite(
  .serialized, .timeLimit(.minutes(5)),
  .enabled(if: TLSServer.isAvailable, "the openssl command makes the certificates"))
struct TLSTests {
  private let folder: URL

  init() throws {
    folder = try TLSServer.makeCertificates()
  }

  private func tryOut(
    _ certificate: String, trusting caFile: String? = "ca.pem", host: String = "127.0.0.1"
  ) async throws -> Result<HTTPAnswer, HTTPError> {
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try TLSServer(certificate: certificate, in: folder)
    let client = HTTPClient(
      .init(
        allowLoopback: true, caFile: caFile.map { folder.appendingPathComponent($0).path }))
    do {
      return .success(
        try await client.send(HTTPRequest(.get, "https://\(host):\(server.port)/")))
    } catch {
      return .failure(error)
    }
  }

  private func kind(_ outcome: Result<HTTPAnswer, HTTPError>) -> HTTPError.Kind? {
    guard case .failure(let error) = outcome else { return nil }
    #expect(error.sent == .provablyNot)
    return error.kind
  }

  @Test func trustedCertificate() async throws {
    let answer = try await tryOut("good").get()
    #expect(answer.status == 200)
    #expect(answer.text.contains("s_server"))
  }

  @Test func expired() async throws {
    #expect(kind(try await tryOut("expired")) == .tlsExpired)
  }

  @Test func wrongHost() async throws {
    #expect(kind(try await tryOut("other")) == .tlsWrongHost)
  }

  @Test func selfSigned() async throws {
    #expect(kind(try await tryOut("self")) == .tlsUntrusted)
  }

  @Test func unknownAuthority() async throws {
    #expect(kind(try await tryOut("good", trusting: nil)) == .tlsUntrusted)
  }

  @Test func missingFileOfAuthorities() async throws {
    #expect(kind(try await tryOut("good", trusting: "none.pem")) == .tls)
  }

  @Test func serverWithoutTLS() async throws {
    defer { try? FileManager.default.removeItem(at: folder) }
    let server = try RawServer(
      onConnect: { connection in
        connection.write("HTTP/1.1 400 Bad Request\r\n\r\n")
        connection.end()
      }, { _, _ in })
    let error = await failure(
      loopbackClient(), HTTPRequest(.post, "https://127.0.0.1:\(server.port)/", body: [1]))
    #expect(error?.kind == .tls || error?.kind == .reset)
    #expect(error?.sent == .provablyNot)
  }
}
