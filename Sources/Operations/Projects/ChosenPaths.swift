import Diagnostics
import Foundation
import Mappings
import Programs

/// The files and folders that a command was asked to look at, however they were written: with `./`, `..`, doubled
/// slashes, absolute, or through links.
struct ChosenPaths {
  private let chosen: [String]

  /// - Throws: `OperationFailure` for a path that does not exist, or contains nothing of the project.
  init(
    _ paths: [String], of workspace: Workspace?, _ diagnostics: [Diagnostic]
  ) throws(OperationFailure) {
    let known = workspace.map { Self.files(of: $0) } ?? []
    let blamed = diagnostics.compactMap(\.range).map { Self.real($0.file.path) }
    var chosen: [String] = []
    for path in paths {
      let real = Self.real(path)
      guard FileManager.default.fileExists(atPath: path),
        workspace == nil || (known + blamed).contains(where: { Self.is($0, in: real) })
      else {
        let near = closest(to: path.tidiedPath, in: workspace?.files.map(\.path) ?? [])
        throw OperationFailure(
          .unreadable, "there is no such file in this project: `\(path)`",
          remedy: near.map { "did you mean `\($0)`?" }
            ?? "paths count from the folder where the command runs; name another project with `--project`"
        )
      }
      chosen.append(real)
    }
    self.chosen = chosen
  }

  /// A finding without a file concerns every file.
  func concern(_ diagnostic: Diagnostic) -> Bool {
    guard let path = diagnostic.range?.file.path else { return true }
    let real = Self.real(path)
    return chosen.contains { Self.is(real, in: $0) }
  }

  /// Everything that is read: the project's files, the targets' schemas, the sources' snapshots.
  private static func files(of workspace: Workspace) -> [String] {
    var paths = workspace.files.map(\.path)
    for target in workspace.project.targets {
      for resource in target.resources {
        for schema in [resource.createSchema, resource.updateSchema].compactMap(\.self) {
          paths.append(target.file.path.directory + "/" + schema.value)
        }
      }
    }
    for source in workspace.project.sources {
      for folder in ["queries", "tables"] {
        let inside = "\(source.snapshotFolder)/\(folder)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: inside)) ?? []
        paths += names.map { "\(inside)/\($0)" }
      }
    }
    return paths.map(real)
  }

  private static func real(_ path: String) -> String {
    URL(filePath: path).standardizedFileURL.resolvingSymlinksInPath().path
  }

  private static func `is`(_ path: String, in folder: String) -> Bool {
    path == folder || path.hasPrefix(folder == "/" ? folder : folder + "/")
  }
}
