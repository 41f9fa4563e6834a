import Diagnostics

/// A source's settings with their values, judged as they are.
public struct ResolvedPostgres: Sendable {
  public var host: String
  public var port: Int?
  public var database: String
  public var user: String
  public var password: String?
  /// How the connection is secured; to another machine always `verify-full`.
  public var mode: SourceTLS.Mode
  /// A PEM file, or `system`; `nil` means `system` too.
  public var rootCertificate: String?
  /// PEM files; there are both or neither.
  public var certificate: String?
  public var key: String?
  public var keyPassword: String?
  public var channelBinding: SourceTLS.ChannelBinding
}

/// A target's settings with their values, judged as they are.
public struct ResolvedTarget: Sendable {
  public var address: TargetAddress
  /// Whether loopback addresses may be reached.
  public var isDevelopment: Bool
  public var bearer: String?
  public var headers: [(name: String, value: String)]
  public var windowScale: Double
  /// The file of the authorities to trust in place of the system's.
  public var authority: String?
  public var proxy: Proxy
  /// What must never be shown: the values of its secrets.
  public var secrets: [String]

  public enum Proxy: Sendable, Hashable {
    case none
    /// What the usual variables say.
    case environment
    case address(String)
  }
}

extension SettingResolver {
  /// The text of a setting that has to fit a rule; nil, with the reason, when it is missing or does not.
  func resolve(
    _ setting: Setting, as rule: SettingRule, _ diagnostics: inout [Diagnostic]
  ) -> String? {
    guard let text = resolve(setting, &diagnostics) else { return nil }
    guard rule.fits(text) else {
      let quoted = setting.holdsSecret || rule.isSecret ? "has a value" : "is `\(text)`"
      diagnostics.append(
        Diagnostic(
          Codes.badValue, "`\(rule.key)` \(quoted), which is not \(rule.wanted)",
          at: setting.range, help: ["write \(rule.wanted)"]))
      return nil
    }
    return text
  }

  private func resolve(
    _ setting: Setting?, as rule: SettingRule, _ diagnostics: inout [Diagnostic]
  ) -> String? {
    setting.flatMap { resolve($0, as: rule, &diagnostics) }
  }

  /// The folder of a source's files, as it is written; nil, with the reason, when it is missing or of no use.
  public func resolve(_ csv: CSVDefinition, _ diagnostics: inout [Diagnostic]) -> String? {
    resolve(csv.folder, as: .line("folder"), &diagnostics)
  }

  /// What is wrong with a source's settings, whatever its kind.
  public func check(_ source: SourceDefinition, _ diagnostics: inout [Diagnostic]) {
    switch source.kind {
    case .postgres(let postgres): _ = resolve(postgres, &diagnostics)
    case .csv(let csv): _ = resolve(csv, &diagnostics)
    }
  }

  /// All of a source's settings; nil when one of them cannot be used. All reasons are told at once.
  public func resolve(
    _ postgres: PostgresDefinition, _ diagnostics: inout [Diagnostic]
  ) -> ResolvedPostgres? {
    let known = diagnostics.count
    let host = resolve(postgres.host, as: .line("host"), &diagnostics)
    let port = resolve(postgres.port, as: .port, &diagnostics)
    let database = resolve(postgres.database, as: .line("database"), &diagnostics)
    let user = resolve(postgres.user, as: .line("user"), &diagnostics)
    let tls = postgres.tls
    let authority = resolve(tls.rootCertificate, as: .file("sslrootcert"), &diagnostics)
    let certificate = resolve(tls.certificate, as: .file("sslcert"), &diagnostics)
    let key = resolve(tls.key, as: .file("sslkey", isSecret: true), &diagnostics)
    let keyPassword = resolve(
      tls.password, as: .line("sslpassword", isSecret: true), &diagnostics)
    guard let host else { return nil }
    var password: String?
    if LocalHost.isLocal(host) {
      // A local connection needs no password where the server trusts it.
      var ignored: [Diagnostic] = []
      password = postgres.password.flatMap { resolve($0, &ignored) }
    } else {
      password = resolve(postgres.password, as: .line("password", isSecret: true), &diagnostics)
    }
    if let mode = tls.mode, let refusal = SourceTLSSpec.refusal(of: mode, for: host) {
      diagnostics.append(refusal)
    }
    if let found = SourceTLSSpec.contradiction(tls, rootCertificate: authority) {
      diagnostics.append(found)
    }
    guard diagnostics.count == known, let database, let user else { return nil }
    return ResolvedPostgres(
      host: host, port: port.flatMap { Int($0) }, database: database, user: user,
      password: password, mode: tls.mode(for: host), rootCertificate: authority,
      certificate: certificate, key: key, keyPassword: keyPassword,
      channelBinding: tls.channelBinding?.value ?? .prefer)
  }

