import Diagnostics
import Mappings
import Testing

/// Settings are judged as they are when they are known, not by what a file shows of them.
@Suite struct ResolvedSettingsTests {
  private func project(target: String = "", source: String = "") throws -> Project {
    var project = SmallProject()
    if !target.isEmpty {
      project.files["targets/crm.yaml"] = """
        target: crm
        \(target)
        resources:
          users:
            id: { path: id, kind: int }
            create: { call: POST /users }
        """
    }
    if !source.isEmpty { project.files["sources/db.yaml"] = source }
    let (read, diagnostics, _) = project.load()
    return try #require(read, "\(diagnostics.map(\.message))")
  }

  private func target(
    _ text: String, _ environment: [String: String]
  ) throws -> (ResolvedTarget?, [String]) {
    let definition = try #require(try project(target: text).targets.first)
    var diagnostics: [Diagnostic] = []
    let resolver = SettingResolver(environment: { environment[$0] })
    let resolved = resolver.resolve(definition, &diagnostics)
    #expect((resolved == nil) == !diagnostics.isEmpty)
    return (resolved, diagnostics.map { "\($0.code.id) \($0.message)" })
  }

  private static let open = """
    base_url: ${URL}
    development: ${DEV:-false}
    """

  @Test(
    "Plain HTTP goes to this machine only, and only in development",
    arguments: [
      ("http://api.example.com", "true"), ("http://127.0.0.1:8080", "false"),
      ("http://127.0.0.1:8080", ""), ("http://10.0.0.7/", "true"),
      ("http://localhost@x.com", "true"),
      ("http://127.0.0.1.example.com", "true"), ("http://[::1].example.com", "true"),
      ("http://127.0.0.1:80@example.com", "true"), ("http://127.0.0.1\\@example.com", "true"),
      ("http://localhost.example.com", "true"), ("HTTP://api.example.com", "true"),
      ("https://user:word@api.example.com", "false"), ("ftp://127.0.0.1", "true"),
      ("api.example.com", "true"), ("https://api.example.com?x=1", "false"),
      ("https://api.example.com/\r\nX: y", "false"), ("https://", "false"),
      ("https://api.example.com:0", "false"), ("https:///x", "false"),
      ("https://api.example.com", "yes"), ("https://api.example.com", "TRUE"),
    ])
  func refused(_ address: String, _ development: String) throws {
    let (resolved, messages) = try target(
      Self.open, ["URL": address, "DEV": development])
    #expect(resolved == nil)
    #expect(messages.count == 1, "\(messages)")
    #expect(!messages.joined().contains("word"), "\(messages)")
  }

  @Test(arguments: [
    ("http://127.0.0.1:8080/", "true"), ("http://[::1]:8080", "true"), ("http://LOCALHOST", "true"),
    ("http://127.8.9.10/api", "true"), ("https://api.example.com/v1/", "false"),
    ("https://10.0.0.7", "true"), ("https://127.0.0.1", "true"), ("https://[2001:db8::1]", ""),
  ])
  func taken(_ address: String, _ development: String) throws {
    let (resolved, messages) = try target(
      Self.open, ["URL": address, "DEV": development])
    #expect(messages == [])
    let text = try #require(resolved?.address.text)
    #expect(address.hasPrefix(text) && !text.hasSuffix("/"))
  }

  @Test("Everything that is wrong is told at once, and no secret is quoted")
  func secrets() throws {
    let (_, messages) = try target(
      """
      base_url: https://api.example.com
      window_scale: ${SCALE}
      auth: { bearer: '${secret:TOKEN}' }
      headers:
        X-Tenant: ${TENANT}
        X-Api-Key: ${secret:KEY}
      """,
      ["SCALE": "inf", "TOKEN": "Bearer hush", "TENANT": "a\r\nX: y", "KEY": "hu\u{1B}sh"])
    #expect(messages.count == 4, "\(messages)")
    #expect(messages.allSatisfy { $0.hasPrefix("E136") })
    #expect(!messages.joined().contains("hush") && !messages.joined().contains("hu\u{1B}sh"))
  }

  private func postgres(
    _ mode: String?, host: String, _ more: String = "", password: String? = "pass",
    authority: String? = nil
  ) throws -> (ResolvedPostgres?, [String]) {
    let definition = try #require(
      try project(
        source: """
          source: db
          postgres:
            host: ${HOST}
            database: d
            user: u
            password: ${secret:PASSWORD}
          \(mode.map { "  sslmode: \($0)" } ?? "")
            \(more)
          """
      ).sources.first)
    let environment = ["HOST": host, "PASSWORD": password, "CA": authority].compactMapValues { $0 }
    var diagnostics: [Diagnostic] = []
    let resolved = SettingResolver(environment: { environment[$0] })
      .resolve(try #require(definition.postgres), &diagnostics)
    return (resolved, diagnostics.map(\.code.id))
  }

  @Test("How a connection is secured is judged when the host is known")
  func connection() throws {
    for host in ["/run/postgresql", "127.0.0.1", "localhost", "::1"] {
      #expect(try postgres("disable", host: host).0?.mode == .disable)
      #expect(try postgres("require", host: host).0?.mode == .require)
      #expect(try postgres(nil, host: host, password: nil).0?.mode == .disable)
    }
    // Every mode does what it says here too; without a word, TLS is used where another key needs it.
    for host in ["127.0.0.1", "localhost"] {
      for mode in SourceTLS.Mode.allCases {
        #expect(try postgres(mode.rawValue, host: host).0?.mode == mode)
      }
      for line in ["sslrootcert: /ca.pem", "channel_binding: require"] {
        #expect(try postgres(nil, host: host, line).0?.mode == .verifyFull, "\(line)")
      }
      #expect(try postgres(nil, host: host, "channel_binding: prefer").0?.mode == .disable)
    }
    let system = "sslrootcert: '${CA}'"
    #expect(try postgres("verify-ca", host: "localhost", system, authority: "system").1 == ["E180"])
    #expect(try postgres("verify-ca", host: "localhost", system, authority: "/ca.pem").1 == [])
    #expect(try postgres("require", host: "localhost", system, authority: "/ca.pem").1 == ["E180"])
    for host in ["db.example.com", "10.0.0.7", "/run/postgresql,db.example.com", "127.1.example"] {
      for mode in ["disable", "require", "verify-ca"] {
        #expect(try postgres(mode, host: host).1 == ["E111"], "\(mode) \(host)")
      }
      #expect(try postgres(nil, host: host).0?.mode == .verifyFull)
      #expect(try postgres(nil, host: host, password: nil).1 == ["E126"])
    }
    #expect(try postgres(nil, host: "db.example.com\nx").1 == ["E136"])
  }
}
