import Diagnostics
import Documents
import Engine
import Foundation
import Mappings
import Programs

public struct LintRequest: Sendable {
  /// Only what concerns these files or folders; empty for everything.
  public var paths: [String] = []
  /// Whether the sources and the ledger are asked too.
  public var live = false

  public init(_ paths: [String] = [], live: Bool = false) {
    self.paths = paths
    self.live = live
  }
}

public struct LintResult: Sendable {
  public var findings: [Diagnostic]
  /// How many mappings were checked; `nil` when there is no project to check.
  public var mappings: Int?
}

/// A file that needs corrections, or has received them.
public struct CorrectedText: Sendable {
  public let path: String
  /// What changes, line by line.
  public let difference: String
  public let fixes: [Diagnostic.Fix]
}

extension Operations {
  /// Everything that can be proved about the project without sending.
  public func lint(_ request: LintRequest) async throws(OperationFailure) -> LintResult {
    try await failing { try await findings(request, reading: .disk) }
  }

  /// Applies every safe correction, repeatedly: a corrected file may show more.
  ///
  /// - Parameter writes: Whether the files are written; otherwise the corrections are only shown.
  public func correct(
    _ request: LintRequest, writes: Bool
  ) async throws(OperationFailure) -> [CorrectedText] {
    try await failing {
      var desk = CorrectionDesk()
      for _ in 0..<100 {
        let files = try await findings(request, reading: desk.reader).findings.corrected()
        if files.isEmpty { break }
        for file in files { desk.take(file) }
      }
      return try desk.files.map { file in
        if writes { try file.write() }
        return CorrectedText(
          path: file.original.path, difference: file.original.diff(to: file.bytes),
          fixes: file.fixes)
      }
    }
  }

  private func findings(
    _ request: LintRequest, reading reader: FileReader
  ) async throws -> LintResult {
    let (workspace, read) = try Workspace.load(
      project, environment: environment.variables, reading: reader)
    var findings = read
    if let workspace {
      let offline = Linter.check(workspace)
      if request.live {
        findings += try await liveFindings(workspace)
      } else {
        findings += try await LedgerComparison(workspace, offline.programs).diagnostics
      }
      // Findings about the source and its snapshot are reported once.
      let known = Set(findings)
      findings += offline.diagnostics.filter { !known.contains($0) }
    }
    if !request.paths.isEmpty {
      let chosen = try ChosenPaths(request.paths, of: workspace, findings)
      findings = findings.filter(chosen.concern)
    }
    return LintResult(findings: findings, mappings: workspace?.project.mappings.count)
  }

  /// Findings from the sources and the ledger.
  private func liveFindings(_ workspace: Workspace) async throws -> [Diagnostic] {
    let (project, found) = try await OpenProject.open(
      workspace, workspace.project.mappings, clock: clock, stop: stop, foresees: true)
    var findings = found
    if let project {
      findings += try await LedgerComparison(workspace, project.programs).diagnostics
    }
    for source in workspace.project.sources {
      try stop.check()
      findings += try await SnapshotComparison(source, of: workspace, stop: stop).diagnostics
    }
    return findings
  }

  /// Whether a path names a project, by its folder.
  public static func isProject(_ path: String) -> Bool { Workspace.isProject(path) }
}

extension CorrectionDesk.File {
  fileprivate func write() throws(OperationFailure) {
    do {
      try Data(bytes).write(to: URL(filePath: original.path))
    } catch {
      throw OperationFailure(
        .unavailable, "`\(original.path)` cannot be written: \(error.localizedDescription)",
        remedy: "check its permissions")
    }
  }
}

/// Everything that can be found in a project offline.
public enum Linter {
  static func check(
    _ workspace: Workspace
  ) -> (programs: [MappingProgram], diagnostics: [Diagnostic]) {
    var compiler = ProgramCompiler(
      project: workspace.project, settings: nil, read: workspace.readSchema)
    var snapshots = SourceSnapshots(of: workspace.project, reading: workspace.reader)
    let integerIDs = workspace.integerIDs
    let known = Set(workspace.resources.keys)
    let programs = compiler.compile(
      workspace.project.mappings.map { ($0, snapshots.columns(of: $0)) })
    let examples = programs.mapSideBySide {
      ExampleRunner.run($0, integerIDs: integerIDs, known: known)
    }
    return (programs, snapshots.diagnostics + compiler.diagnostics + examples.joined())
  }

  /// In the order of their numbers.
  public static var codes: [Code] {
    (Documents.Codes.all + Mappings.Codes.all + ProgramCodes.all).sorted { $0.id < $1.id }
  }
}
