import Programs

/// A mapping that cannot run, since no program could be made of it.
public struct InvalidMapping: Sendable, Hashable {
  public var name: String
  public var target: String
  /// What is wrong, one line each, with its place in the file.
  public var problems: [String]

  public init(name: String, target: String, problems: [String]) {
    self.name = name
    self.target = target
    self.problems = problems
  }

  var report: MappingReport {
    var report = MappingReport(mapping: name, target: target)
    report.status = .invalid
    report.message = "does not compile; the other mappings go on"
    report.remedy = "correct it; `crosswalk lint --live` shows what is wrong"
    report.problems = problems
    return report
  }

  /// The programs that cannot run because of these mappings, each with the name of the one it waits for: those that link to
  /// one of them, or come `after` it, and in turn those that depend on those.
  public static func dependants(
    of invalid: [InvalidMapping], among programs: [MappingProgram]
  ) -> [String: String] {
    var stopped = Set(invalid.map(\.name))
    var causes: [String: String] = [:]
    var goesOn = true
    while goesOn {
      goesOn = false
      for program in programs where causes[program.name] == nil {
        guard let cause = program.dependencies.first(where: stopped.contains) else { continue }
        causes[program.name] = cause
        stopped.insert(program.name)
        goesOn = true
      }
    }
    return causes
  }
}

extension MappingReport {
  /// Of a mapping that is not begun since another cannot run.
  init(_ program: MappingProgram, dependingOn cause: String) {
    self.init(mapping: program.name, target: program.targetName)
    status = .invalid
    message = "not begun: it depends on `\(cause)`, which cannot run"
    remedy = "correct `\(cause)` first"
  }
}
