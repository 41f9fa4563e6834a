import Diagnostics
import Documents

/// The keys of a PostgreSQL source that say how its connection is secured, by the names that libpq has for them
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html>).
enum SourceTLSSpec {
  private static let mode = FieldSpec.optional(
    "sslmode",
    Kind<SourceTLS.Mode>.choice([
      .verifyFull:
        "Encrypted; the certificate is from a trusted authority and names the host. The default.",
      .verifyCA: "Encrypted; the certificate is from a trusted authority. For this machine only.",
      .require: "Encrypted; the certificate is not checked. For this machine only.",
      .prefer: "Encrypted if the server can, else not. For this machine only.",
      .allow: "Encrypted if the server insists, else not. For this machine only.",
      .disable: "Not encrypted. For this machine only.",
    ]).located,
    "How the connection is secured. Default: `verify-full`; to this machine `disable`, unless one of the keys below asks "
      + "for TLS. A local socket is never encrypted.", example: "verify-full")
  private static let rootCertificate = FieldSpec.optional(
    "sslrootcert", Kind<Setting>.setting,
    "The PEM file of the trusted authorities, or `system` for those of the operating system. Default: `system`.",
    example: "${VIEWPOINT_CA:-/etc/ssl/certs/ca-certificates.crt}")
  private static let certificate = FieldSpec.optional(
    "sslcert", Kind<Setting>.setting,
    "The PEM file of the certificate by which the server knows this client; with `sslkey`.",
    example: "/etc/crosswalk/client.crt")
  private static let key = FieldSpec.optional(
    "sslkey", Kind<Setting>.setting,
    "The PEM file of the key of `sslcert`. Only its owner may read it (mode 0600).",
    example: "/etc/crosswalk/client.key")
  private static let password = FieldSpec.optional(
    "sslpassword", Kind<Setting>.secret, "The password of `sslkey`, where the key is encrypted.",
    example: "${secret:VIEWPOINT_KEY_PASSWORD}")
  private static let channelBinding = FieldSpec.optional(
    "channel_binding",
    Kind<SourceTLS.ChannelBinding>.choice([
      .prefer: "Used where the server offers it; the default.",
      .require: "The connection fails without it.", .disable: "Not used.",
    ]).located,
    "Whether the password's proof (SCRAM) is bound to the TLS connection, so that it cannot be relayed.",
    example: "require")

  static let keys = [
    mode.key, rootCertificate.key, certificate.key, key.key, password.key, channelBinding.key,
  ]

  static func read(_ fields: inout Fields) -> SourceTLS {
    SourceTLS(
      mode: fields.read(mode), rootCertificate: fields.read(rootCertificate),
      certificate: fields.read(certificate), key: fields.read(key),
      password: fields.read(password), channelBinding: fields.read(channelBinding))
  }

  // MARK: Checks

  /// What can be said before the settings are known; the rest is judged when they are.
  static func check(_ tls: SourceTLS, _ host: Setting?, _ reading: inout Reading) {
    if let mode = tls.mode, let host { check(mode, host, &reading) }
    tls.rootCertificate?.check(.file("sslrootcert"), &reading)
    tls.certificate?.check(.file("sslcert"), &reading)
    tls.key?.check(.file("sslkey", isSecret: true), &reading)
    if let certificate = tls.certificate, tls.key == nil {
      report(
        "`sslcert` has no `sslkey`", at: certificate.range, &reading,
        help: "name the file of the certificate's key under `sslkey`")
    }
    if let key = tls.key, tls.certificate == nil {
      report(
        "`sslkey` has no `sslcert`", at: key.range, &reading,
        help: "name the file of the key's certificate under `sslcert`")
    }
    if let password = tls.password, tls.key == nil {
      report(
        "`sslpassword` has no `sslkey`", at: password.range, &reading,
        help: "name the file of the encrypted key under `sslkey`, or remove `sslpassword`")
    }
    if let found = contradiction(tls, rootCertificate: tls.rootCertificate?.written) {
      reading.diagnostics.append(found)
    }
    guard let mode = tls.mode, mode.value == .disable else { return }
    if let certificate = tls.certificate {
      report(
        "`sslcert` is of no use with `sslmode: disable`", at: certificate.range, &reading,
        help: "write `sslmode: verify-full`, or remove `sslcert`")
    }
    if let binding = tls.channelBinding, binding.value == .require {
      report(
        "`channel_binding: require` is impossible with `sslmode: disable`", at: binding.range,
        &reading,
        help: "write `sslmode: verify-full`: a connection without TLS has no channel to bind to")
    }
  }

