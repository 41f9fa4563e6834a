import ArgumentParser
import Diagnostics
import Operations

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
    if let only = paths.first, paths.count == 1, Operations.isProject(only) {
      place = only
      paths = []
    }
    let request = LintRequest(paths, live: live)
    if fix { try await correct(place, request) }
    let result = try await Door.open(place) { try await $0.lint(request) }
    Terminal.show(render(result.findings, as: format, colour: Terminal.hasColour), on: .standard)
    if result.findings.isEmpty, format == .text, let count = result.mappings {
      Terminal.print("\(count.counted("mapping")) checked, no problems found.")
    }
    if result.mappings == nil { throw Exit.findings.code }
    if strict ? !result.findings.isEmpty : result.findings.hasErrors {
      throw Exit.findings.code
    }
  }

  private func correct(_ place: String, _ request: LintRequest) async throws {
    let writes = !dryRun
    let files = try await Door.open(place) { try await $0.correct(request, writes: writes) }
    for file in files {
      if dryRun {
        Terminal.complain(String(file.difference.dropLast()))
        continue
      }
      for fix in file.fixes {
        Terminal.complain("fixed \(fix.range): `\(fix.range.text)` → `\(fix.replacement)`")
      }
    }
  }

  private static func explain(_ code: String) throws {
    let codes = Linter.codes
    guard let found = codes.first(where: { $0.id.uppercased() == code.uppercased() }) else {
      throw OperationFailure(
        .unreadable, "there is no code `\(code)`",
        remedy: closest(to: code.uppercased(), in: codes.map(\.id)).map { "did you mean \($0)?" }
          ?? "docs/diagnostics.md lists them")
    }
    Terminal.print("\(found.id): \(found.title)\n\n\(found.explanation)")
  }
}

extension DiagnosticFormat: ExpressibleByArgument {}
