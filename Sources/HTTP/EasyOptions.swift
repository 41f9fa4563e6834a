import CLibCurl

/// Sets options on an easy handle and remembers whether one was refused.
struct EasyOptions {
  let easy: UnsafeMutableRawPointer
  private(set) var failed = false

  init(_ easy: UnsafeMutableRawPointer) {
    self.easy = easy
  }

  mutating func fail() {
    failed = true
  }

  mutating func check(_ code: CURLcode) {
    if code != CURLE_OK { failed = true }
  }

  mutating func set(_ option: CURLoption, _ value: Int) {
    check(curl_shim_set_long(easy, option, value))
  }

  mutating func set(_ option: CURLoption, size: Int64) {
    check(curl_shim_set_size(easy, option, curl_off_t(size)))
  }

  /// Sets a text, which libcurl copies.
  mutating func set(_ option: CURLoption, _ value: String) {
    check(curl_shim_set_string(easy, option, value))
  }

  /// Sets the body of a POST, which libcurl copies.
  mutating func setCopied(body: [UInt8]) {
    set(CURLOPT_POSTFIELDSIZE_LARGE, size: Int64(body.count))
    body.withUnsafeBytes { check(curl_shim_set_body(easy, $0.baseAddress)) }
  }

  mutating func set(_ option: CURLoption, list: UnsafeMutablePointer<curl_slist>?) {
    check(curl_shim_set_list(easy, option, list))
  }

  mutating func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer) {
    check(curl_shim_set_pointer(easy, option, pointer))
  }
}