  /// Authorities are for modes that check them: libpq would turn `require` with a file into `verify-ca`.
  static func contradiction(_ tls: SourceTLS, rootCertificate: String?) -> Diagnostic? {
    guard let mode = tls.mode?.value, let setting = tls.rootCertificate else { return nil }
    if rootCertificate == SourceTLS.system, mode != .verifyFull {
      return Diagnostic(
        Codes.contradictoryTLS, "`sslrootcert: system` needs `sslmode: verify-full`",
        at: setting.range,
        label: "anybody can get a certificate from an authority that the operating system trusts",
        help: ["write `sslmode: verify-full`, or name the file of your own authority"])
    }
    guard ![.verifyFull, .verifyCA].contains(mode) else { return nil }
    return Diagnostic(
      Codes.contradictoryTLS,
      "`sslmode: \(mode.rawValue)` does not check the certificate, and `sslrootcert` says by what to check it",
      at: setting.range,
      help: ["write `sslmode: verify-full`, or remove `sslrootcert`"])
  }

  private static func report(
    _ message: String, at range: SourceRange, _ reading: inout Reading, help: String
  ) {
    reading.report(Codes.contradictoryTLS, message, at: range, help: [help])
  }

  private static func check(
    _ mode: Located<SourceTLS.Mode>, _ host: Setting, _ reading: inout Reading
  ) {
    let found: Diagnostic?
    if let host = host.written {
      found = refusal(of: mode, for: host)
    } else if mode.value == .prefer || mode.value == .allow {
      found = refusal(mode)
    } else {
      found = nil
    }
    if let found { reading.diagnostics.append(found) }
  }

  /// Why a mode is not for this host: anything but `verify-full` is for this machine only.
  static func refusal(of mode: Located<SourceTLS.Mode>, for host: String) -> Diagnostic? {
    mode.value == .verifyFull || LocalHost.isLocal(host) ? nil : refusal(mode)
  }

  private static func refusal(_ mode: Located<SourceTLS.Mode>) -> Diagnostic {
    let reason: String =
      switch mode.value {
      case .prefer, .allow: "falls back to plain text without a word"
      case .disable: "sends everything in plain text"
      case .require: "encrypts to anybody who answers"
      case .verifyCA, .verifyFull: "does not check the name of the host"
      }
    return Diagnostic(
      Codes.unsafeConnection, "`sslmode: \(mode.value.rawValue)` is not safe for this host",
      at: mode.range, label: reason,
      help: ["write `verify-full`; a local socket or loopback may use any mode"],
      fix: Diagnostic.Fix(mode.range, replacement: SourceTLS.Mode.verifyFull.rawValue))
  }
}

extension SourceTLS {
  /// The mode of a connection. What the file says is done; where it says nothing, a connection within this machine, which
  /// crosses no wire, is encrypted only if one of the other keys needs it.
  func mode(for host: String) -> Mode {
    if let mode { return mode.value }
    let asks = rootCertificate != nil || certificate != nil || channelBinding?.value == .require
    return LocalHost.isLocal(host) && !asks ? .disable : .verifyFull
  }
}

extension Kind where Value: Sendable {
  /// With its place.
  fileprivate var located: Kind<Located<Value>> {
    Kind<Located<Value>>(shape: shape) { [read] node, reading in
      read(node, &reading).map { Located($0, at: node.range) }
    }
  }
}
