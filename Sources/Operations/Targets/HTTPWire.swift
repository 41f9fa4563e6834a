import Engine
import Foundation
import HTTP

/// A target over HTTP: adds the address, the authentication and the headers that every call carries.
struct HTTPWire: Wire {
  let client: HTTPClient
  /// Without a slash at the end.
  let baseURL: String
  let headers: HTTPHeaders
  let timeout: HTTPRequest.Timeout
  /// The maximum size of an answer's body, in bytes.
  let maxAnswer: Int
  /// The secrets that are sent. If a server quotes one, it is removed before the program sees it.
  let secrets: WireSecrets

  func send(_ request: OutboundRequest) async throws(CancellationError) -> WireResult {
    guard let method = HTTPRequest.Method(rawValue: request.method) else {
      return .notSent(
        message: "`\(request.method)` is not an HTTP method",
        remedy: "correct the call in the target's file")
    }
    var headers = headers
    if request.body == nil {
      headers.removeAll(named: "Content-Type")
    } else if headers["Content-Type"] == nil {
      headers.append(name: "Content-Type", value: "application/json")
    }
    let outbound = HTTPRequest(
      method, baseURL + request.path, headers: headers, body: request.body, timeout: timeout,
      maxAnswerBytes: maxAnswer)
    do {
      let answer = try await client.send(outbound)
      return .answer(
        status: answer.status,
        retryAfter: answer.headers["Retry-After"].flatMap {
          RetryAfter.parse($0, serverDate: answer.headers["Date"], now: Date())
        },
        body: secrets.redacted(answer.body, status: answer.status),
        location: answer.headers["Location"])
    } catch {
      if error.kind == .cancelled, error.sent == .provablyNot { throw CancellationError() }
      switch error.sent {
      case .provablyNot:
        return .notSent(message: secrets.redaction(error.message), remedy: error.remedy)
      case .perhaps: return .lost(message: secrets.redaction(error.message), remedy: error.remedy)
      }
    }
  }
}
