import Diagnostics
import Documents
import Engine
import Foundation
import HTTP
import Mappings
import Postgres
import Programs
import Rows

/// A project as it is on disk, with the settings from outside.
package struct Workspace {
  package let project: Project
  package let settings: SettingResolver
  let environment: [String: String]
  /// What was found while the files were read.
  var diagnostics: [Diagnostic]
  /// The files that were read.
  let files: [SourceFile]
  /// Reads other files of the project.
  let reader: FileReader
  /// Receives warnings and notes that stop nothing.
  var report: @Sendable (OperationEvent) -> Void = { _ in }

  /// Reads the project at a path: its folder, or its `crosswalk.yaml`.
  package static func load(
    _ path: String, environment: [String: String],
    reading reader: FileReader = .disk
  ) throws(OperationFailure) -> (workspace: Workspace?, diagnostics: [Diagnostic]) {
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
        files: files, reader: reader.confined(to: project.directory)),
      diagnostics
    )
  }

  static func isProject(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: path.tidiedPath + "/crosswalk.yaml")
  }

  private static func find(_ path: String) throws(OperationFailure) -> String {
    let files = FileManager.default
    // The shell completes a folder's name with a slash.
    let path = path.tidiedPath
    for candidate in [path + "/crosswalk.yaml", path] where candidate.hasSuffix(".yaml") {
      if files.fileExists(atPath: candidate) { return candidate }
    }
    throw OperationFailure(
      .unreadable, "there is no project at `\(path)`",
      remedy: "run this where `mappings/crosswalk.yaml` is, or name the folder with `--project`")
  }

  /// The mappings with these names, all when none is named.
  func mappings(_ names: [String]) throws(OperationFailure) -> [MappingDefinition] {
    try mappings(Selection(names))
  }

  func mappings(_ selection: Selection) throws(OperationFailure) -> [MappingDefinition] {
    try selection.mappings(of: project)
  }

  /// What the files say of all mappings.
  var known: KnownMappings {
    KnownMappings(
      project.mappings, areAll: project.hasAllMappings,
      resources: Set(
        project.targets.flatMap { target in
          target.resources.map { "\(target.name.value)/\($0.name.value)" }
        }))
  }

  /// Mappings whose target ids are integers, also those with mistakes.
  package var integerIDs: Set<String> {
    Set(resources.filter { $0.value.identity.kind == .int }.keys)
  }

  /// The resources of mappings; without those of which the target has mistakes.
  var resources: [String: ResourceDefinition] {
    project.destinations.compactMapValues { destination in
      project.targets.first { $0.name.value == destination.target }?
        .resources.first { $0.name.value == destination.resource }
    }
  }

  /// Mappings that delete the objects of keys that are gone.
  var deleting: Set<String> {
    Set(project.mappings.filter { $0.whenAbsent?.delete == true }.map(\.name.value))
  }

  var ledger: LedgerPlace {
    get throws(OperationFailure) { LedgerPlace(path: try text(project.ledger.sqlite)) }
  }

  /// Where the ledger is; `nil` when a setting of its path is missing.
  var ledgerPath: String? {
    var ignored: [Diagnostic] = []
    return settings.resolve(project.ledger.sqlite, &ignored)
  }

  /// The value of a required setting.
  func text(_ setting: Setting) throws(OperationFailure) -> String {
    var diagnostics: [Diagnostic] = []
    if let text = settings.resolve(setting, &diagnostics) { return text }
    throw OperationFailure(.findings, diagnostics)
  }

  /// Everything that is wrong with the settings that these mappings need: missing ones and invalid ones.
  func missingSettings(of mappings: [MappingDefinition]) -> [Diagnostic] {
    var diagnostics: [Diagnostic] = []
    _ = settings.resolve(project.ledger.sqlite, &diagnostics)
    for source in project.sources
    where mappings.contains(where: { $0.source.value == source.name.value }) {
      settings.check(source, &diagnostics)
    }
    for target in project.targets
    where mappings.contains(where: { $0.target.value == target.name.value }) {
      _ = settings.resolve(target, &diagnostics)
    }
    return diagnostics
  }

  // MARK: Sources and targets

  /// `stop`: cancels requests to the source.
  func source(
    _ definition: SourceDefinition, stop: StopSignal
  ) throws(OperationFailure) -> any LiveSource {
    let source: any LiveSource =
      switch definition.kind {
      case .postgres(let postgres): try self.source(definition, postgres, stop: stop)
      case .csv(let csv): try self.source(definition, csv, stop: stop)
      }
    return source.deliversInOrder
      ? source
      : OrderedSource(source: source, folder: OrderedSource.folder(environment), stop: stop)
  }

  private func source(
    _ definition: SourceDefinition, _ csv: CSVDefinition, stop: StopSignal
  ) throws(OperationFailure) -> CSVRowSource {
    let folder = try usable { settings.resolve(csv, &$0) }.tidiedPath
    return CSVRowSource(
      name: definition.name.value,
      folder: folder.hasPrefix("/") ? folder : project.directory + "/" + folder, definition: csv,
      stop: stop, report: report)
  }

  private func source(
    _ definition: SourceDefinition, _ postgres: PostgresDefinition, stop: StopSignal
  ) throws(OperationFailure) -> PostgresRowSource {
    let resolved = try usable { settings.resolve(postgres, &$0) }
    var connection = PostgresSettings(
      host: resolved.host, port: resolved.port ?? 5432, database: resolved.database,
      user: resolved.user, password: resolved.password, tls: TLSSettings(resolved),
      connectTimeout: postgres.connectTimeout, statementTimeout: postgres.statementTimeout,
      lockTimeout: postgres.lockTimeout)
    connection.timeZone = postgres.timeZone
    return PostgresRowSource(
      name: definition.name.value, source: PostgresSource(connection),
      limits: ReadLimits(
        batchRows: postgres.batch, valueBytes: postgres.maxValue, rowBytes: postgres.maxRow),
      stop: stop)
  }

  package func target(
    _ definition: TargetDefinition, clock: any Timekeeper
  ) throws(OperationFailure) -> TargetConnection {
    let resolved = try usable { settings.resolve(definition, &$0) }
    let calls = CallFile(
      path: try ledger.calls(of: definition.name.value),
      patience: definition.totalTimeout,
      longest: (definition.limits.map(\.per).max() ?? .zero) / resolved.windowScale,
      clock: clock, report: report)
    var headers = HTTPHeaders()
    for header in resolved.headers { headers.append(name: header.name, value: header.value) }
    if let bearer = resolved.bearer {
      headers.append(name: "Authorization", value: "Bearer " + bearer)
    }
    let client = HTTPClient(
      HTTPClient.Configuration(
        maxConnections: definition.concurrency, allowPlainHTTP: resolved.address.isPlain,
        allowLoopback: resolved.isDevelopment, caFile: resolved.authority,
        proxy: HTTPClient.Configuration.Proxy(resolved.proxy),
        userAgent: "crosswalk/\(Release.version)"))
    return TargetConnection(
      definition: definition,
      wire: HTTPWire(
        client: client, baseURL: resolved.address.text, headers: headers,
        timeout: HTTPRequest.Timeout(
          connect: definition.connectTimeout, total: definition.totalTimeout),
        maxAnswer: definition.maxAnswer, secrets: WireSecrets(resolved.secrets)),
      gate: TargetGate(
        limits: definition.limits, breaker: definition.breaker, retry: definition.retry,
        scale: resolved.windowScale, lead: .milliseconds(20), atOnce: definition.concurrency,
        clock: clock, memory: definition.limits.isEmpty ? nil : calls),
      clock: clock,
      windowScale: resolved.windowScale)
  }

  /// The resolved value; throws everything that is wrong with it.
  private func usable<Resolved>(
    _ resolve: (inout [Diagnostic]) -> Resolved?
  ) throws(OperationFailure) -> Resolved {
    var diagnostics: [Diagnostic] = []
    guard let resolved = resolve(&diagnostics) else {
      throw OperationFailure(.findings, diagnostics)
    }
    return resolved
  }
}