  /// All of a target's settings; nil when one of them cannot be used. All reasons are told at once.
  public func resolve(
    _ target: TargetDefinition, _ diagnostics: inout [Diagnostic]
  ) -> ResolvedTarget? {
    let known = diagnostics.count
    var secrets: [String] = []
    let development = resolve(target.development, as: .development, &diagnostics)
    let isDevelopment = development == "true"
    var address: TargetAddress?
    if let text = resolve(target.baseURL, &diagnostics) {
      do throws(TargetAddress.Fault) {
        address = try TargetAddress(text, isDevelopment: isDevelopment)
      } catch {
        diagnostics.append(
          .address(error, text: target.baseURL.holdsSecret ? nil : text, at: target.baseURL.range))
      }
      secrets += self.secrets(in: target.baseURL)
    }
    let bearer = resolve(target.bearer, as: .bearer, &diagnostics)
    if let bearer { secrets.append(bearer) }
    var headers: [(String, String)] = []
    for header in target.headers {
      let rule = SettingRule.header(header.name.value)
      guard let value = resolve(header.value, as: rule, &diagnostics) else { continue }
      headers.append((header.name.value, value))
      secrets += self.secrets(in: header.value)
      if SecretCheck.isSecretName(header.name.value) { secrets.append(value) }
    }
    let scale = resolve(target.windowScale, as: .windowScale, &diagnostics)
    let authority = resolve(target.authority, as: .line("authority"), &diagnostics)
    let proxy = resolve(target.proxy, as: .proxy, &diagnostics)
    let variables = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    for text in proxy == "environment" ? variables.compactMap(environment) : [proxy ?? ""] {
      secrets += Self.credentials(inProxy: text)
    }
    guard diagnostics.count == known, let address else { return nil }
    return ResolvedTarget(
      address: address, isDevelopment: isDevelopment, bearer: bearer, headers: headers,
      windowScale: scale.flatMap { Double($0) } ?? 1, authority: authority,
      proxy: Self.proxy(proxy, to: address), secrets: secrets)
  }

  /// Nothing that stays on this machine takes a way around.
  private static func proxy(_ text: String?, to address: TargetAddress) -> ResolvedTarget.Proxy {
    guard let text, !address.isLoopback else { return .none }
    return text == "environment" ? .environment : .address(text)
  }

  /// The user and the password in the address of a proxy, as they stand there and as they are meant.
  private static func credentials(inProxy text: String) -> [String] {
    let rest = text.firstRange(of: "://").map { text[$0.upperBound...] } ?? text[...]
    let authority = rest.prefix { $0 != "/" }
    guard let at = authority.lastIndex(of: "@") else { return [] }
    let parts = authority[..<at].split(separator: ":", maxSplits: 1)
    guard parts.count == 2 else { return [] }
    return [String(parts[1])]
  }

  /// The values of the secrets in a setting that has been resolved.
  private func secrets(in setting: Setting) -> [String] {
    setting.parts.compactMap { part in
      guard case .secret = part else { return nil }
      var ignored: [Diagnostic] = []
      return resolve(Setting(parts: [part], range: setting.range), &ignored)
    }
  }
}

extension Setting {
  /// Whether its text must not be shown.
  var holdsSecret: Bool {
    parts.contains { if case .secret = $0 { true } else { false } }
  }
}

extension Diagnostic {
  /// What is wrong with the address of a target. `text`: the address, where it may be shown.
  static func address(
    _ fault: TargetAddress.Fault, text: String?, at range: SourceRange
  ) -> Diagnostic {
    let subject = text.map { "the address `\($0)`" } ?? "`base_url`"
    switch fault {
    case .malformed(let reason):
      return Diagnostic(
        Codes.badValue, "\(subject) \(reason)", at: range,
        help: ["write the whole address: `https://api.example.com`"])
    case .user:
      return Diagnostic(
        Codes.badValue, "`base_url` has a user in it, which is never sent", at: range,
        help: ["take it out: `auth` says how requests prove who sends them"], concealsText: true)
    case .notHTTPS:
      return Diagnostic(
        Codes.plainHTTP, "\(subject) is not https: it does not begin with `https://`", at: range,
        help: ["write the whole address: `https://api.example.com`"])
    case .plain(let isElsewhere):
      return Diagnostic(
        Codes.plainHTTP, "\(subject) is not https", at: range,
        label: isElsewhere
          ? "leads to another machine, and everything would be sent in plain text" : nil,
        help: [
          isElsewhere
            ? "write `https://`; plain HTTP is for a sandbox on this machine only"
            : "write `https://`; a sandbox on this machine needs `development: true` next to it"
        ])
    }
  }
}
