import Diagnostics
import Documents
import Engine
import Foundation
import Mappings
import Programs
import Rows

/// What a source currently says about its mappings' queries and the tables that they use.
struct LiveSnapshot {
  let snapshot: SourceSnapshot
  /// Findings for the queries that the source refuses, at their places in the files.
  let refused: [Diagnostic]

  /// Asks a source. With `recorded`, it describes that snapshot's tables instead of those that the queries use.
  ///
  /// - Throws: `OperationFailure` when the source cannot be reached or a setting is missing.
  static func pull(
    _ definition: SourceDefinition, of workspace: Workspace, recorded: SourceSnapshot? = nil,
    stop: StopSignal
  ) async throws(OperationFailure) -> LiveSnapshot {
    let source = try workspace.source(definition, stop: stop)
    let compiler = ProgramCompiler(
      project: workspace.project, settings: workspace.settings, read: workspace.readSchema)
    let mappings = workspace.mappings(reading: definition)
    let extracts = mappings.map { mapping in
      Extract(of: mapping, parameters: compiler.parameters(of: mapping))
    }
    let survey: SourceSurvey
    do {
      survey = try await source.survey(
        extracts,
        tables: recorded?.tables.map { SurveyedTable(name: $0.name.value, columns: $0.columns) })
    } catch {
      throw OperationFailure(
        .unavailable, "the source \(error.source) cannot be read: \(error.message)",
        remedy: error.remedy)
    }
    // Nothing that was asked for is in a file yet.
    let folder = definition.snapshotFolder
    let nowhere = SourceRange(file: SourceFile(path: folder, bytes: []), start: 0, end: 0)
    var found: [QuerySnapshot] = []
    var refused: [Diagnostic] = []
    for (mapping, answer) in zip(mappings, survey.extracts) {
      switch answer {
      case .success(let columns):
        found.append(
          QuerySnapshot(
            mapping: mapping.name,
            fingerprint: Located(mapping.extract.fingerprint, at: nowhere), columns: columns))
      case .failure(let error):
        refused.append(
          .refused(error.message, mapping.extract, offset: error.offset, hint: error.remedy))
      }
    }
    let tables = survey.tables.map { table in
      TableSnapshot(name: Located(table.name, at: nowhere), columns: table.columns)
    }
    return LiveSnapshot(
      snapshot: SourceSnapshot(folder: folder, queries: found, tables: tables), refused: refused)
  }
}

extension Workspace {
  func mappings(reading source: SourceDefinition) -> [MappingDefinition] {
    project.mappings.filter { $0.source.value == source.name.value }
  }
}

/// The files of a snapshot that differ from those on disk.
public struct SnapshotChanges: Sendable {
  public struct Change: Sendable {
    public let path: String
    /// `nil` where the file is to be removed.
    public let text: String?
    let before: String?

    /// `new`, `changed` or `removed`, and the lines that differ.
    public var words: String {
      let old = before?.split(separator: "\n") ?? []
      let new = text?.split(separator: "\n") ?? []
      let kind = before == nil ? "new" : text == nil ? "removed" : "changed"
      guard before != nil, text != nil else { return "\(kind) \(path)" }
      let lines =
        old.filter { !new.contains($0) }.map { "  - \($0.drop { $0 == " " })" }
        + new.filter { !old.contains($0) }.map { "  + \($0.drop { $0 == " " })" }
      return (["\(kind) \(path)"] + lines).joined(separator: "\n")
    }
  }

  public private(set) var changes: [Change] = []

  /// Files without the snapshot's heading are not its own, and are left alone.
  init(
    of snapshot: SourceSnapshot, reading reader: FileReader
  ) throws(OperationFailure) {
    var kept: Set<String> = []
    for file in snapshot.files {
      let path = "\(snapshot.folder)/\(file.path)"
      kept.insert(path)
      let before = try Self.text(path, reader)
      if before != file.text { changes.append(Change(path: path, text: file.text, before: before)) }
    }
    for folder in ["queries", "tables"] {
      let names = try Self.names(in: "\(snapshot.folder)/\(folder)", reader)
      for name in names.sorted() where name.hasSuffix(".yaml") {
        let path = "\(snapshot.folder)/\(folder)/\(name)"
        guard !kept.contains(path), let before = try Self.text(path, reader),
          before.hasPrefix(SourceSnapshot.heading)
        else { continue }
        changes.append(Change(path: path, text: nil, before: before))
      }
    }
  }

  public func write() throws(OperationFailure) {
    for change in changes {
      let url = URL(fileURLWithPath: change.path)
      do {
        if let text = change.text {
          try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
          try Data(text.utf8).write(to: url, options: .atomic)
        } else {
          try FileManager.default.removeItem(at: url)
        }
      } catch {
        throw OperationFailure(
          .unavailable, "\(change.path) cannot be written: \(error.localizedDescription)")
      }
    }
  }

  /// The entries of a folder; empty when it does not exist yet.
  private static func names(
    in folder: String, _ reader: FileReader
  ) throws(OperationFailure) -> [String] {
    do throws(FileReader.Failure) {
      return try reader.entries(folder).map(\.name)
    } catch .missing {
      return []
    } catch {
      throw OperationFailure(
        .unreadable, [.unreadable(folder, because: error, what: "folder")])
    }
  }

  /// Existing text is shown where it differs, so it must be a file of the project.
  private static func text(
    _ path: String, _ reader: FileReader
  ) throws(OperationFailure) -> String? {
    do throws(FileReader.Failure) {
      return String(decoding: try reader.bytes(path, Document.largestFile), as: UTF8.self)
    } catch .missing {
      return nil
    } catch {
      throw OperationFailure(.unreadable, [.unreadable(path, because: error, what: "file")])
    }
  }
}