extension TLSSettings {
  fileprivate init(_ resolved: ResolvedPostgres) {
    let mode: Mode =
      switch resolved.mode {
      case .disable: .disable
      case .allow: .allow
      case .prefer: .prefer
      case .require: .require
      case .verifyCA: .verifyCA
      case .verifyFull: .verifyFull
      }
    self.init(mode)
    if let file = resolved.rootCertificate, file != SourceTLS.system { authorities = .file(file) }
    if let certificate = resolved.certificate, let key = resolved.key {
      client = ClientCertificate(
        certificate: certificate, key: key, keyPassword: resolved.keyPassword)
    }
    channelBinding =
      switch resolved.channelBinding {
      case .prefer: .prefer
      case .require: .require
      case .disable: .disable
      }
  }
}

extension HTTPClient.Configuration.Proxy {
  init(_ proxy: ResolvedTarget.Proxy) {
    self =
      switch proxy {
      case .none: .none
      case .environment: .environment
      case .address(let url): .url(url)
      }
  }
}

extension Workspace {
  /// Reads a schema file, which may be at most 1 MiB.
  @Sendable package func readSchema(_ path: String) throws -> [UInt8] {
    do throws(FileReader.Failure) {
      return try reader.bytes(path, 1 << 20)
    } catch {
      switch error {
      case .missing: throw SchemaError("there is no such file")
      case .tooLarge: throw SchemaError("it is larger than 1 MiB")
      case .leadsOut: throw SchemaError("a link on the way to it leads out of the project")
      case .unreadable(let reason): throw SchemaError(reason)
      }
    }
  }
}
