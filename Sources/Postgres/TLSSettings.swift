import Foundation

/// How a connection is secured. Each mode does what its word says in libpq
/// (<https://www.postgresql.org/docs/current/libpq-ssl.html>), whatever files the user's home folder has.
public struct TLSSettings: Sendable, Hashable {
  /// How far the server's certificate is checked. Anything below `verifyFull` is for loopback and local sockets only.
  public enum Mode: String, Sendable, Hashable, CaseIterable {
    case disable
    case allow
    case prefer
    case require
    case verifyCA = "verify-ca"
    case verifyFull = "verify-full"
  }

  public enum Authorities: Sendable, Hashable {
    /// Those that the operating system trusts.
    case system
    /// Those of a PEM file.
    case file(String)
  }

  /// By what the server knows the client.
  public struct ClientCertificate: Sendable, Hashable {
    /// PEM files. The key's must be its owner's alone.
    public var certificate: String
    public var key: String
    /// `nil` where the key is not encrypted.
    public var keyPassword: String?

    public init(certificate: String, key: String, keyPassword: String? = nil) {
      self.certificate = certificate
      self.key = key
      self.keyPassword = keyPassword
    }
  }

  /// Whether a password's proof is bound to the TLS connection.
  public enum ChannelBinding: String, Sendable, Hashable {
    case disable
    case prefer
    case require
  }

  public var mode: Mode
  /// For the modes that check the certificate.
  public var authorities = Authorities.system
  public var client: ClientCertificate?
  public var channelBinding = ChannelBinding.prefer

  public init(_ mode: Mode) { self.mode = mode }
}

extension TLSSettings {
  /// A path at which nothing can be. Without one libpq looks into the home folder, and a file there would change what a mode
  /// means: `require` would become `verify-ca`.
  private static let nothing = "/dev/null/none"

  /// The settings as libpq's keywords and values, or an error of code `settings` where a file cannot be read.
  func keywords(isSocket: Bool) throws(PostgresError) -> [(String, String)] {
    if isSocket {
      return [("sslmode", Mode.disable.rawValue), ("channel_binding", channelBinding.rawValue)]
    }
    var pairs = [
      ("sslmode", mode.rawValue), ("channel_binding", channelBinding.rawValue),
      ("sslcrl", Self.nothing), ("sslrootcert", Self.nothing), ("sslcert", Self.nothing),
    ]
    func set(_ keyword: String, _ value: String) {
      pairs.removeAll { $0.0 == keyword }
      pairs.append((keyword, value))
    }
    if mode == .verifyCA || mode == .verifyFull {
      switch authorities {
      case .system:
        guard let file = Self.systemAuthorities else {
          throw PostgresError(
            code: .settings,
            message: "The authorities that the operating system trusts were not found.",
            remedy: "Install ca-certificates, or name a file under sslrootcert.")
        }
        set("sslrootcert", file)
      case .file(let path):
        try Self.check(path, of: "sslrootcert")
        set("sslrootcert", path)
      }
    }
    if let client, mode != .disable {
      try Self.check(client.certificate, of: "sslcert")
      try Self.check(client.key, of: "sslkey")
      set("sslcert", client.certificate)
      set("sslkey", client.key)
      if let password = client.keyPassword { set("sslpassword", password) }
    }
    return pairs
  }

  private static func check(_ path: String, of keyword: String) throws(PostgresError) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
      FileManager.default.isReadableFile(atPath: path)
    else {
      throw PostgresError(
        code: .settings, message: "The file of \(keyword) cannot be read: \(path)",
        remedy: "Check the path, and that this account may read the file.")
    }
  }

  /// Where the systems keep them: libpq 15 has no word for it.
  private static var systemAuthorities: String? {
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"]
      .first { FileManager.default.isReadableFile(atPath: $0) }
  }
}

extension PostgresError {
  /// What a person can do about a connection that could not be secured, by libpq's words for it.
  static func remedy(forTLS text: String, host: String) -> String {
    let text = text.lowercased()
    if text.contains("does not match host name") || text.contains("certificate for \"") {
      return "Connect by a name that the certificate has, or give the server one for \"\(host)\"."
    }
    if text.contains("certificate verify failed") {
      return "Name the file of the server's authority under sslrootcert."
    }
    if text.contains("does not support ssl") {
      return "Turn TLS on at the server (ssl = on); sslmode disable is for this machine only."
    }
    if text.contains("private key") {
      return
        "Check sslkey, its password (sslpassword), and that only its owner may read it (mode 0600)."
    }
    if text.contains("channel binding") {
      return "Use TLS and a SCRAM password at the server, or do not require channel_binding."
    }
    return "Give the server a certificate for that name, and its authority's file to the source."
  }
}
