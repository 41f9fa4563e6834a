import Foundation
import Synchronization

/// The shell process that starts a server, waits while its owner lives, then stops and removes it.
///
/// It waits by reading a pipe whose other end only the owner holds. The kernel closes that end
/// however the owner dies, so a killed or crashed owner leaves neither server nor folder behind.
/// Stopping on purpose closes the same pipe: there is one way down, and every run takes it.
final class ServerKeeper: Sendable {
  let port: Int
  private let reports: Int32
  private let lifeline: Mutex<Lifeline>

  private struct Lifeline {
    var held: Int32?
  }

  /// Starts a server in `folder`, which must exist and be the server account's own.
  ///
  /// Blocks for as long as the server takes to start: to be called on a thread of one's own.
  init(folder: URL, programs: ServerPrograms, ports: [Int]) throws(ClusterError) {
    let input = Pipe()
    let output = Pipe()
    let process = Process()
    // A session of its own keeps signals meant for the owner's whole process group away.
    process.executableURL = URL(filePath: "/usr/bin/setsid")
    process.arguments =
      [
        "--wait", "/bin/sh", "-c", Self.script, "keeper", folder.path, programs.folder.path,
        ports.map(String.init).joined(separator: " "),
      ] + programs.prefix
    process.environment = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"]
    process.standardInput = input
    process.standardOutput = output
    process.standardError = output

    // Descriptors of our own: those of a `Pipe` close when the object goes.
    let lifeline = fcntl(input.fileHandleForWriting.fileDescriptor, F_DUPFD_CLOEXEC, 3)
    let reports = fcntl(output.fileHandleForReading.fileDescriptor, F_DUPFD_CLOEXEC, 3)
    do {
      try process.run()
      try input.fileHandleForWriting.close()
      try output.fileHandleForReading.close()
    } catch {
      close(lifeline)
      close(reports)
      throw ClusterError(
        code: .startFailed, message: "the keeper of the server did not start: \(error)",
        remedy: "install util-linux, which has setsid")
    }

    let firstLine = Self.readLine(from: reports)
    guard firstLine.hasPrefix("ready "), let port = Int(firstLine.dropFirst(6)) else {
      close(lifeline)
      let rest = Self.readAll(from: reports)
      close(reports)
      throw ClusterError(
        code: .startFailed, message: "PostgreSQL did not start: \(firstLine) \(rest)",
        remedy: "its own words above name the cause")
    }
    self.port = port
    self.reports = reports
    self.lifeline = Mutex(Lifeline(held: lifeline))
  }

  deinit {
    letGo()
    close(reports)
  }

  /// Stops the server and removes its folder; returns when both are gone, which may block.
  func stop() {
    letGo()
    _ = Self.readAll(from: reports)
  }

  private func letGo() {
    lifeline.withLock { lifeline in
      if let held = lifeline.held { close(held) }
      lifeline.held = nil
    }
  }

  /// Arguments: the folder, the programs' folder, ports to try, then the words before a program.
  ///
  /// A port that was free a moment ago may be taken by now, so several are tried.
  private static let script = #"""
    trap '' HUP INT TERM PIPE
    folder=$1 programs=$2 ports=$3
    shift 3
    cd "$folder" || exit 1
    ready=
    if "$@" "$programs/initdb" -D "$folder/data" -U postgres -A trust --encoding=UTF8 \
      --locale=C.UTF-8 --no-sync >start.log 2>&1
    then
      echo "include '../private.conf'" >>data/postgresql.conf
      for port in $ports; do
        if "$@" "$programs/pg_ctl" -D "$folder/data" -w -t 60 -l "$folder/server.log" \
          -o "-p $port" start >start.log 2>&1
        then
          ready=yes
          echo "ready $port"
          read -r _
          break
        fi
      done
    fi
    if [ -z "$ready" ]; then
      echo failed
      cat start.log server.log 2>&1
    fi
    "$@" "$programs/pg_ctl" -D "$folder/data" -w -m immediate stop >/dev/null 2>&1
    cd / && rm -rf "$folder"
    """#

  private static func readLine(from descriptor: Int32) -> String {
    var line: [UInt8] = []
    var byte: UInt8 = 0
    while readRetrying(descriptor, &byte, 1) == 1, byte != UInt8(ascii: "\n") { line.append(byte) }
    return String(decoding: line, as: UTF8.self)
  }

  private static func readAll(from descriptor: Int32) -> String {
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
      let count = readRetrying(descriptor, &buffer, buffer.count)
      if count <= 0 { return String(decoding: all, as: UTF8.self) }
      all += buffer[..<count]
    }
  }

  private static func readRetrying(
    _ descriptor: Int32, _ bytes: UnsafeMutableRawPointer, _ count: Int
  ) -> Int {
    while true {
      let got = read(descriptor, bytes, count)
      if got >= 0 || errno != EINTR { return got }
    }
  }
}
