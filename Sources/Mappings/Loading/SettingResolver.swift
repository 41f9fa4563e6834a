import Diagnostics
import Documents

/// Gives settings their values at run time: from the environment, from files of secrets, from defaults.
public struct SettingResolver: Sendable {
  /// The value of an environment variable.
  public var environment: @Sendable (String) -> String?
  /// The content of a file; nil where there is none.
  public var file: @Sendable (_ path: String) throws(FileReader.Failure) -> [UInt8]?
  /// The folder with one file a secret.
  public var secretsDirectory: String?

  public init(
    environment: @escaping @Sendable (String) -> String?, secretsDirectory: String? = nil,
    file: @escaping @Sendable (_ path: String) throws(FileReader.Failure) -> [UInt8]? =
      Self.fileOnDisk
  ) {
    self.environment = environment
    self.secretsDirectory = secretsDirectory
    self.file = file
  }

  /// Reads a file of at most 64 KiB.
  @Sendable public static func fileOnDisk(_ path: String) throws(FileReader.Failure) -> [UInt8]? {
    do {
      return try FileReader.disk.bytes(path, 64 << 10)
    } catch .missing {
      return nil
    }
  }

  /// The text of a setting; nil when a part is missing, with the reason in `diagnostics`.
  public func resolve(_ setting: Setting, _ diagnostics: inout [Diagnostic]) -> String? {
    var text = ""
    var isWhole = true
    for part in setting.parts {
      if let value = value(of: part, at: setting.range, &diagnostics) {
        text += value
      } else {
        isWhole = false
      }
    }
    return isWhole ? text : nil
  }

  private func value(
    of part: Setting.Part, at range: SourceRange, _ diagnostics: inout [Diagnostic]
  ) -> String? {
    switch part {
    case .text(let text):
      return text
    case .environment(let name, let defaultValue):
      if let value = given(name) { return value }
      if let defaultValue { return defaultValue }
      diagnostics.append(
        Diagnostic(
          Codes.missingVariable, "`\(name)` is not set", at: range,
          help: ["set it in the environment, or write a default: `${\(name):-…}`"]))
      return nil
    case .secret(let name):
      return secret(name, at: range, &diagnostics)
    }
  }

  private func secret(
    _ name: String, at range: SourceRange, _ diagnostics: inout [Diagnostic]
  ) -> String? {
    if let value = given(name) { return value }
    let path = secretsDirectory.map { $0.hasSuffix("/") ? $0 + name : "\($0)/\(name)" }
    var notes: [Diagnostic.Note] = []
    if let path {
      do {
        if let bytes = try file(path) {
          if let text = String(validating: bytes, as: UTF8.self) {
            let value = text.trimmingLineBreaks
            if !value.isEmpty { return value }
            notes = [Diagnostic.Note("the file `\(path)` is empty")]
          } else {
            notes = [Diagnostic.Note("the file `\(path)` is not UTF-8")]
          }
        }
      } catch {
        let reason: String =
          switch error {
          case .missing: "does not exist"
          case .tooLarge: "is too large"
          case .leadsOut: "leads out of its folder"
          case .unreadable(let reason): "cannot be read: \(reason)"
          }
        notes = [Diagnostic.Note("the file `\(path)` \(reason)")]
      }
    }
    let help = "set \(name) in the environment" + (path.map { ", or put it in \($0)" } ?? "")
    diagnostics.append(
      Diagnostic(
        Codes.missingSecret, "the secret `\(name)` is not there", at: range, notes: notes,
        help: [help]))
    return nil
  }

  /// An empty variable counts as one that is not set, as in `${NAME:-default}` of a shell.
  private func given(_ name: String) -> String? {
    environment(name).flatMap { $0.isEmpty ? nil : $0 }
  }
}

extension String {
  /// Without the line breaks that editors and `echo` put behind a secret.
  fileprivate var trimmingLineBreaks: String {
    var scalars = unicodeScalars[...]
    while let last = scalars.last, last == "\n" || last == "\r" { scalars.removeLast() }
    return String(scalars)
  }
}
