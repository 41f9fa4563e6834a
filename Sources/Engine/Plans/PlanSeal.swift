import Crypto
import JSON

/// 128 bits of a keyed hash: without the key they tell nothing of what they stand for.
public struct SealedHash: Sendable, Hashable {
  private let high: UInt64
  private let low: UInt64

  /// Of something that a decision does not depend on.
  static let none = SealedHash(high: 0, low: 0)

  private init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  fileprivate init(_ code: HMAC<SHA256>.MAC) {
    var words: [UInt64] = [0, 0]
    for (place, byte) in code.prefix(16).enumerated() {
      words[place / 8] = words[place / 8] << 8 | UInt64(byte)
    }
    self.init(high: words[0], low: words[1])
  }

  /// `nil` unless the text is 32 lower-case hexadecimal digits.
  public init?(_ text: String) {
    let digits = Array(text.utf8)
    guard digits.count == 32, let high = Self.number(digits[..<16]),
      let low = Self.number(digits[16...])
    else { return nil }
    self.init(high: high, low: low)
  }

  private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
    var number: UInt64 = 0
    for digit in digits {
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"):
        number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }

  /// 32 hexadecimal digits.
  public var text: String { Self.digits(high) + Self.digits(low) }

  /// The first eight digits, for people.
  public var short: String { String(Self.digits(high).prefix(8)) }

  private static func digits(_ word: UInt64) -> String {
    let digits = String(word, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

/// Makes the keyed hashes by which a plan file names what it was made of. The key belongs to one ledger.
public struct PlanSeal: Sendable {
  private let key: SymmetricKey

  /// - Parameter masking: Of the ledger. The key is another one than that of its masked values.
  public init(_ masking: Masking) {
    key = SymmetricKey(
      data: HMAC<SHA256>.authenticationCode(for: Array("crosswalk plan".utf8), using: masking.key))
  }

  /// The hash of some parts, which are told apart.
  ///
  /// - Parameter label: What they are; the same parts of something else have another hash.
  public func hash(_ label: String, _ parts: [[UInt8]]) -> SealedHash {
    var code = HMAC<SHA256>(key: key)
    func add(_ bytes: [UInt8]) {
      let count = UInt64(bytes.count)
      code.update(data: (0..<8).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) })
      code.update(data: bytes)
    }
    add(Array(label.utf8))
    for part in parts { add(part) }
    return SealedHash(code.finalize())
  }

  /// A value as a plan file shows it.
  func masked(_ value: JSON, at path: String, of mapping: String) -> String {
    "masked:"
      + hash("value", [Array(mapping.utf8), Array(path.utf8), value.canonicalBytes]).text
  }

  // MARK: The whole file

  /// 64 hexadecimal digits that nobody without the key can make for other bytes.
  public func code(of bytes: [UInt8]) -> String {
    HMAC<SHA256>.authenticationCode(for: bytes, using: key).map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }

  /// Whether ``code(of:)`` made these digits. Takes as long for wrong ones as for the right ones.
  public func isCode(_ code: [UInt8], of bytes: [UInt8]) -> Bool {
    let own = Array(self.code(of: bytes).utf8)
    return own.count == code.count && zip(own, code).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
  }
}
