import Foundation
import Sandbox
import SandboxDatabase
import Testing

/// Settings and systems that are wrong: found before anything is sent, with what to set.
@Suite struct BadSettingsTests {
  @Test("An SQL mistake is shown in the mapping, where the database points at")
  func sqlPlace() async throws {
    try await Storehouse.open { store in
      let file = "mappings/tools.yaml"
      try store.edit(file, "t.weight, t.bought", "t.wait as weight, t.bought")
      let place = try store.place("t.wait", in: file)
      for arguments in [["run"], ["plan"], ["lint", "--live"]] {
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(result.status == 1, "\(result.text)")
        #expect(result.text.contains("[E406]"), "\(result.text)")
        #expect(result.text.contains("┌─ \(place)"), "\(place) \(result.text)")
        #expect(result.text.contains("wait"))
        #expect(result.text.contains("^^"))
      }
      // Behind a parameter, letters of several bytes and in the last line, places stay right.
      try store.edit(file, "t.wait as weight", "t.weight")
      try store.edit(
        file, "     where t.store = :store and not t.scrapped",
        "     where t.store = :store and 'äöü€' <> '' and\n       not t.scraped")
      let second = try store.place("t.scraped", in: file)
      let result = try await store.crosswalk("run")
      #expect(result.status == 1)
      #expect(result.text.contains("┌─ \(second)"), "\(second) \(result.text)")
      // The mapping itself sent nothing; the others went on.
      #expect(store.depot.calls.allSatisfy { !$0.call.path.hasPrefix("/v1/tools") })
    }
  }

