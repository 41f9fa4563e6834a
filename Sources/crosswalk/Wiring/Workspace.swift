import Diagnostics
import Documents
import Engine
import Foundation
import HTTP
import Mappings
import Postgres
import Programs
import Rows

/// A project as it lies on disk, with the settings from outside.
struct Workspace {
  let project: Project
  let settings: SettingResolver
  let environment: [String: String]
  /// What reading the files came to.
  var diagnostics: [Diagnostic]
  /// The files that were read.
  let files: [SourceFile]

  /// Reads the project at a path: its folder, or its `crosswalk.yaml`.
  static func load(
    _ path: String, environment: [String: String] = ProcessInfo.processInfo.environment,
    reading reader: FileReader = .disk
  ) throws(CommandFailure) -> (workspace: Workspace?, diagnostics: [Diagnostic]) {
    let place = try find(path)
    let (project, diagnostics, files) = loadProject(at: place, reading: reader)
    guard let project else { return (nil, diagnostics) }
    var settings = SettingResolver(environment: { environment[$0] })
    var ignored: [Diagnostic] = []
    settings.secretsDirectory = project.secretsDirectory.flatMap {
      settings.resolve($0, &ignored)
    }
    return (
      Workspace(
        project: project, settings: settings, environment: environment, diagnostics: diagnostics,
        files: files),
      diagnostics
    )
  }

