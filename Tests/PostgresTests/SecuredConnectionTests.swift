import Foundation
import Loopback
import SandboxDatabase
import Testing

@testable import Postgres

/// A private server with TLS, and certificates for it and its clients.
private final class SecuredServer: Sendable {
  let cluster: PrivateCluster
  /// An authority (`ca.pem`), the certificate of a client (`good.pem`, `good.key`), and a stranger (`self.pem`).
  let certificates: URL

  /// `certificate`: `good`, which is for this machine, or `other`, which is for another host.
  init(_ certificate: String) async throws {
    certificates = try TLSServer.makeCertificates()
    _ = try shell(
      "chmod 600 *.key; openssl ec -in good.key -aes256 -passout pass:hush-hush -out locked.key; chmod 600 locked.key",
      in: certificates)
    cluster = try await PrivateCluster.start()
    try await cluster.execute(
      """
      create role insisting login; create role good login;
      create role scram login password 'right';
      """, in: "postgres")
    let data = URL(filePath: try await cluster.execute("show data_directory", in: "postgres"))
    for file in ["\(certificate).pem", "\(certificate).key", "ca.pem"] {
      let copy = data.appending(path: file)
      try FileManager.default.copyItem(at: certificates.appending(path: file), to: copy)
      var attributes: [FileAttributeKey: Any] = [.posixPermissions: 0o600]
      if geteuid() == 0 { attributes[.ownerAccountName] = cluster.superuser }
      try FileManager.default.setAttributes(attributes, ofItemAtPath: copy.path)
    }
    let hba = data.appending(path: "pg_hba.conf")
    let rules = try String(contentsOf: hba, encoding: .utf8)
    try """
    hostssl all insisting 127.0.0.1/32 trust
    hostssl all good 127.0.0.1/32 cert
    hostssl all scram 127.0.0.1/32 scram-sha-256
    host all insisting,good 127.0.0.1/32 reject
    \(rules)
    """.write(to: hba, atomically: false, encoding: .utf8)
    for (name, value) in [
      ("ssl_cert_file", "\(certificate).pem"), ("ssl_key_file", "\(certificate).key"),
      ("ssl_ca_file", "ca.pem"), ("ssl", "on"),
    ] {
      try await cluster.execute("alter system set \(name) = '\(value)'", in: "postgres")
    }
    try await cluster.execute("select pg_reload_conf()", in: "postgres")
    // The server reads its files some time after it is told to.
    for _ in 0..<500 {
      if try await tls(TLSSettings(.prefer)) != nil { return }
      try await Task.sleep(for: .milliseconds(20))
    }
    Issue.record("the server did not turn TLS on")
  }

  func file(_ name: String) -> String { certificates.appending(path: name).path }

  func settings(
    _ tls: TLSSettings, host: String = "127.0.0.1", as user: String? = nil, password: String? = nil
  ) -> PostgresSettings {
    PostgresSettings(
      host: host, port: cluster.port, database: "postgres", user: user ?? cluster.superuser,
      password: password, tls: tls)
  }

  /// The version of TLS that a connection uses, `nil` without TLS.
  func tls(
    _ tls: TLSSettings, host: String = "127.0.0.1", as user: String? = nil, password: String? = nil
  ) async throws -> String? {
    try await PostgresSource(settings(tls, host: host, as: user, password: password))
      .withConnection { try await $0.check() }.tls
  }

  func failure(
    _ tls: TLSSettings, as user: String? = nil, password: String? = nil
  ) async throws -> PostgresError {
    try #require(
      await #expect(throws: PostgresError.self) {
        try await PostgresSource(settings(tls, as: user, password: password)).connect().close()
      })
  }

  func stop() async {
    await cluster.stop()
    try? FileManager.default.removeItem(at: certificates)
  }
}

extension TLSSettings {
  fileprivate init(_ mode: Mode, trusting file: String) {
    self.init(mode)
    authorities = .file(file)
  }
}

@Suite(
  .serialized, .timeLimit(.minutes(5)),
  .enabled(if: TLSServer.isAvailable, "the openssl command makes the certificates"))
