import Engine
import Foundation
import Ledger

/// Where the ledger is, with the key of its masked values next to it.
struct LedgerPlace {
  let path: String

  private var keyPath: String { path + ".key" }

  /// Opens the ledger for a run, and creates it if it does not exist.
  func open() throws -> (any ProjectLedger, Masking) {
    let ledger = try SQLiteLedger(path: path)
    return (ledger, Masking(key: try key(making: true)))
  }

  /// Opens the ledger for a plan, which creates and changes nothing. With `makingKey` it creates only the key: the key that
  /// seals a kept plan must exist when the plan is applied.
  func openReadOnly(makingKey: Bool = false) throws -> (any ProjectLedger, Masking) {
    guard FileManager.default.fileExists(atPath: path) else {
      guard makingKey else { return (try SQLiteLedger(), Masking(key: Self.randomKey())) }
      try FileManager.default.createDirectory(
        at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
      return (try SQLiteLedger(), Masking(key: try key(making: true)))
    }
    return (try SQLiteLedger.openReadOnly(path: path), Masking(key: try key(making: makingKey)))
  }

  /// For a look at what is not a record, such as the keys' columns; `nil` when there is no ledger. Creates and changes nothing.
  func openWithoutKey() throws -> (any ProjectLedger)? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try SQLiteLedger.openReadOnly(path: path)
  }

  /// The seal of kept plans; `nil` when the ledger has no key yet.
  func seal() throws -> PlanSeal? {
    guard FileManager.default.fileExists(atPath: keyPath) else { return nil }
    return PlanSeal(Masking(key: try key(making: false)))
  }

  /// Where a run keeps its changes until they are sent.
  static func spool() throws -> any ChangeSpool { try SQLiteSpool() }

  /// Where the calls that a target's limits counted are kept.
  func calls(of target: String) -> String { path + ".calls-" + target }

  /// Makes the files next to the ledger readable only by their owner.
  private func tighten() throws {
    try OwnerOnly.tighten(keyPath)
    let place = URL(filePath: path)
    let folder = place.deletingLastPathComponent().path
    guard FileManager.default.fileExists(atPath: folder) else { return }
    let ofTargets = [".calls-", ".lock-", ".mark-"].map { place.lastPathComponent + $0 }
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where ofTargets.contains(where: name.hasPrefix) {
      try OwnerOnly.tighten("\(folder)/\(name)")
    }
  }

  private func key(making: Bool) throws -> [UInt8] {
    try tighten()
    if let data = FileManager.default.contents(atPath: keyPath) {
      guard data.count >= 32 else {
        throw OperationFailure(
          .unavailable, "the key of the ledger's masked values, \(keyPath), is damaged",
          remedy:
            "put it back from a backup; without it every sensitive field counts as changed once"
        )
      }
      return Array(data)
    }
    let key = Self.randomKey()
    if making {
      let made = FileManager.default.createFile(
        atPath: keyPath, contents: Data(key), attributes: [.posixPermissions: 0o600])
      guard made else {
        throw OperationFailure(
          .unavailable, "\(keyPath) cannot be written", remedy: "make its folder writable")
      }
    }
    return key
  }

  private static func randomKey() -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }
}
