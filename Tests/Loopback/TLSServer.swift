import Foundation

/// Runs a command line and gives its output.
package func shell(_ line: String, in folder: URL? = nil) throws -> [UInt8] {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/bin/sh")
  process.arguments = ["-ec", line]
  process.currentDirectoryURL = folder
  let output = Pipe()
  process.standardOutput = output
  process.standardError = FileHandle.nullDevice
  try process.run()
  let data = output.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  guard process.terminationStatus == 0 else { throw CocoaError(.executableLoad) }
  return Array(data)
}

/// Certificates made for one test, and a TLS server of the openssl command that shows them.
package final class TLSServer {
  package let port: UInt16
  private let process = Process()

  package static let isAvailable = (try? shell("command -v openssl")) != nil

  /// A folder with an authority (`ca.pem`) and certificates for 127.0.0.1 (`good`), for the past (`expired`), for
  /// another host (`other`) and one that no authority signed (`self`).
  package static func makeCertificates() throws -> URL {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("tls-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let script = """
      key() { openssl ecparam -name prime256v1 -genkey -noout -out $1.key; }
      key ca; key self
      openssl req -x509 -new -key ca.key -subj /CN=Authority -days 2 -out ca.pem
      openssl req -x509 -new -key self.key -subj /CN=127.0.0.1 -days 2 \
        -addext subjectAltName=IP:127.0.0.1 -out self.pem
      : > index.txt; echo 01 > serial
      cat > ca.conf <<'C'
      [ca]
      default_ca = a
      [a]
      database = index.txt
      serial = serial
      new_certs_dir = .
      certificate = ca.pem
      private_key = ca.key
      default_md = sha256
      policy = p
      unique_subject = no
      copy_extensions = copy
      [p]
      commonName = supplied
      C
      sign() {
        key $1
        openssl req -new -key $1.key -subj /CN=$1 -addext subjectAltName=$2 -out $1.csr
        openssl ca -batch -notext -config ca.conf -in $1.csr -out $1.pem \
          -startdate 20200101000000Z -enddate $3
      }
      sign good IP:127.0.0.1,DNS:localhost 20491231000000Z
      sign expired IP:127.0.0.1 20210101000000Z
      sign other DNS:other.example 20491231000000Z
      """
    _ = try shell(script, in: folder)
    return folder
  }

  /// Starts a server that answers every GET with a page of its own.
  package init(certificate: String, in folder: URL) throws {
    var free: RawServer? = try RawServer { _, _ in }
    port = free?.port ?? 0
    free = nil
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "openssl", "s_server", "-accept", "127.0.0.1:\(port)", "-www",
      "-cert", "\(certificate).pem", "-key", "\(certificate).key",
    ]
    process.currentDirectoryURL = folder
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    process.standardInput = FileHandle.nullDevice
    try process.run()
    var said = ""
    while !said.contains("ACCEPT") {
      let data = output.fileHandleForReading.availableData
      if data.isEmpty { throw CocoaError(.executableLoad) }
      said += String(decoding: data, as: UTF8.self)
    }
  }

  deinit {
    // A child inherits the signals that its thread had blocked, SIGTERM perhaps among them.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }
}
