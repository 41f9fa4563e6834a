import Crypto
import Mappings
import SQLText

extension ExtractDefinition {
  /// What the source's answer depends on, as 32 hexadecimal digits.
  public var fingerprint: String {
    switch self {
    case .query(let query): query.fingerprint
    case .file(let file): file.fingerprint
    }
  }
}

extension FileExtract {
  /// The names of the files, and what is declared of their columns.
  fileprivate var fingerprint: String {
    var hash = SHA256()
    var words = [name.value, pick.rawValue, otherColumns.rawValue, "\(dialect)"]
    for column in columns ?? [] {
      words += [
        column.name.value, column.declared, column.header ?? "", column.format?.value ?? "",
        column.empty?.rawValue ?? "", "\(column.isRequired)",
      ]
      words += column.values ?? []
    }
    for word in words {
      hash.update(data: Array(word.utf8))
      hash.update(data: [0])
    }
    return hash.finalize().prefix(16).hexadecimal
  }
}

extension Sequence<UInt8> {
  fileprivate var hexadecimal: String {
    map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }
}

extension QueryDefinition {
  /// What the source's answer depends on: the words of the SQL text and the parameters' types, as 32 hexadecimal digits.
  ///
  /// Comments and white space are left out, so that laying a query out anew leaves its snapshot fresh.
  fileprivate var fingerprint: String {
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
    return hash.finalize().prefix(16).hexadecimal
  }
}
