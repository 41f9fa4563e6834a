/// Status line and header fields, gathered line by line.
struct AnswerHead {
  private(set) var status: Int?
  private(set) var httpVersion = ""
  private(set) var headers = HTTPHeaders()
  /// Whether the empty line came that ends the head of the final answer.
  private(set) var isComplete = false
  private(set) var isTooLarge = false
  private var bytes = 0

  private static let maxBytes = 256 << 10

  /// Takes one line with its line end; a further status line, after an interim answer, starts over.
  mutating func append(_ line: UnsafeRawBufferPointer) {
    bytes += line.count
    isTooLarge = bytes > Self.maxBytes
    if isTooLarge { return }
    let text = String(decoding: line, as: UTF8.self)
    if text.utf8.starts(with: "HTTP/".utf8) && !(isComplete && (status ?? 0) >= 200) {
      let parts = text.utf8.split(whereSeparator: { $0 == 0x20 || $0 == 0x0D || $0 == 0x0A })
      httpVersion = parts.first.map { String(decoding: $0.dropFirst(5), as: UTF8.self) } ?? ""
      status = parts.dropFirst().first.flatMap { Int(String(decoding: $0, as: UTF8.self)) }
      headers = HTTPHeaders()
      isComplete = false
    } else if text.utf8.allSatisfy({ $0 == 0x0D || $0 == 0x0A }) {
      isComplete = (status ?? 0) >= 200
    } else if let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")), !isComplete {
      headers.append(
        name: String(text[..<colon]), value: Self.trimmed(text.utf8[colon...].dropFirst()))
    }
  }

  private static func trimmed(_ bytes: Substring.UTF8View) -> String {
    func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    let start = bytes.drop(while: isSpace)
    guard let last = start.lastIndex(where: { !isSpace($0) }) else { return "" }
    return String(decoding: start[...last], as: UTF8.self)
  }
}