struct SecuredConnectionTests {
  @Test("Each of libpq's six modes does what it says")
  func modes() async throws {
    let server = try await SecuredServer("good")
    let (ours, strangers) = (server.file("ca.pem"), server.file("self.pem"))
    #expect(try await server.tls(TLSSettings(.disable)) == nil)
    #expect(try await server.tls(TLSSettings(.allow)) == nil)
    #expect(try await server.tls(TLSSettings(.prefer))?.hasPrefix("TLS") == true)
    // Authorities do not count where nothing is checked.
    for authority in [ours, strangers] {
      let tls = try await server.tls(TLSSettings(.require, trusting: authority))
      #expect(tls?.hasPrefix("TLS") == true)
    }
    for mode in [TLSSettings.Mode.verifyCA, .verifyFull] {
      #expect(try await server.tls(TLSSettings(mode, trusting: ours)) != nil)
      #expect(try await server.tls(TLSSettings(mode, trusting: ours), host: "localhost") != nil)
      let wrong = try await server.failure(TLSSettings(mode, trusting: strangers))
      #expect(wrong.code == .tls)
      #expect(wrong.remedy.contains("sslrootcert"), "\(wrong)")
      let unknown = try await server.failure(TLSSettings(mode))
      #expect(unknown.code == .tls, "the operating system does not know our authority: \(unknown)")
      let missing = try await server.failure(TLSSettings(mode, trusting: "/nowhere/ca.pem"))
      #expect(missing.code == .settings)
      #expect(missing.message.contains("/nowhere/ca.pem"))
    }
    // A server that insists is the case that `allow` is for.
    #expect(try await server.tls(TLSSettings(.allow), as: "insisting") != nil)
    #expect(
      try await server.failure(TLSSettings(.disable), as: "insisting").code == .authentication)
    await server.stop()
  }

  @Test("A certificate for another host is noticed by verify-full alone")
  func anotherHost() async throws {
    let server = try await SecuredServer("other")
    let authority = server.file("ca.pem")
    #expect(try await server.tls(TLSSettings(.verifyCA, trusting: authority)) != nil)
    let wrong = try await server.failure(TLSSettings(.verifyFull, trusting: authority))
    #expect(wrong.code == .tls)
    #expect(wrong.message.contains("other.example"), "\(wrong)")
    #expect(wrong.remedy.contains("127.0.0.1"), "\(wrong)")
    await server.stop()
  }

  @Test("A server without TLS is refused where TLS was asked for")
  func plain() async throws {
    let database = try await TestDatabase()
    let folder = try TLSServer.makeCertificates()
    defer { try? FileManager.default.removeItem(at: folder) }
    for mode in TLSSettings.Mode.allCases {
      var settings = database.settings
      settings.tls = TLSSettings(mode, trusting: folder.appending(path: "ca.pem").path)
      switch mode {
      case .disable, .allow, .prefer: try await PostgresSource(settings).connect().close()
      case .require, .verifyCA, .verifyFull:
        let error = try #require(
          await #expect(throws: PostgresError.self) {
            try await PostgresSource(settings).connect().close()
          })
        #expect(error.code == .tls, "\(mode)")
        #expect(error.remedy.contains("ssl = on"), "\(error)")
      }
    }
  }

  @Test("A client shows its certificate, by a key that may have a password")
  func clientCertificates() async throws {
    let server = try await SecuredServer("good")
    let certificate = server.file("good.pem")
    func tls(_ key: String, password: String? = nil) -> TLSSettings {
      var tls = TLSSettings(.verifyFull, trusting: server.file("ca.pem"))
      tls.client = .init(
        certificate: certificate, key: server.file(key), keyPassword: password)
      return tls
    }
    #expect(try await server.tls(tls("good.key"), as: "good") != nil)
    #expect(try await server.tls(tls("locked.key", password: "hush-hush"), as: "good") != nil)
    let without = try await server.failure(
      TLSSettings(.verifyFull, trusting: server.file("ca.pem")), as: "good")
    #expect(without.code == .authentication, "\(without)")
    for password in [nil, "wrong-word"] {
      let locked = try await server.failure(tls("locked.key", password: password), as: "good")
      #expect(locked.code == .tls, "\(locked)")
      #expect(locked.remedy.contains("sslpassword"), "\(locked)")
      #expect(!"\(locked)".contains("wrong-word"))
    }
    #expect(try await server.failure(tls("nowhere.key"), as: "good").code == .settings)
    _ = try shell("cp good.key open.key; chmod 644 open.key", in: server.certificates)
    let open = try await server.failure(tls("open.key"), as: "good")
    #expect(open.code == .tls)
    #expect(open.remedy.contains("0600"), "\(open)")
    await server.stop()
  }

  @Test("A password is bound to the connection where that is asked for")
  func channelBinding() async throws {
    let server = try await SecuredServer("good")
    var tls = TLSSettings(.verifyFull, trusting: server.file("ca.pem"))
    for binding in [TLSSettings.ChannelBinding.disable, .prefer, .require] {
      tls.channelBinding = binding
      #expect(try await server.tls(tls, as: "scram", password: "right") != nil, "\(binding)")
    }
    // A server that asks for no proof binds nothing.
    let unbound = try await server.failure(tls)
    #expect([.tls, .connection].contains(unbound.code))
    #expect(unbound.message.lowercased().contains("channel binding"), "\(unbound)")
    var plain = TLSSettings(.disable)
    plain.channelBinding = .require
    #expect(try await server.failure(plain).message.lowercased().contains("channel binding"))
    await server.stop()
  }
}
