import Foundation
import Testing

@testable import SandboxDatabase

@Suite("A private database server")
struct PrivateClusterTests {
  @Test("answers on loopback and on its socket")
  func answers() async throws {
    let cluster = try await PrivateCluster.shared()
    #expect(try await cluster.execute("SELECT 6 * 7, 'a'", in: "postgres") == "42|a")
    let socket = cluster.socketDirectory.appending(path: ".s.PGSQL.\(cluster.port)")
    #expect(FileManager.default.fileExists(atPath: socket.path))
    #expect(socket.path.utf8.count < 107)
    let addresses = try await cluster.execute("SHOW listen_addresses", in: "postgres")
    #expect(addresses == "127.0.0.1")
  }

  @Test("is one and the same for all tests of a process")
  func isShared() async throws {
    async let first = PrivateCluster.shared()
    async let second = PrivateCluster.shared()
    #expect(try await first === second)
  }

  @Test("reports a failing statement with the server's words and runs none after it")
  func reportsFailure() async throws {
    let cluster = try await PrivateCluster.shared()
    try await cluster.createDatabase("failing")
    let error = await #expect(throws: ClusterError.self) {
      try await cluster.execute(
        "CREATE TABLE a (b int); SELECT nonsense; CREATE TABLE c (d int);", in: "failing")
    }
    #expect(error?.code == .statementFailed)
    #expect(error?.message.contains("\"nonsense\" does not exist") == true)
    let tables = try await cluster.execute(
      "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", in: "failing")
    #expect(tables == "1")
  }

  @Test("makes databases in other encodings and as copies")
  func makesDatabases() async throws {
    let cluster = try await PrivateCluster.shared()
    try await cluster.createDatabase("latin \"1\"", encoding: "LATIN1")
    #expect(
      try await cluster.execute("SHOW server_encoding", in: "latin \"1\"") == "LATIN1")
    try await cluster.createDatabase("model")
    try await cluster.execute("CREATE TABLE t AS SELECT 'Zoë' AS name", in: "model")
    try await cluster.createDatabase("copy", copying: "model")
    #expect(try await cluster.execute("SELECT name FROM t", in: "copy") == "Zoë")
  }

  @Test("is gone, folder and all, once stopped")
  func stops() async throws {
    let cluster = try await PrivateCluster.start()
    let folder = cluster.socketDirectory
    #expect(FileManager.default.fileExists(atPath: folder.path))
    await cluster.stop()
    #expect(!FileManager.default.fileExists(atPath: folder.path))
    await #expect(throws: ClusterError.self) {
      try await cluster.execute("SELECT 1", in: "postgres")
    }
    await cluster.stop()
  }

  @Test("goes away when its owner is killed", .timeLimit(.minutes(5)))
  func outlivesNobody() async throws {
    let result = try #require(
      await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
        let cluster = try await PrivateCluster.start()
        FileHandle.standardOutput.write(
          Data("folder=\(cluster.socketDirectory.path);port=\(cluster.port);".utf8))
        kill(getpid(), SIGKILL)
      })
    let output = String(decoding: result.standardOutputContent, as: UTF8.self)
    let folder = try #require(output.firstMatch(of: /folder=([^;]+);port=(\d+);/))
    let port = try #require(Int(folder.2))
    while FileManager.default.fileExists(atPath: String(folder.1)) {
      try await Task.sleep(for: .milliseconds(50))
    }
    let psql = Psql(
      program: try ServerPrograms.find().psql, host: "127.0.0.1", port: port, user: "postgres")
    await #expect(throws: ClusterError.self) {
      try await psql.run(Data("SELECT 1".utf8), in: "postgres")
    }
  }

  @Test("says what to install when the programs are missing")
  func namesThePackage() {
    let error = #expect(throws: ClusterError.self) {
      try ServerPrograms.find(searching: "/nowhere", packages: URL(filePath: "/nowhere"))
    }
    #expect(error?.code == .programsMissing)
    #expect(error?.remedy.contains("apt-get install postgresql") == true)
  }

  @Test("refuses a folder whose path leaves the socket no room")
  func refusesLongPaths() async {
    let folder = URL(filePath: "/tmp/" + String(repeating: "x", count: 90))
    let error = await #expect(throws: ClusterError.self) {
      try await PrivateCluster.start(in: folder)
    }
    #expect(error?.code == .folderUnusable)
  }
}
