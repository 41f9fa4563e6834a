import ArgumentParser
import Foundation
import SandboxDatabase
import Signals

struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "database",
    abstract: "A sample Viewpoint in a private PostgreSQL, to play with.",
    discussion: """
      Without --keep the server runs until it is interrupted, and leaves nothing behind. With --keep the server and its \
      data stay in the folder and outlive this command; the same command starts it again after a restart of the machine.

      Examples:
        crosswalk-sandbox database
        crosswalk-sandbox database --keep viewpoint --size tiny
        crosswalk-sandbox database --stop viewpoint      the data stay in the folder
      """)

  @Option(
    help: ArgumentHelp(
      "Leave the server running, with its data in this folder.", valueName: "folder"))
  var keep: String?
  @Option(
    help: ArgumentHelp("Stop the server that --keep left in this folder.", valueName: "folder"))
  var stop: String?
  @Option(help: "tiny, mid or large: about 12, 1,800 or 12,000 employees of several companies.")
  var size: DatabaseSize = .mid
  @Option(help: "The seed of the sample data.")
  var seed: UInt64 = 7

  func validate() throws {
    if keep != nil, stop != nil { throw ValidationError("give --keep or --stop, not both") }
  }

  func run() async throws {
    do {
      if let stop {
        try await PrivateCluster.stopKept(in: URL(filePath: stop).standardizedFileURL)
        Screen.print("stopped; the data stay in \(stop)")
      } else if let keep {
        try await leave(in: URL(filePath: keep).standardizedFileURL)
      } else {
        try await lend()
      }
    } catch let error as ClusterError {
      throw SandboxFailure(error)
    }
  }

  private func lend() async throws {
    let cluster = try await PrivateCluster.start()
    do {
      let viewpoint = try await InventedViewpoint.create(in: cluster, size: size, seed: seed)
      Screen.print(
        (way(to: cluster, viewpoint.database) + ["", "interrupt to stop"]).joined(separator: "\n"))
      _ = await Interruption.wait()
    } catch {
      await cluster.stop()
      throw error
    }
    await cluster.stop()
  }

  private func leave(in folder: URL) async throws {
    let cluster = try await PrivateCluster.keep(in: folder)
    let database = InventedViewpoint.usualDatabase
    let isThere = try await cluster.holds(database: database)
    if !isThere {
      _ = try await InventedViewpoint.create(
        in: cluster, database: database, size: size, seed: seed)
    }
    Screen.print(
      ([isThere ? "The data are those that were there." : "The data are new (\(size.rawValue))."]
        + way(to: cluster, database) + [
          "", "To stop the server:",
          "  crosswalk-sandbox database --stop \(Settings.word(folder.path))",
          "To remove it, stop it and delete the folder.",
        ]).joined(separator: "\n"))
  }

  /// How mappings and people reach the database.
  private func way(to cluster: PrivateCluster, _ database: String) -> [String] {
    let reader = InventedViewpoint.reader
    return [
      "PostgreSQL listens on \(cluster.host), port \(cluster.port).", "",
      "To let the mappings read there, in another shell:",
      Settings.export([
        ("VIEWPOINT_HOST", cluster.host), ("VIEWPOINT_PORT", String(cluster.port)),
        ("VIEWPOINT_DATABASE", database), ("VIEWPOINT_USER", reader),
        ("VIEWPOINT_PASSWORD", "reader"),
        ("CROSSWALK_DEVELOPMENT", "true"),
      ]),
      "To look at it, or to change something:",
      "  psql -h \(cluster.host) -p \(cluster.port) -U \(cluster.superuser) \(database)",
    ]
  }
}

extension DatabaseSize: ExpressibleByArgument {}
