import Crypto
import JSON
import Programs

/// Replaces sensitive values by keyed hashes, so that a change can still be seen.
public struct Masking: Sendable {
  let key: SymmetricKey

  /// `key`: at least 32 random bytes that stay with the ledger.
  public init(key: [UInt8]) { self.key = SymmetricKey(data: key) }

  /// Null stays null; anything else becomes `masked:` and 32 hexadecimal digits.
  public func mask(_ value: JSON) -> JSON {
    if value.isNull { return .null }
    let code = HMAC<SHA256>.authenticationCode(for: value.canonicalBytes, using: key)
    let digits = code.prefix(16).flatMap { byte in
      [byte >> 4, byte & 15].map { Self.hexadecimal[Int($0)] }
    }
    return .string("masked:" + String(decoding: digits, as: UTF8.self))
  }

  /// The hash of what a value means, so that another spelling has the same.
  func mask(_ value: JSON, _ meaning: Meaning) -> JSON { mask(meaning.canonical(value)) }

  private static let hexadecimal = Array("0123456789abcdef".utf8)

  func mask(_ record: FlatRecord, sensitive: Set<String>) -> FlatRecord {
    guard !sensitive.isEmpty else { return record }
    return FlatRecord(
      record.members.map { member in
        sensitive.contains(member.name)
          ? JSON.Member(name: member.name, value: mask(member.value)) : member
      })
  }
}
