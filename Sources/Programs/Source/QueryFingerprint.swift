import Crypto
import Mappings
import SQLText

extension QueryDefinition {
  /// What the source's answer depends on: the words of the SQL text and the parameters' types, as 32 hexadecimal digits.
  ///
  /// Comments and white space are left out, so that laying a query out anew leaves its snapshot fresh.
  public var fingerprint: String {
    var hash = SHA256()
    let bytes = Array(sql.text.utf8)
    for token in SQLScanner.tokens(of: sql.text) {
      hash.update(data: bytes[token.range])
      hash.update(data: [0])
    }
    let kinds = parameters.map { "\($0.name.value):\($0.kind.rawValue)" }.sorted()
    for kind in kinds {
      hash.update(data: Array(kind.utf8))
      hash.update(data: [0])
    }
    return hash.finalize().prefix(16).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
  }
}
