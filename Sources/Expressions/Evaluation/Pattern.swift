import CRE2

/// A compiled regular expression in RE2's syntax, which searches in linear time.
///
/// Unchecked: the handle is set once and freed last, and RE2 promises that matching, which is all that
/// is done with it in between, is safe from several threads at once.
public final class Pattern: @unchecked Sendable {
  public let text: String
  private let handle: OpaquePointer
  private let sequence: ByteSequence?

  /// Fails with the reason when the text is not a regular expression.
  public convenience init(_ text: String) throws(EvaluationError) {
    try self.init(text, memory: 1 << 20)
  }

  /// A pattern that comes from outside: small, whatever it says.
  convenience init(fromOutside text: String) throws(EvaluationError) {
    guard text.utf8.count <= Self.longestFromOutside else {
      throw EvaluationError(
        .budget, "a regular expression from a row may have \(Self.longestFromOutside) bytes")
    }
    try self.init(text, memory: 1 << 17)
  }

  private static let longestFromOutside = 1000

  private init(_ text: String, memory: Int64) throws(EvaluationError) {
    self.text = text
    sequence = ByteSequence(text)
    handle = text.withBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cre2_compile($0.baseAddress, $0.count, memory) }
    }
    if let error = cre2_error(handle) {
      throw .invalid("`\(text)` is not a regular expression: \(String(cString: error))")
    }
  }

  deinit {
    cre2_free(handle)
  }

  /// The steps of a search, should every instruction be looked at for every byte.
  func steps(in text: String) -> Int {
    let (product, overflows) = text.utf8.count.multipliedReportingOverflow(
      by: max(1, Int(cre2_size(handle))))
    return overflows ? .max / 2 : 1 + product >> 10
  }

  /// The same for UTF-8 in place, quicker for patterns that are plain sequences.
  public func isFound(inUTF8 bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    if let sequence { return sequence.matches(bytes) }
    return bytes.withMemoryRebound(to: CChar.self) {
      cre2_search(handle, $0.baseAddress, $0.count)
    }
  }

  /// Whether the pattern is found anywhere in the text.
  public func isFound(in text: String) -> Bool {
    text.withBytes { bytes in
      bytes.withMemoryRebound(to: CChar.self) { cre2_search(handle, $0.baseAddress, $0.count) }
    }
  }
}
