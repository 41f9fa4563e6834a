import Foundation

extension PostgresError {
  /// Reads the reason for a failed connection out of libpq's message in its long form.
  ///
  /// libpq 15 has no other place for it. A server's refusal reads `FATAL:  28P01: password authentication failed…`;
  /// libpq's own words carry no such state.
  static func connecting(_ raw: String, to settings: PostgresSettings) -> PostgresError {
    let lines = raw.split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
    let text = lines.joined(separator: " ").trimmingCharacters(in: .whitespaces)
    if let match = text.firstMatch(of: #/:  ([0-9A-Z]{5}): /#) {
      let sqlstate = String(match.1)
      let message = String(text[match.range.upperBound...])
      let (code, remedy) = meaning(of: sqlstate, message: message)
      return PostgresError(
        code: code == .sql ? .connection : code, message: message, sqlstate: sqlstate,
        remedy: remedy)
    }
    let lower = text.lowercased()
    let place = "\(settings.host) port \(settings.port)"
    if lower.contains("no password supplied") {
      return PostgresError(
        code: .authentication, message: "The server at \(place) asks for a password.",
        remedy: "Give the source a password.")
    }
    if lower.contains("ssl") || lower.contains("certificate") || lower.contains("tls")
      || lower.contains("channel binding")
    {
      return PostgresError(
        code: .tls, message: "No trusted connection to \(place): \(text)",
        remedy: remedy(forTLS: text, host: settings.host))
    }
    return PostgresError(
      code: .connection, message: "No connection to \(place): \(text)",
      remedy: "Check that the server runs and that host, port and firewall are right.")
  }
}
