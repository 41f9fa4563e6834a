import Engine
import Foundation
import Ledger

/// A small file beside the ledger that says how far the ledger had come: its name and how often it has been written.
///
/// A ledger that is behind its mark is an old backup, and another name is another ledger: both know less than the targets
/// hold. The mark is not to be restored together with the ledger.
struct LedgerMark {
  let path: String

  init(of ledger: LedgerPlace) { path = ledger.path + ".mark" }

  /// Why the ledger is not to be trusted before it has been compared with the targets; `nil` when it is.
  func doubt(about ledger: SQLiteLedger) async throws -> String? {
    guard let data = FileManager.default.contents(atPath: path) else { return nil }
    let parts = String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace)
    guard parts.count == 2, let count = Int64(parts[1]) else { return nil }
    let (id, writeCount) = try await ledger.identity()
    if parts[0] != Self.hexadecimal(id) {
      return "the ledger is not the one that was used here last"
    }
    return writeCount < count
      ? "the ledger is an old backup: \((count - writeCount)) of its writes are missing" : nil
  }

  func write(_ ledger: SQLiteLedger) async throws {
    let (id, writeCount) = try await ledger.identity()
    do {
      try Data("\(Self.hexadecimal(id)) \(writeCount)\n".utf8).write(
        to: URL(filePath: path), options: .atomic)
    } catch {
      throw CommandFailure(
        exit: .unavailable, "\(path) cannot be written: \(error.localizedDescription)",
        mend: "make the ledger's folder writable")
    }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
      let digits = String(byte, radix: 16)
      return digits.count == 1 ? "0" + digits : digits
    }.joined()
  }
}
