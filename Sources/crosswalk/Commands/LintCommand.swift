import ArgumentParser
import Diagnostics
import Documents
import Engine
import Foundation
import Mappings
import Programs

struct LintCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Checks everything that can be proved without sending.",
    discussion: """
      YAML, model, SQL parameters, expressions, fields against the targets' schemas, references and examples. The \
      types of columns come from the sources' snapshots, which `crosswalk schema pull` writes. \
      Settings and secrets need not be there. Exits with 0 when there is no error (with --strict: nothing at all to say), \
      with 1 otherwise, and with 2 when the project, or a file or folder that is named, is not there.

      Examples:
        crosswalk lint
        crosswalk lint mappings/targets
        crosswalk lint ../other/mappings        another project
        crosswalk lint --format github          for a pull request's checks
        crosswalk lint --strict                 warnings count too: for pull requests
        crosswalk lint --live                   also asks the sources, and says what has moved there
        crosswalk lint --fix                    corrects what needs no thought
        crosswalk lint --fix --dry-run          shows what that would change
        crosswalk lint --explain E203
      """)

  @OptionGroup var project: ProjectOption
  @Argument(help: "Only what concerns these files or folders.", completion: .file())
  var paths: [String] = []
  @Option(help: "text, json, sarif or github.")
  var format: DiagnosticFormat = .text
  @Flag(help: "Also prepare each query on the real source.")
  var live = false
  @Flag(help: "Make the corrections that need no thought, and say which.")
  var fix = false
  @Flag(help: "With --fix: show the corrections and change nothing.")
  var dryRun = false
  @Flag(help: "Warnings count as errors.")
  var strict = false
  @Option(help: ArgumentHelp("Say what a code means.", valueName: "code"))
  var explain: String?

  func validate() throws {
    if dryRun, !fix {
      throw ValidationError("`--dry-run` goes with `--fix`: add it, or leave both out")
    }
  }

  func run() async throws {
    if let explain { return try Self.explain(explain) }
    var place = project.project
    var paths = paths
    if let only = paths.first, paths.count == 1, Workspace.isProject(only) {
      place = only
      paths = []
    }
    if fix { try await correct(place, paths) }
    let (workspace, diagnostics) = try await findings(place, paths)
    let text = render(diagnostics, as: format, colour: Terminal.hasColour)
    Terminal.show(text, on: .standard)
    if diagnostics.isEmpty, format == .text, let workspace {
      let count = workspace.project.mappings.count
      Terminal.print("\(count.counted("mapping")) checked, nothing to say.")
    }
    if workspace == nil { throw Exit.unreadable.code }
    if strict ? !diagnostics.isEmpty : diagnostics.hasErrors { throw Exit.findings.code }
  }

  private func findings(
    _ place: String, _ paths: [String], reading reader: FileReader = .disk
  ) async throws -> (Workspace?, [Diagnostic]) {
    let (workspace, read) = try Workspace.load(place, reading: reader)
    var diagnostics = read
    if let workspace {
      if live {
        let (project, found) = try await OpenProject.open(
          workspace, workspace.project.mappings, clock: SystemClock(), foresees: true)
        diagnostics += found
        if let project { diagnostics += try await LedgerComparison(project).diagnostics }
        for source in workspace.project.sources {
          diagnostics += try await SnapshotComparison(source, of: workspace).diagnostics
        }
      }
      // What the source and its snapshot give occasion to is said once.
      let known = Set(diagnostics)
      diagnostics += Linter.diagnostics(workspace).filter { !known.contains($0) }
    }
    guard !paths.isEmpty else { return (workspace, diagnostics) }
    let chosen = try ChosenPaths(paths, of: workspace, diagnostics)
    return (workspace, diagnostics.filter(chosen.concern))
  }

  /// Corrects until nothing is left that needs no thought, as a mended file may show more; then writes, or shows, it.
  private func correct(_ place: String, _ paths: [String]) async throws {
    var desk = CorrectionDesk()
    for _ in 0..<Self.mostRounds {
      let files = try await findings(place, paths, reading: desk.reader).1.corrected()
      if files.isEmpty { break }
      for file in files { desk.take(file) }
    }
    for file in desk.files {
      if dryRun {
        Terminal.complain(String(file.original.diff(to: file.bytes).dropLast()))
        continue
      }
      do {
        try Data(file.bytes).write(to: URL(filePath: file.original.path))
      } catch {
        throw CommandFailure(
          exit: .unavailable,
          "`\(file.original.path)` cannot be written: \(error.localizedDescription)",
          mend: "check its permissions")
      }
      for fix in file.fixes {
        Terminal.complain("fixed \(fix.range): `\(fix.range.text)` → `\(fix.replacement)`")
      }
    }
  }

  private static let mostRounds = 100

  private static func explain(_ code: String) throws {
    let codes = Linter.codes
    guard let found = codes.first(where: { $0.id.uppercased() == code.uppercased() }) else {
      throw CommandFailure(
        exit: .unreadable, "there is no code `\(code)`",
        mend: closest(to: code.uppercased(), in: codes.map(\.id)).map { "did you mean \($0)?" }
          ?? "docs/diagnostics.md lists them")
    }
    Terminal.print("\(found.id): \(found.title)\n\n\(found.explanation)")
  }
}

extension DiagnosticFormat: ExpressibleByArgument {}

/// Everything that can be said of a project offline.
enum Linter {
  static func diagnostics(
    _ workspace: Workspace
  ) -> [Diagnostic] {
    var compiler = ProgramCompiler(
      project: workspace.project, settings: nil, read: workspace.readSchema)
    var snapshots = SourceSnapshots(of: workspace.project, reading: workspace.reader)
    var diagnostics: [Diagnostic] = []
    let integerIDs = workspace.integerIDs
    let known = Set(workspace.resources.keys)
    for mapping in workspace.project.mappings {
      let columns = snapshots.columns(of: mapping)
      guard let program = compiler.compile(mapping, columns: columns) else { continue }
      diagnostics += ExampleRunner.run(program, integerIDs: integerIDs, known: known)
    }
    return snapshots.diagnostics + compiler.diagnostics + diagnostics
  }

  /// In the order of their numbers.
  static var codes: [Code] {
    (Documents.Codes.all + Mappings.Codes.all + ProgramCodes.all).sorted { $0.id < $1.id }
  }
}