  @Test("A table that is not there, and one that may not be read")
  func tables() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/boxes.yaml", "inventory.boxes b", "inventory.bxes b")
      let gone = try await store.crosswalk("run")
      #expect(gone.status == 1)
      #expect(
        gone.text.contains("┌─ \(try store.place("inventory.bxes", in: "mappings/boxes.yaml"))"),
        "\(gone.text)")
      try store.edit("mappings/boxes.yaml", "inventory.bxes b", "inventory.boxes b")
      try await store.sql("revoke select on inventory.boxes from storehouse_reader")
      let forbidden = try await store.crosswalk("run")
      #expect(forbidden.status == 5, "\(forbidden.text)")
      #expect(forbidden.text.contains("permission denied for table boxes"), "\(forbidden.text)")
      #expect(forbidden.text.contains("= help: Grant the role SELECT"), "\(forbidden.text)")
      #expect(store.depot.calls.isEmpty)
    }
  }

  @Test("A variable and a secret that are not given, at their place in the file")
  func missing() async throws {
    try await Storehouse.open { store in
      store.environment["INVENTORY_HOST"] = nil
      let variable = try await store.crosswalk("run")
      #expect(variable.status == 1, "\(variable.text)")
      #expect(variable.text.contains("[E125]"))
      let place = try store.place("${INVENTORY_HOST}", in: "mappings/sources/inventory.yaml")
      #expect(variable.text.contains("┌─ \(place)"), "\(variable.text)")
      #expect(variable.text.contains("= help: set it in the environment"))
      #expect(try await store.crosswalk("lint").status == 0, "lint needs no settings")

      store.environment["INVENTORY_HOST"] = store.cluster.host
      store.environment["DEPOT_TOKEN"] = nil
      let secret = try await store.crosswalk("run")
      #expect(secret.status == 1, "\(secret.text)")
      #expect(secret.text.contains("[E126]"))
      let other = try store.place("${secret:DEPOT_TOKEN}", in: "mappings/targets/depot.yaml")
      #expect(secret.text.contains("┌─ \(other)"), "\(secret.text)")
      #expect(secret.text.contains("= help: set DEPOT_TOKEN in the environment"))
      #expect(store.depot.calls.isEmpty)
    }
  }

  @Test("A secret may stand in a file of the folder of secrets")
  func secretFile() async throws {
    try await Storehouse.open { store in
      store.environment["DEPOT_TOKEN"] = nil
      try store.edit(
        "mappings/crosswalk.yaml", "project: storehouse",
        "project: storehouse\nsecrets:\n  directory: secrets")
      try FileManager.default.createDirectory(
        at: store.path("secrets"), withIntermediateDirectories: true)
      try store.write("depot-sandbox-token\n", to: "secrets/DEPOT_TOKEN")
      #expect(try await store.run().status == "succeeded")
    }
  }

  @Test("Plain HTTP to a target is refused without `development`, and the port must be one")
  func addresses() async throws {
    try await Storehouse.open { store in
      store.environment["DEPOT_DEVELOPMENT"] = nil
      let plain = try await store.crosswalk("run")
      #expect(plain.status == 1, "\(plain.text)")
      #expect(plain.text.contains("is not https"))
      #expect(plain.text.contains("mappings/targets/depot.yaml:2"), "\(plain.text)")
      #expect(plain.text.contains("= help: "))
      store.environment["DEPOT_DEVELOPMENT"] = "true"
      store.environment["INVENTORY_PORT"] = "70000"
      let port = try await store.crosswalk("run")
      #expect(port.status == 1, "\(port.text)")
      #expect(port.text.contains("mappings/sources/inventory.yaml:4"))
      #expect(port.text.contains("from 1 to 65535"))
      #expect(store.depot.calls.isEmpty)
    }
  }

  @Test("`sslmode` is obeyed as it is written, on this machine too")
  func plainServer() async throws {
    try await Storehouse.open { store in
      for mode in ["require", "verify-full"] {
        let file = "mappings/sources/inventory.yaml"
        let text = try String(contentsOf: store.path(file), encoding: .utf8)
        try store.edit(file, "postgres:", "postgres:\n  sslmode: \(mode)")
        let result = try await store.crosswalk("run")
        #expect(result.status == 5, "\(result.text)")
        #expect(result.text.contains("does not support SSL"), "\(result.text)")
        #expect(result.text.contains("= help: Turn TLS on"), "\(result.text)")
        try store.write(text, to: file)
      }
      #expect(store.depot.calls.isEmpty)
    }
  }

  /// The variables of libpq, <https://www.postgresql.org/docs/17/libpq-envars.html>, with values that would lead elsewhere.
  private static let libpqVariables = [
    "PGHOST": "203.0.113.1", "PGHOSTADDR": "203.0.113.1", "PGPORT": "1", "PGDATABASE": "elsewhere",
    "PGUSER": "somebody_else", "PGPASSWORD": "x", "PGPASSFILE": "/nowhere/pgpass",
    "PGREQUIREAUTH": "scram-sha-256", "PGCHANNELBINDING": "require", "PGSERVICE": "elsewhere",
    "PGSERVICEFILE": "/nowhere/service.conf",
    "PGOPTIONS": "-c search_path=pg_catalog -c row_security=x",
    "PGAPPNAME": "somebody else", "PGSSLMODE": "verify-full", "PGREQUIRESSL": "1",
    "PGSSLNEGOTIATION": "direct", "PGSSLCERT": "/nowhere/cert", "PGSSLKEY": "/nowhere/key",
    "PGSSLCERTMODE": "require", "PGSSLROOTCERT": "/nowhere/root", "PGSSLCRL": "/nowhere/crl",
    "PGSSLCRLDIR": "/nowhere", "PGSSLSNI": "x", "PGSSLMINPROTOCOLVERSION": "TLSv9",
    "PGSSLMAXPROTOCOLVERSION": "TLSv0", "PGREQUIREPEER": "nobody", "PGGSSENCMODE": "require",
    "PGKRBSRVNAME": "x", "PGGSSLIB": "x", "PGGSSDELEGATION": "x", "PGCONNECT_TIMEOUT": "x",
    "PGCLIENTENCODING": "EUC_JP", "PGTARGETSESSIONATTRS": "standby", "PGLOADBALANCEHOSTS": "x",
    "PGDATESTYLE": "x", "PGTZ": "Nowhere/Else", "PGGEQO": "x", "PGSYSCONFDIR": "/nowhere",
    "PGLOCALEDIR": "/nowhere",
  ]

  @Test("Variables of PostgreSQL's own in the environment do not move a source")
  func libpqVariables() async throws {
    try await Storehouse.open { store in
      for (name, value) in Self.libpqVariables { store.environment[name] = value }
      for command in ["check", "plan", "run"] {
        let result = try await store.crosswalk(command)
        #expect(result.status == 0, "\(command): \(result.text)")
      }
      // In a file they are names like any other.
      store.environment["PGHOST"] = store.environment["INVENTORY_HOST"]
      try store.edit("mappings/sources/inventory.yaml", "${INVENTORY_HOST}", "${PGHOST}")
      #expect(try await store.run().status == "succeeded")
    }
  }

  @Test("The source is down: exit 5, what could not be reached, and nothing sent")
  func sourceDown() async throws {
    try await Storehouse.open { store in
      store.environment["INVENTORY_PORT"] = "1"
      for command in ["run", "plan", "check"] {
        let result = try await store.crosswalk(command)
        #expect(result.status == 5, "\(result.text)")
        #expect(result.text.contains("127.0.0.1"), "\(result.text)")
        #expect(result.text.contains("= help: "), "\(result.text)")
      }
      store.environment["INVENTORY_PORT"] = String(store.cluster.port)
      store.environment["INVENTORY_DATABASE"] = "nowhere"
      let database = try await store.crosswalk("run")
      #expect(database.status == 5, "\(database.text)")
      #expect(database.text.contains("nowhere"), "\(database.text)")
      #expect(store.writes.isEmpty)
    }
  }

  @Test("The target is down: exit 5, nothing half-sent; a later run completes")
  func targetDown() async throws {
    try await Storehouse.open { store in
      let url = store.environment["DEPOT_URL"]
      store.environment["DEPOT_URL"] = "http://127.0.0.1:1"
      let down = try await store.run(exits: 5)
      #expect(down.status == "failed")
      let message = try #require(try down.mapping("boxes")["message"]?.stringValue)
      #expect(message.contains("depot"), "\(message)")
      #expect(try down.mapping("boxes")["remedy"]?.stringValue?.isEmpty == false)
      #expect(try await store.crosswalk("check").status == 5)
      store.environment["DEPOT_URL"] = url
      #expect(try await store.run().status == "succeeded")

      // In the middle of a run: what was sent stays, the rest follows.
      try await store.sql(
        """
        insert into inventory.tools (store, number, label)
          select 1, n, 'Clamp ' || n from generate_series(2001, 2010) n
        """)
      store.depot.inject(Fault("POST /v1/tools", .status(503), calls: nil, skip: 3))
      let half = try await store.crosswalk("run")
      #expect([3, 5].contains(half.status), "\(half.text)")
      store.depot.clearFaults()
      try await Task.sleep(for: .seconds(1.1))
      #expect(try await store.run().status == "succeeded")
      #expect(try store.objects("tools").count == 15)
    }
  }

  @Test("A wrong token: exit 5 after one call, not one a record, and the secret is named")
  func wrongToken() async throws {
    try await Storehouse.open { store in
      store.environment["DEPOT_TOKEN"] = "wrong"
      let result = try await store.crosswalk("run")
      #expect(result.status == 5, "\(result.text)")
      #expect(result.text.contains("401"))
      #expect(result.text.contains("token"))
      #expect(store.depot.calls.count == 1)
      let check = try await store.crosswalk("check")
      #expect(check.status == 5)
      #expect(check.output.contains("✗ target depot"), "\(check.text)")

      // The token expires in the middle of the writing.
      store.environment["DEPOT_TOKEN"] = store.depot.token
      #expect(try await store.run("boxes").status == "succeeded")
      let before = store.writes.count
      store.depot.inject(Fault("POST /v1/tools", .status(401), calls: nil))
      let expired = try await store.run(exits: 5)
      #expect(expired.status == "failed")
      // Two calls may be under way at once.
      #expect((1...2).contains(store.writes.count - before))
      store.depot.clearFaults()
      #expect(try await store.run().status == "succeeded")
      #expect(Set(try store.objects("tools").keys) == Set(Storehouse.tools))
    }
  }
}
