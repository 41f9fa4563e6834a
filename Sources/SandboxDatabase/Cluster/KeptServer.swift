import Foundation

/// A server in a folder that outlives whoever started it.
struct KeptServer {
  let folder: URL
  let programs: ServerPrograms

  /// Starts the server unless it runs, and returns its port. Blocks: to be called on a thread of one's own.
  func start(tryingPorts ports: [Int]) throws(ClusterError) -> Int {
    let (status, output) = try run(Self.start, ports.map(String.init).joined(separator: " "))
    let last = output.split(separator: "\n").last ?? ""
    guard status == 0, last.hasPrefix("ready "), let port = Int(last.dropFirst(6)) else {
      throw ClusterError(
        code: .startFailed, message: "PostgreSQL did not start in \(folder.path): \(output)",
        remedy: "its own words above name the cause")
    }
    return port
  }

  /// Stops the server; returns when it has written everything down.
  func stop() throws(ClusterError) {
    guard
      FileManager.default.fileExists(atPath: folder.appending(path: "private.conf").path)
    else {
      throw ClusterError(
        code: .folderUnusable, message: "\(folder.path) is not the folder of such a server",
        remedy: "name the folder that --keep was given")
    }
    let (status, output) = try run(Self.stop, "")
    guard status == 0 else {
      throw ClusterError(
        code: .startFailed, message: "PostgreSQL did not stop in \(folder.path): \(output)",
        remedy: "its own words above name the cause")
    }
  }

  private func run(
    _ script: String, _ ports: String
  ) throws(ClusterError) -> (status: Int32, output: String) {
    let process = Process()
    // A session of its own: an interrupt is not meant for the server.
    process.executableURL = URL(filePath: "/usr/bin/setsid")
    process.arguments =
      ["--wait", "/bin/bash", "-c", script, "keeper", folder.path, programs.folder.path, ports]
      + programs.prefix
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
    process.standardInput = FileHandle.nullDevice
    do {
      // A file, not a pipe: the server would hold the pipe open, and whoever reads it would wait for the server's end.
      let file = folder.appending(path: "outcome.log")
      try Data().write(to: file)
      let output = try FileHandle(forWritingTo: file)
      defer { output.closeFile() }
      process.standardOutput = output
      process.standardError = output
      try process.run()
      process.waitUntilExit()
      let text = try Data(contentsOf: file)
      return (
        process.terminationStatus,
        String(decoding: text, as: UTF8.self).trimmingCharacters(in: .newlines)
      )
    } catch {
      throw ClusterError(
        code: .startFailed, message: "the server's programs could not be run: \(error)",
        remedy: "install util-linux, which has setsid")
    }
  }

  /// Arguments: the folder, the programs' folder, ports to try, then the words before a program. The server must not hold
  /// what Foundation uses to notice this script's end.
  private static let start = #"""
    for file in /proc/$$/fd/*; do
      number=${file##*/}
      if [ "$number" -gt 2 ]; then eval "exec $number>&-"; fi
    done
    folder=$1 programs=$2 ports=$3
    shift 3
    cd "$folder" || exit 1
    if "$@" "$programs/pg_ctl" -D "$folder/data" status >/dev/null 2>&1; then
      echo "ready $(sed -n 4p data/postmaster.pid)"
      exit 0
    fi
    if [ ! -e data/PG_VERSION ]; then
      "$@" "$programs/initdb" -D "$folder/data" -U postgres -A trust --encoding=UTF8 \
        --locale=C.UTF-8 --no-sync >start.log 2>&1 || { cat start.log; exit 1; }
      echo "include '../private.conf'" >>data/postgresql.conf
    fi
    for port in $ports; do
      if "$@" "$programs/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/server.log" \
        -o "-p $port" start >start.log 2>&1
      then
        echo "ready $port"
        exit 0
      fi
    done
    cat start.log server.log
    exit 1
    """#

  private static let stop = #"""
    folder=$1 programs=$2
    shift 3
    cd "$folder" || exit 1
    "$@" "$programs/pg_ctl" -D "$folder/data" status >/dev/null 2>&1 || exit 0
    "$@" "$programs/pg_ctl" -D "$folder/data" -w -m fast stop 2>&1
    """#
}