  static func isProject(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path.tidiedPath + "/crosswalk.yaml")
  }

  private static func find(_ path: String) throws(CommandFailure) -> String {
    let files = FileManager.default
    // The shell completes a folder's name with a slash.
    let path = path.tidiedPath
    for candidate in [path + "/crosswalk.yaml", path] where candidate.hasSuffix(".yaml") {
      if files.fileExists(atPath: candidate) { return candidate }
    }
    throw CommandFailure(
      exit: .unreadable, "there is no project at `\(path)`",
      mend: "run this where `mappings/crosswalk.yaml` is, or name the folder with `--project`")
  }

  /// The mappings with these names, all when none is named.
  func mappings(_ names: [String]) throws(CommandFailure) -> [MappingDefinition] {
    guard !names.isEmpty else { return project.mappings }
    var chosen: [MappingDefinition] = []
    for name in names {
      guard let mapping = project.mappings.first(where: { $0.name.value == name }) else {
        let known = project.mappings.map(\.name.value)
        throw CommandFailure(
          exit: .unreadable, "there is no mapping `\(name)`",
          mend: closest(to: name, in: known).map { "did you mean `\($0)`?" }
            ?? "the mappings are \(known.joined(separator: ", "))")
      }
      chosen.append(mapping)
    }
    return chosen
  }

  /// The names of all mappings; `nil` when a file could not be read, and so not all of them are known.
  var mappingNames: Set<String>? {
    project.hasAllMappings ? Set(project.mappings.map(\.name.value)) : nil
  }

  /// Mappings whose target ids are integers.
  var integerIDs: Set<String> {
    Set(
      project.mappings.filter { mapping in
        project.targets.first { $0.name.value == mapping.target.value }?
          .resources.first { $0.name.value == mapping.resource.value }?.identity.kind == .int
      }.map(\.name.value))
  }

  /// Mappings that delete the objects of keys that are gone.
  var deleting: Set<String> {
    Set(project.mappings.filter { $0.whenAbsent?.delete == true }.map(\.name.value))
  }

  var ledger: LedgerPlace {
    get throws(CommandFailure) { LedgerPlace(path: try text(project.ledger.sqlite)) }
  }

  /// A setting that must be there.
  func text(_ setting: Setting) throws(CommandFailure) -> String {
    var diagnostics: [Diagnostic] = []
    if let text = settings.resolve(setting, &diagnostics) { return text }
    throw CommandFailure(exit: .findings, diagnostics)
  }

  /// All settings that these mappings need and that are not there, in one go.
  func missingSettings(of mappings: [MappingDefinition]) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    var needed: [Setting?] = [project.ledger.sqlite]
    for source in project.sources
    where mappings.contains(where: { $0.source.value == source.name.value }) {
      let postgres = source.postgres
      needed += [
        postgres.host, postgres.port, postgres.database, postgres.user, postgres.sslrootcert,
      ]
      var ignored: [Diagnostic] = []
      let host = settings.resolve(postgres.host, &ignored)
      // A local connection needs no password where the server trusts it.
      if let host, !PostgresSettings(host: host, database: "", user: "").isLocal {
        needed.append(postgres.password)
      }
    }
    for target in project.targets
    where mappings.contains(where: { $0.target.value == target.name.value }) {
      needed += [target.baseURL, target.bearer, target.windowScale, target.development]
      needed += target.headers.map(\.value)
    }
    for case let setting? in needed { _ = settings.resolve(setting, &diagnostics) }
    return diagnostics
  }

  // MARK: Sources and targets

  func source(_ definition: SourceDefinition) throws(CommandFailure) -> PostgresRowSource {
    let postgres = definition.postgres
    var settings = PostgresSettings(
      host: try text(postgres.host), database: try text(postgres.database),
      user: try text(postgres.user))
    if let port = postgres.port {
      let text = try text(port)
      guard let number = Int(text), (1...65535).contains(number) else {
        throw CommandFailure(
          exit: .findings, "\(port.range): the port is `\(text)`, which is no port",
          mend: "a port is a number from 1 to 65535")
      }
      settings.port = number
    }
    // A local connection needs no password where the server trusts it.
    if let password = postgres.password {
      if settings.isLocal {
        var ignored: [Diagnostic] = []
        settings.password = self.settings.resolve(password, &ignored)
      } else {
        settings.password = try text(password)
      }
    }
    settings.tlsMode = settings.isLocal ? .disable : .verifyFull
    if let certificate = postgres.sslrootcert {
      settings.tlsRootCertificate = try text(certificate)
    }
    settings.connectTimeout = postgres.connectTimeout
    settings.statementTimeout = postgres.statementTimeout
    settings.lockTimeout = postgres.lockTimeout
    return PostgresRowSource(
      name: definition.name.value, source: PostgresSource(settings), batchRows: postgres.batch)
  }

  func target(
    _ definition: TargetDefinition, clock: any Timekeeper
  ) throws(CommandFailure) -> TargetConnection {
    var headers = HTTPHeaders()
    for header in definition.headers {
      headers.append(name: header.name.value, value: try text(header.value))
    }
    if let bearer = definition.bearer {
      headers.append(name: "Authorization", value: "Bearer " + (try text(bearer)))
    }
    var baseURL = try text(definition.baseURL)
    while baseURL.hasSuffix("/") { baseURL.removeLast() }
    var isDevelopment = false
    if let development = definition.development { isDevelopment = try text(development) == "true" }
    guard baseURL.hasPrefix("https://") || (isDevelopment && baseURL.hasPrefix("http://")) else {
      throw CommandFailure(
        exit: .findings, "\(definition.baseURL.range): the address `\(baseURL)` is not https",
        mend: "only `development: true` allows plain HTTP, and only to this machine")
    }
    var scale = 1.0
    if let setting = definition.windowScale { scale = try number(setting) }
    let client = HTTPClient(
      HTTPClient.Configuration(
        maxConnections: definition.concurrency, allowPlainHTTP: isDevelopment,
        allowLoopback: isDevelopment,
        userAgent: "crosswalk/\(Crosswalk.version)"))
    return TargetConnection(
      definition: definition,
      wire: HTTPWire(
        client: client, baseURL: baseURL, headers: headers,
        timeout: HTTPRequest.Timeout(
          connect: definition.connectTimeout, total: definition.totalTimeout)),
      gate: TargetGate(
        limits: definition.limits, breaker: definition.breaker, retry: definition.retry,
        scale: scale, lead: .milliseconds(20), atOnce: definition.concurrency, clock: clock),
      clock: clock,
      windowScale: scale)
  }

  private func number(_ setting: Setting) throws(CommandFailure) -> Double {
    let text = try text(setting)
    guard let number = Double(text), number > 0 else {
      throw CommandFailure(
        exit: .findings, "\(setting.range): `\(text)` is no positive number",
        mend: "write 1 for a real target")
    }
    return number
  }
}

/// Reads a schema file, which may be at most 1 MiB.
func readSchema(_ path: String) throws -> [UInt8] { try readSchema(path, by: .disk) }

func readSchema(_ path: String, by reader: FileReader) throws -> [UInt8] {
  do throws(FileReader.Failure) {
    return try reader.bytes(path, 1 << 20)
  } catch {
    switch error {
    case .missing: throw SchemaError("there is no such file")
    case .tooLarge: throw SchemaError("it is larger than 1 MiB")
    case .unreadable(let reason): throw SchemaError(reason)
    }
  }
}
