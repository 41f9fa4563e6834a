import Diagnostics
import Engine
import Foundation
import Mappings
import Programs

/// The result of one part of `check`.
public struct CheckLine: Sendable, Hashable {
  public var subject: String
  /// Whether it belongs to the subject before it.
  public var isPart = false
  public var words: String
  public var remedy: String?
  public var standing = ResourceCheck.Line.Standing.good
  /// What a bad line says of the exit: whether a file is to be corrected, or a system could not be used.
  var kind = OperationFailure.Kind.unavailable
}

extension CheckLine {
  fileprivate init(_ subject: String, _ failure: OperationFailure) {
    self.init(
      subject: subject,
      words: failure.findings.isEmpty
        ? failure.message
        : render(failure.findings, as: .text).trimmingCharacters(in: .newlines),
      remedy: failure.remedy, standing: .bad)
  }
}

extension Operations {
  /// Reaches every source and target, reads a few rows of each mapping, and tries the reading calls. Nothing is written.
  ///
  /// Reports each line as soon as it is known. Returns `nil` when all are good; else what kind of failure the worst is:
  /// `unavailable` if a system could not be used, `findings` if only files need corrections.
  public func check() async throws(OperationFailure) -> OperationFailure.Kind? {
    try await failing {
      let workspace = try workspace()
      var compiler = ProgramCompiler(
        project: workspace.project, settings: workspace.settings, read: workspace.readSchema)
      var worst: OperationFailure.Kind?
      func tell(_ line: CheckLine) {
        if line.standing == .bad {
          worst = line.kind == .findings && worst != .unavailable ? .findings : .unavailable
        }
        environment.report(.checked(line))
      }
      for definition in workspace.project.sources {
        try await check(definition, workspace, &compiler, tell)
      }
      for definition in workspace.project.targets {
        try await check(definition, workspace, &compiler, tell)
      }
      return worst
    }
  }

  private func check(
    _ definition: SourceDefinition, _ workspace: Workspace, _ compiler: inout ProgramCompiler,
    _ tell: (CheckLine) -> Void
  ) async throws {
    let subject = "source \(definition.name.value)"
    do {
      let source = try workspace.source(definition, stop: stop)
      let found = try await source.check()
      tell(CheckLine(subject: subject, words: found.words, remedy: found.remedy))
      let comparison = try await SnapshotComparison(definition, of: workspace, stop: stop)
      for mapping in workspace.mappings(reading: definition) {
        try stop.check()
        let extract = Extract(of: mapping, parameters: compiler.parameters(of: mapping))
        tell(await check(mapping, extract, source, comparison))
      }
    } catch let failure as SourceFailure {
      try stop.check()
      tell(
        CheckLine(
          subject: subject, words: failure.message, remedy: failure.remedy, standing: .bad))
    } catch let failure as OperationFailure {
      try stop.check()
      tell(CheckLine(subject, failure))
    }
  }

  private func check(
    _ mapping: MappingDefinition, _ extract: Extract, _ source: any LiveSource,
    _ comparison: SnapshotComparison
  ) async -> CheckLine {
    let subject = "mapping \(mapping.name.value)"
    do throws(SourceFailure) {
      let rows = try await source.sample(extract)
      let (words, remedy) = comparison.words(of: mapping)
      return CheckLine(
        subject: subject, isPart: true,
        words: (rows == 0 ? "no rows" : "\(rows.counted("row")) read") + ", \(words)",
        remedy: rows == 0 && mapping.query != nil
          ? "is the table empty, or does row security hide it from this login?" : remedy)
    } catch {
      return CheckLine(
        subject: subject, isPart: true, words: error.message, remedy: error.remedy, standing: .bad,
        kind: error.kind == .extract ? .findings : .unavailable)
    }
  }

  private func check(
    _ definition: TargetDefinition, _ workspace: Workspace, _ compiler: inout ProgramCompiler,
    _ tell: (CheckLine) -> Void
  ) async throws {
    let subject = "target \(definition.name.value)"
    do {
      var target = try workspace.target(definition, clock: clock)
      target.stop = stop
      let gate = target.gate
      stop.watch { gate.interrupt($0) }
      let (isGood, words, remedy) = try await target.check()
      tell(
        CheckLine(subject: subject, words: words, remedy: remedy, standing: isGood ? .good : .bad))
      guard isGood else { return }
      for resource in definition.resources {
        let check = ResourceCheck(
          resource, matches: compiler.matches(of: resource, at: definition), target: target)
        for tried in try await check.run() {
          tell(
            CheckLine(
              subject: tried.subject, isPart: true, words: tried.words, remedy: tried.remedy,
              standing: tried.standing))
        }
        if target.gate.stopped != nil { break }
      }
    } catch let failure as OperationFailure {
      tell(CheckLine(subject, failure))
    }
  }
}
