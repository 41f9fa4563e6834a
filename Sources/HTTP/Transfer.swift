import CLibCurl
import Foundation

/// One request on its way: the easy handle, what libcurl asks of us meanwhile, and what came back.
///
/// It lives and dies on the client's thread; libcurl's callbacks reach it through an unretained pointer, which is
/// valid because the loop keeps the transfer until its handle has left the multi handle.
final class Transfer {
  let ticket: Ticket
  private let configuration: HTTPClient.Configuration
  private let easy: UnsafeMutableRawPointer
  private var headerList: UnsafeMutablePointer<curl_slist>?
  private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

  /// Set when libcurl is about to issue the request on an established connection.
  private var issued = false
  private var resendRefused = false
  private var refusedAddress: String?
  private var head = AnswerHead()
  private var body: [UInt8] = []
  private var tooLarge = false

  /// `easy`: a handle without options, to be taken back by ``dropOptions()`` when the transfer is over.
  init(
    _ ticket: Ticket, _ configuration: HTTPClient.Configuration, easy: UnsafeMutableRawPointer
  ) {
    self.ticket = ticket
    self.easy = easy
    self.configuration = configuration
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  /// Before the request is issued, only name lookup, TCP and TLS have happened.
  var sent: HTTPError.Sent { issued ? .perhaps : .provablyNot }

  /// Whether libcurl takes all options.
  func prepare() -> Bool {
    var options = EasyOptions(easy)
    setTarget(&options)
    setMethod(&options)
    setHeaders(&options)
    setCallbacks(&options)
    return !options.failed
  }

  /// The handle as good as new: without options, and without a pointer to this transfer.
  func dropOptions() -> UnsafeMutableRawPointer {
    curl_easy_reset(easy)
    return easy
  }

  private func setTarget(_ options: inout EasyOptions) {
    let protocols = configuration.allowPlainHTTP ? "http,https" : "https"
    options.set(CURLOPT_URL, ticket.request.url)
    options.set(CURLOPT_PATH_AS_IS, 1)
    options.set(CURLOPT_PROTOCOLS_STR, protocols)
    options.set(CURLOPT_FOLLOWLOCATION, 0)
    options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    options.set(CURLOPT_SSL_VERIFYPEER, 1)
    options.set(CURLOPT_SSL_VERIFYHOST, 2)
    options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    if let caFile = configuration.caFile {
      options.set(CURLOPT_CAINFO, caFile)
      options.set(CURLOPT_PROXY_CAINFO, caFile)
    }
    switch configuration.proxy {
    case .none: options.set(CURLOPT_PROXY, "")
    case .environment: break
    case .url(let url): options.set(CURLOPT_PROXY, url)
    }
    // The head of a proxy's answer to CONNECT is not part of the answer.
    options.set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
    options.set(CURLOPT_NOSIGNAL, 1)
    // Without it, giving up during a name lookup blocks the thread until the lookup ends.
    options.set(CURLOPT_QUICK_EXIT, 1)
    options.set(CURLOPT_CONNECTTIMEOUT_MS, ticket.request.timeout.connect.wholeMilliseconds)
    options.set(CURLOPT_TIMEOUT_MS, (ticket.deadline - .now).wholeMilliseconds)
    let idleSeconds = configuration.idleLifetime.wholeMilliseconds / 1000
    options.set(CURLOPT_MAXAGE_CONN, idleSeconds)
    if idleSeconds == 0 { options.set(CURLOPT_FORBID_REUSE, 1) }
  }

  private func setMethod(_ options: inout EasyOptions) {
    let request = ticket.request
    switch (request.method, request.body) {
    case (.get, nil): options.set(CURLOPT_HTTPGET, 1)
    case (.head, nil): options.set(CURLOPT_NOBODY, 1)
    case (.delete, nil): options.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    default:
      // Handed over whole, so that it leaves in one piece with the head.
      options.setCopied(body: request.body ?? [])
      options.set(CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
  }

  private func setHeaders(_ options: inout EasyOptions) {
    let fields = ticket.request.headers.fields
    var lines = fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
    lines.append("Expect:")
    if ticket.request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
    for line in lines {
      guard let longer = curl_slist_append(headerList, line) else { return options.fail() }
      headerList = longer
    }
    options.set(CURLOPT_HTTPHEADER, list: headerList)
    options.set(CURLOPT_USERAGENT, configuration.userAgent)
    options.set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
  }

  private func setCallbacks(_ options: inout EasyOptions) {
    let me = Unmanaged.passUnretained(self).toOpaque()
    options.set(CURLOPT_ERRORBUFFER, pointer: errorText)
    options.set(CURLOPT_OPENSOCKETDATA, pointer: me)
    options.set(CURLOPT_PREREQDATA, pointer: me)
    options.set(CURLOPT_HEADERDATA, pointer: me)
    options.set(CURLOPT_WRITEDATA, pointer: me)
    options.check(curl_shim_set_socket_callback(options.easy, onSocket))
    options.check(curl_shim_set_request_callback(options.easy, onRequest))
    options.check(
      curl_shim_set_transfer_callback(options.easy, CURLOPT_HEADERFUNCTION, onHeader))
    options.check(
      curl_shim_set_transfer_callback(options.easy, CURLOPT_WRITEFUNCTION, onWrite))
  }

  /// The answer, or what went wrong; call it while the easy handle still holds the transfer.
  func outcome(_ code: CURLcode) -> Result<HTTPAnswer, HTTPError> {
    guard code == CURLE_OK, head.isComplete else {
      let failure = TransferFailure(
        code: code, host: host, detail: String(cString: errorText), sent: sent,
        status: head.status, verifyResult: long(CURLINFO_SSL_VERIFYRESULT),
        resendRefused: resendRefused, refusedAddress: refusedAddress,
        allowedBody: tooLarge ? ticket.request.maxAnswerBytes : nil,
        headTooLarge: head.isTooLarge, proxied: configuration.proxy != .none)
      return .failure(failure.error)
    }
    var microseconds: curl_off_t = 0
    curl_shim_get_size(easy, CURLINFO_TOTAL_TIME_T, &microseconds)
    return .success(
      HTTPAnswer(
        status: head.status ?? long(CURLINFO_RESPONSE_CODE), headers: head.headers, body: body,
        elapsed: .microseconds(Int64(microseconds)),
        connectionReused: long(CURLINFO_NUM_CONNECTS) == 0, httpVersion: head.httpVersion))
  }

  private var host: String {
    let afterScheme = ticket.request.url.split(separator: "/").dropFirst().first ?? ""
    return String(afterScheme.prefix { $0 != "?" })
  }

  private func long(_ info: CURLINFO) -> Int {
    var value = 0
    curl_shim_get_long(easy, info, &value)
    return value
  }
}

/// What libcurl calls back.
extension Transfer {
  /// Whether a connection may go to the address that the name lookup found.
  func mayConnect(to address: UnsafeRawBufferPointer) -> Bool {
    // Only to send the request once more.
    guard !issued else {
      resendRefused = true
      return false
    }
    // A proxy is where the configuration says, which may be this machine.
    let policy = AddressPolicy(
      allowLoopback: configuration.allowLoopback || configuration.proxy != .none,
      onlyLoopback: ticket.request.isPlain)
    guard let reason = policy.refusal(socketAddress: address) else { return true }
    refusedAddress = reason
    return false
  }

  /// Whether the request may go out on the connection now made: once, never again.
  ///
  /// libcurl repeats a request of any method when a reused connection dies before an answer, and comes here again.
  func mayIssue() -> Bool {
    if issued { resendRefused = true }
    defer { issued = true }
    return !issued
  }

  func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
    head.append(line)
    return !head.isTooLarge
  }

  func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Bool {
    tooLarge = bytes.count > ticket.request.maxAnswerBytes - body.count
    if !tooLarge { body.append(contentsOf: bytes) }
    return !tooLarge
  }
}
