import CLibCurl

/// What is known when a transfer failed, and its translation into words.
struct TransferFailure {
  let code: CURLcode
  let host: String
  /// libcurl's own sentence, which names hosts and numbers but no content.
  let detail: String
  let sent: HTTPError.Sent
  let status: Int?
  let verifyResult: Int
  let resendRefused: Bool
  let refusedAddress: String?
  /// The bytes that the body might have had, where it had more.
  let allowedBody: Int?
  let headTooLarge: Bool
  var proxied = false

  var error: HTTPError {
    if let allowedBody {
      return make(
        .tooLarge, "the answer of \(host) is larger than the \(allowedBody) bytes allowed",
        "Ask for smaller pages, or raise `max_answer` in the target's file.")
    }
    if headTooLarge {
      return make(
        .tooLarge, "the headers of the answer of \(host) are larger than allowed",
        "Ask the target's operator why.")
    }
    if resendRefused {
      return make(
        .closedEarly, "the kept connection to \(host) ended before an answer came",
        "Find out whether the server acted on the request before sending it again.")
    }
    if let refusedAddress, sent == .provablyNot, code == CURLE_COULDNT_CONNECT {
      return make(
        .refusedAddress, "\(proxied ? "the proxy" : host) leads to \(refusedAddress)",
        "Correct the host in the configuration; only for development, allow loopback.")
    }
    return sent == .provablyNot ? beforeTheRequest : afterTheRequest
  }

  private var beforeTheRequest: HTTPError {
    switch code {
    case _
    where said.contains("CONNECT tunnel failed") || said.contains("from proxy after CONNECT"):
      make(
        .proxy, "the proxy lets no connection through to \(host): \(said)",
        "Check the proxy's address and credentials, and what it allows.")
    case CURLE_COULDNT_RESOLVE_PROXY:
      make(
        .proxy, "the name of the proxy could not be looked up",
        "Check the proxy in the configuration, and the name service.")
    case CURLE_PROXY:
      make(.proxy, "the proxy failed: \(said)", "Check the proxy's address and credentials.")
    case CURLE_COULDNT_RESOLVE_HOST:
      make(
        .dns, "the name of \(host) could not be looked up",
        "Check the host in the configuration, and the name service.")
    case CURLE_COULDNT_CONNECT:
      make(
        .refused, "no connection to \(host): \(said)",
        "Check that the server runs, and that a firewall lets the connection through.")
    case CURLE_OPERATION_TIMEDOUT:
      make(
        .connectTimeout, "no connection to \(host) within the time allowed",
        "Check that a firewall lets the connection through.")
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      make(.badURL, "the URL cannot be used: \(said)", "Correct the URL in the configuration.")
    case CURLE_PEER_FAILED_VERIFICATION: certificate
    case CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CIPHER, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CLIENTCERT,
      CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_ISSUER_ERROR:
      make(
        .tls, "TLS with \(host) failed: \(said)",
        "Check that the server offers TLS 1.2 or later at this port.")
    case CURLE_SSL_CACERT_BADFILE:
      make(
        .tls, "the file of trusted authorities cannot be read",
        "Correct the path of the file, or its content.")
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING:
      make(
        .reset, "the connection to \(host) broke before the request: \(said)",
        "Try again; when it persists, look into the network between.")
    default: general
    }
  }

  private var afterTheRequest: HTTPError {
    switch code {
    case CURLE_OPERATION_TIMEDOUT:
      make(
        .timeout, "no complete answer from \(host) within the time allowed",
        "Find out whether the server acted on the request; allow more time if it is slow.")
    case CURLE_OK, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE:
      make(
        .closedEarly, "\(host) closed the connection before its answer was complete",
        "Find out whether the server acted on the request before sending it again.")
    case CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM:
      make(
        .reset, "the connection to \(host) broke: \(said)",
        "Find out whether the server acted on the request before sending it again.")
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL, CURLE_BAD_CONTENT_ENCODING,
      CURLE_WRITE_ERROR:
      make(
        .unreadable, "the answer of \(host) cannot be read: \(said)",
        "Check that the URL leads to the service itself and not to a proxy in between.")
    default: general
    }
  }

  /// By the numbers of OpenSSL's X509_V_ERR constants.
  private var certificate: HTTPError {
    switch verifyResult {
    case 10:
      make(
        .tlsExpired, "the certificate of \(host) has expired",
        "Have the server's certificate renewed; check the clock of this machine.")
    // 1 stands while libcurl has not asked about the chain, because the name already differed.
    case 0, 1, 62...64:
      make(
        .tlsWrongHost, "the certificate of \(host) is for another host: \(said)",
        "Correct the host in the configuration; never trust this server meanwhile.")
    default:
      make(
        .tlsUntrusted, "the certificate of \(host) is not trusted: \(said)",
        "Name the file of the authority that signed it, if it is one of your own: "
          + "`tls: { authority: FILE }` in the target's file.")
    }
  }

  private var general: HTTPError {
    make(.setup, "the request to \(host) failed: \(said)", "See the detail; try again.")
  }

  private var said: String {
    detail.isEmpty ? String(cString: curl_easy_strerror(code)) : detail
  }

  private func make(_ kind: HTTPError.Kind, _ message: String, _ remedy: String) -> HTTPError {
    HTTPError(kind, message, remedy: remedy, sent: sent, status: status)
  }
}

extension HTTPError {
  static func cancelled(sent: Sent) -> HTTPError {
    HTTPError(
      .cancelled, "the request was cancelled",
      remedy: sent == .perhaps
        ? "Find out whether the server acted on the request before sending it again."
        : "Send it again when wanted.", sent: sent)
  }

  static func shutDown(sent: Sent) -> HTTPError {
    HTTPError(
      .shutDown, "the client was shut down",
      remedy: sent == .perhaps
        ? "Find out whether the server acted on the request before sending it again."
        : "Send it again with a new client.", sent: sent)
  }

  static func setup(_ message: String, sent: Sent) -> HTTPError {
    HTTPError(
      .setup, message, remedy: "Check memory and the limit on open files of this process.",
      sent: sent)
  }
}
