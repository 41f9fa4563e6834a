import Engine

/// The secrets in requests to a target. If an answer quotes one, it is removed before anything reads the answer.
struct WireSecrets: Sendable {
  /// For messages.
  let redaction: Redaction
  /// The object in a success is stored and must not be changed by accident, so only long secrets are removed from it.
  private let ofSuccess: Search
  private let ofRefusal: Search

  init(_ secrets: [String]) {
    redaction = Redaction(secrets.filter { $0.utf8.count >= 4 })
    ofSuccess = Search(secrets, longerThan: 15)
    ofRefusal = Search(secrets, longerThan: 3)
  }

  /// The body of an answer without the secrets. Long lists are left alone, since they are not refusals.
  func redacted(_ body: [UInt8], status: Int) -> [UInt8] {
    if status >= 300 { return ofRefusal.redacted(body) }
    return body.count <= 64 << 10 ? ofSuccess.redacted(body) : body
  }

  private struct Search: Sendable {
    private let redaction: Redaction
    /// A fast test whether a body needs more work.
    private let beginnings: [[UInt8]]

    init(_ secrets: [String], longerThan length: Int) {
      let secrets = secrets.filter { $0.utf8.count > length }
      redaction = Redaction(secrets)
      beginnings = secrets.map { $0.utf8.prefix(4).map(Self.folded) }
    }

    func redacted(_ body: [UInt8]) -> [UInt8] {
      guard mayQuote(body) else { return body }
      return Array(redaction(String(decoding: body, as: UTF8.self)).utf8)
    }

    private func mayQuote(_ body: [UInt8]) -> Bool {
      body.withUnsafeBufferPointer { bytes in
        beginnings.contains { beginning in
          guard bytes.count >= beginning.count else { return false }
          return (0...bytes.count - beginning.count).contains { start in
            beginning.indices.allSatisfy { Self.folded(bytes[start + $0]) == beginning[$0] }
          }
        }
      }
    }

    private static func folded(_ byte: UInt8) -> UInt8 {
      (65...90).contains(byte) ? byte | 0x20 : byte
    }
  }
}
