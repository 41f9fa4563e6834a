import CLibCurl
import Foundation

extension HTTPRequest {
  /// Whether everything can be read on its way.
  var isPlain: Bool { url.lowercased().hasPrefix("http:") }

  /// Refuses what must not reach the wire: URLs and headers that would mean something else to the server.
  func check(allowPlainHTTP: Bool) throws(HTTPError) {
    try checkURL(allowPlainHTTP: allowPlainHTTP)
    for field in headers.fields { try Self.check(field) }
    guard timeout.connect > .zero, timeout.total > .zero, maxAnswerBytes >= 0 else {
      throw HTTPError(
        .badRequest, "a time limit or size limit of the request is not positive",
        remedy: "Set limits above zero.", sent: .provablyNot)
    }
  }

  /// Refuses a host that is written as an address to which no request may go.
  func checkHost(_ policy: AddressPolicy) throws(HTTPError) {
    guard let parts = curl_url() else { return }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
      let host = Self.part(CURLUPART_HOST, of: parts)
    else { return }
    let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
    var bytes = [UInt8](repeating: 0, count: 16)
    let address: [UInt8]
    if inet_pton(AF_INET, bare, &bytes) == 1 {
      address = Array(bytes[..<4])
    } else if inet_pton(AF_INET6, bare, &bytes) == 1 {
      address = bytes
    } else {
      return
    }
    guard let reason = policy.refusal(address: address) else { return }
    throw HTTPError(
      .refusedAddress, "\(host) is \(reason)", remedy: "Correct the host in the configuration.",
      sent: .provablyNot)
  }

  private func checkURL(allowPlainHTTP: Bool) throws(HTTPError) {
    func bad(_ message: String) -> HTTPError {
      HTTPError(
        .badURL, message, remedy: "Correct the base URL or the path in the configuration.",
        sent: .provablyNot)
    }
    guard url.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
      throw bad("the URL contains a space, a control character or a character outside ASCII")
    }
    guard let parts = curl_url() else { throw bad("the URL cannot be read") }
    defer { curl_url_cleanup(parts) }
    guard curl_url_set(parts, CURLUPART_URL, url, UInt32(CURLU_PATH_AS_IS)) == CURLUE_OK,
      let scheme = Self.part(CURLUPART_SCHEME, of: parts),
      let host = Self.part(CURLUPART_HOST, of: parts), !host.isEmpty,
      // libcurl would take the path of https:///path for a host.
      !url.utf8.dropFirst(scheme.utf8.count).starts(with: ":///".utf8)
    else { throw bad("the URL is not an absolute one") }
    guard scheme == "https" || (scheme == "http" && allowPlainHTTP) else {
      throw bad("the URL's scheme is \(scheme), not https")
    }
    guard Self.part(CURLUPART_USER, of: parts) == nil,
      Self.part(CURLUPART_PASSWORD, of: parts) == nil
    else { throw bad("the URL contains a user or a password") }
    guard Self.part(CURLUPART_FRAGMENT, of: parts) == nil else {
      throw bad("the URL contains a fragment, which servers never see")
    }
    let segments = (Self.part(CURLUPART_PATH, of: parts) ?? "/").utf8
      .split(separator: UInt8(ascii: "/"))
    guard !segments.contains(where: { $0.elementsEqual(".".utf8) || $0.elementsEqual("..".utf8) })
    else {
      throw bad("the URL's path contains a . or .. segment")
    }
  }

  private static func part(_ part: CURLUPart, of url: OpaquePointer) -> String? {
    var text: UnsafeMutablePointer<CChar>?
    guard curl_url_get(url, part, &text, 0) == CURLUE_OK, let text else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }

  private static let ownHeaders: Set<String> = [
    "content-length", "transfer-encoding", "host", "connection", "expect",
  ]

  /// Whether a character may stand in a header's name (RFC 9110, 5.6.2).
  private static func isOfToken(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "a")...UInt8(ascii: "z"):
      true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
  }

  private static func check(_ field: HTTPHeaders.Field) throws(HTTPError) {
    func bad(_ message: String) -> HTTPError {
      HTTPError(
        .badRequest, message, remedy: "Correct the header in the configuration, or its secret.",
        sent: .provablyNot)
    }
    guard !field.name.isEmpty, field.name.utf8.allSatisfy(isOfToken) else {
      throw bad("the name of a header contains a character that is not allowed there")
    }
    guard field.value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) else {
      throw bad("the value of header \(field.name) contains a control character or a line break")
    }
    guard !ownHeaders.contains(field.name.lowercased()) else {
      throw bad("header \(field.name) is set by the client itself")
    }
  }
}
