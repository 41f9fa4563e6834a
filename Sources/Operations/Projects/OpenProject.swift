import Diagnostics
import Engine
import Mappings
import Programs
import Rows

/// A project whose mappings have been checked against their live sources, ready to be planned or run.
struct OpenProject {
  let workspace: Workspace
  let programs: [MappingProgram]
  /// Mappings that do not compile.
  let invalid: [InvalidMapping]
  let sources: [String: any LiveSource]
  let targets: [String: TargetConnection]

  /// All mappings that were to be worked on.
  var names: [String] { programs.map(\.name) + invalid.map(\.name) }

  /// The targets, with their calls timed.
  func targets(timedBy times: StageTimes) -> [String: TargetConnection] {
    targets.mapValues { target in
      var target = target
      target.times = times
      return target
    }
  }

  /// Asks the sources for the columns of each query and compiles the mappings against them.
  ///
  /// A mapping that does not compile is among the ``invalid`` ones. There is no project where an error concerns more than
  /// single mappings, such as one in a target's file.
  ///
  /// - Throws: `OperationFailure` when a source cannot be reached or a setting is missing.
  static func open(
    _ workspace: Workspace, _ mappings: [MappingDefinition], clock: any Timekeeper,
    stop: StopSignal, foresees: Bool = false
  ) async throws -> (project: OpenProject?, diagnostics: [Diagnostic]) {
    var compiler = ProgramCompiler(
      project: workspace.project, settings: workspace.settings, foresees: foresees,
      read: workspace.readSchema)
    var sources: [String: any LiveSource] = [:]
    for definition in workspace.project.sources
    where mappings.contains(where: { $0.source.value == definition.name.value }) {
      sources[definition.name.value] = try workspace.source(definition, stop: stop)
    }
    var programs: [MappingProgram] = []
    var diagnostics: [Diagnostic] = []
    for mapping in mappings {
      guard let source = sources[mapping.source.value] else { continue }
      try stop.check()
      let program = try await compile(mapping, source, &compiler, &diagnostics, stop)
      if let program { programs.append(program) }
    }
    diagnostics += compiler.diagnostics
    let invalid = mappings.compactMap { mapping -> InvalidMapping? in
      let problems = diagnostics.filter { $0.isError(in: mapping) }
      guard !problems.isEmpty || !programs.contains(where: { $0.name == mapping.name.value })
      else { return nil }
      return InvalidMapping(
        name: mapping.name.value, target: mapping.target.value, problems: problems.map(\.line))
    }
    programs.removeAll { program in invalid.contains { $0.name == program.name } }
    let concernsAll = diagnostics.contains { finding in
      finding.severity == .error && !mappings.contains { finding.isError(in: $0) }
    }
    guard !concernsAll else { return (nil, diagnostics) }
    var targets: [String: TargetConnection] = [:]
    for definition in workspace.project.targets
    where mappings.contains(where: { $0.target.value == definition.name.value }) {
      targets[definition.name.value] = try workspace.target(definition, clock: clock)
    }
    return (
      OpenProject(
        workspace: workspace, programs: programs, invalid: invalid, sources: sources,
        targets: targets),
      diagnostics
    )
  }
}

extension OpenProject {
  /// The program of a mapping against its source's columns; `nil`, with the reasons, when it does not compile.
  private static func compile(
    _ mapping: MappingDefinition, _ source: any LiveSource, _ compiler: inout ProgramCompiler,
    _ diagnostics: inout [Diagnostic], _ stop: StopSignal
  ) async throws -> MappingProgram? {
    let extract = Extract(of: mapping, parameters: compiler.parameters(of: mapping))
    do throws(SourceFailure) {
      return compiler.compile(mapping, columns: try await source.describe(extract))
    } catch {
      try stop.check()
      guard error.kind == .extract else {
        throw OperationFailure(
          .unavailable, "the source \(error.source) cannot be read: \(error.message)",
          remedy: error.remedy)
      }
      // What can be said without the source, such as a parameter that is not declared, is said better by the compiler.
      let known = compiler.diagnostics.count
      _ = compiler.compile(mapping, columns: nil)
      if !compiler.diagnostics.dropFirst(known).contains(where: {
        $0.severity == .error && ProgramCodes.concernsQuery($0.code)
      }) {
        diagnostics.append(
          .refused(error.message, mapping.extract, offset: error.offset, hint: error.remedy))
      }
      return nil
    }
  }
}

extension Diagnostic {
  /// The finding in one line, with its place.
  fileprivate var line: String {
    let place = range.map { range in
      let position = range.file.position(at: range.start)
      return "\(range.file.path):\(position.line):\(position.column): "
    }
    return (place ?? "") + "\(severity.rawValue)[\(code.id)]: \(message)"
  }
}

extension OpenProject {
  /// What a command that works on these mappings must hold: where it leaves out whole targets, only its own, so that other
  /// commands may write to those at the same time.
  var leaseScope: LeaseScope {
    let names = Set(programs.map(\.targetName) + invalid.map(\.target))
    let others = workspace.project.mappings.contains { !names.contains($0.target.value) }
    return others && !names.isEmpty ? .targets(names) : .project
  }
}
