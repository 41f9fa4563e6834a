import Diagnostics
import Mappings
import Testing

/// Files with mistakes; the expected code stands in a comment on the line where the diagnostic must point.
@Suite struct CommentedMistakesTests {
  static let mappings: [String] = [
    SmallProject.mapping(and: "colour: red # error E101"),
    SmallProject.mapping(and: "sensitiv: [name] # error E101"),
    """
    mapping: users # error E102
    source: db
    target: crm
    query: { sql: select 1 as id }
    key: id
    fields: { name: row.name }
    """,
    SmallProject.mapping(and: "description: # error E102"),
    SmallProject.mapping(and: "description: [a] # error E103"),
    SmallProject.mapping(and: "sensitive: name # error E103"),
    SmallProject.mapping(and: "title: naem # error E124"),
    SmallProject.mapping(and: "sensitive: [name]\ntitle: name # error E170"),
    SmallProject.mapping(and: "guard: { deactivations: { count: '5' } } # error E103"),
    SmallProject.mapping(and: "match: { field: name, compare: trimmed } # error E104"),
    SmallProject.mapping(and: "when_absent: { after: 11, delete: true } # error E105"),
    SmallProject.mapping(fields: "  age: 5 # error E107"),
    SmallProject.mapping(fields: "  yes: true # error E107\n  no: ~ # error E107"),
    SmallProject.mapping(fields: "  sites: [] # error E107"),
    SmallProject.mapping(fields: "  site: ${SITE} # error E107"),
    SmallProject.mapping(fields: "  a: # error E102\n  b: '' # error E121"),
    SmallProject.mapping(fields: "  a: { value: '${1X}' } # error E108"),
    SmallProject.mapping(fields: "  a: { value: '${X-1}' } # error E108"),
    SmallProject.mapping(fields: "  a: { value: '${secret:X:-1}' } # error E108"),
    SmallProject.mapping(fields: "  a: { value: '${X' } # error E108"),
    SmallProject.mapping(fields: "  a: { value: '$${X} costs $5' }"),
    SmallProject.mapping(fields: "  password: { value: hunter2 } # error E109"),
    SmallProject.mapping(
      fields: "  note: { value: aB3dE5gH7jK9mN1pQ3sT5vW7 } # warning E110"),
    SmallProject.mapping(fields: "  code: { value: 05 } # error E116"),
    SmallProject.mapping(fields: "  code: { value: 4410. } # error E116"),
    SmallProject.mapping(fields: "  size: { value: .inf } # error E128"),
    SmallProject.mapping(fields: "  a: { value: NO } # error E132\n  b: { value: 'no' }"),
    SmallProject.mapping(fields: "  a: { value: 12:30 } # error E133\n  b: { value: 2024-01-31 }"),
    SmallProject.mapping(fields: "  a: {row.x} # error E131"),
    SmallProject.mapping(fields: "  a: {{ row.x }} # error E131"),
    SmallProject.mapping(fields: "  a: [row.x] # error E131"),
    SmallProject.mapping(fields: "  a: ${row.x} # error E107"),
    SmallProject.mapping(fields: "  list: { value: ['${X}'] } # error E128"),
    SmallProject.mapping(fields: "  a..b: row.x # error E118"),
    SmallProject.mapping(fields: "  a: { from: row.x, value: 1 } # error E101 error E102"),
    SmallProject.mapping(fields: "  a: row.x\n  a.b: row.y # error E123"),
    SmallProject.mapping(and: "on_create: { name: row.x } # error E123"),
    SmallProject.mapping(and: "sensitive: [nam] # error E124"),
    SmallProject.mapping(and: "on_reject: { retry_without: [phone] } # error E124"),
    SmallProject.mapping(and: "on_reject: { retry_without: [] } # error E121"),
    SmallProject.mapping(and: "sensitive: [name, name] # error E122"),
    SmallProject.mapping(and: "on_conflict: { target: [nam] } # error E124"),
    SmallProject.mapping(
      and: "on_conflict:\n  target: [name]\n  if_empty: [name] # error E150"),
    SmallProject.mapping(and: "guard: { errors: { percent: 101 } } # error E105"),
    SmallProject.mapping(and: "guard: { errors: { count: 0 } } # error E105"),
    SmallProject.mapping(and: "after: users # error E127"),
    SmallProject.mapping(and: "priority: 101 # error E105"),
    SmallProject.mapping(and: "previous_name: users # error E160"),
    SmallProject.mapping(and: "previous_name: people\nprevious_key: [old]"),
    SmallProject.mapping(and: "previous_key: id # error E161"),
    SmallProject.mapping(and: "after: [user] # error E120"),
    SmallProject.mapping(and: "when_absent: { after: 2 } # error E115"),
    SmallProject.mapping(
      and: "when_absent: { delete: yes, set: { a: row.b } } # error E115 warning E117"),
    SmallProject.mapping(and: "tests: [{ name: a, row: {} }] # error E115"),
    SmallProject.mapping(
      and:
        "tests: [{ name: a, row: {}, expect: {}, links: [{ mapping: no, key: 1, id: 2 }] }] # error E120"
    ),

  ]

  @Test(arguments: mappings) func inAMapping(_ text: String) {
    var project = SmallProject()
    project.files["users.yaml"] = text
    project.expectCommentedDiagnostics()
  }

  static let queries: [String] = [
    "query: { sql: select 1 as id, parameters: { c: { type: int, value: x } } } # error E103",
    "query: { sql: select 1 as id, parameters: { c: { type: number, value: 1 } } } # error E104",
    "query: { sql: select 1 as id, parameters: { c: { type: int } } } # error E115",
    "query: { sql: select 1 as id, parameters: { c: { type: int, values: [1] } } } # error E115",
    "query: { sql: select 1 as id, parameters: { c: { type: 'int[]', values: [1, 2] } } }",
    "query: { sql: '' } # error E121",
    "query: { sql: select id, name from t } # error E130",
    "query: { sql: select 1 as id, parameters: { c: { type: int, value: '${C:-one}' } } } # error E103",
  ]

  @Test(arguments: queries) func inAQuery(_ query: String) {
    var project = SmallProject()
    project.files["users.yaml"] = SmallProject.mapping()
      .replacing("query: { sql: select 1 as id }", with: query)
    project.expectCommentedDiagnostics()
  }

  static let targets: [String] = [
    "settle: 10 # error E106",
    "settle: ten # error E106",
    "settle: 48h # error E105",
    "settle: 30s # warning E162", "settle: 31s",
    "timeouts: { total: 2m } # warning E162", "timeouts: { total: 119s }",
    "concurrency: 0 # error E105",
    "concurrency: 99999999999999999999 # error E103",
    "auth: { bearer: abc } # error E109",
    "auth: { bearer: '${TOKEN:-abc}' } # error E109",
    "auth: { bearer: '${TOKEN}' } # warning E137", "auth: { bearer: '${secret:TOKEN}' }",
    "auth: { bearer: 'Bearer ${secret:TOKEN}' } # error E138",
    // One mistake, though `bearer` is missing too: what is wanted is no bearer token.
    "auth: { basic: '${secret:TOKEN}' } # error E101",
    "auth: { bearr: '${secret:TOKEN}' } # error E101",
    "headers: { X: \"a\\r\\nb\" } # error E136", "window_scale: 0 # error E136",
    "headers: { Content-Length: '5' } # error E156", "headers: { HOST: a.example } # error E156",
    "headers: { transfer-encoding: chunked } # error E156",
    "headers: { Accept-Encoding: br } # error E156",
    "headers: { Accept: text/json, accept: application/json } # error E157",
    "headers: { Accept: application/json, Content-Type: application/merge-patch+json }",
    "auth: { bearer: '${secret:T}' }\nheaders: { authorization: '${secret:T}' } # error E157",
    "headers: { Authorization: '${secret:T}' }",
    "headers: { Content-Type: application/x-www-form-urlencoded } # error E158",
    "headers: { content-type: '${KIND}' }",
    "error_body: { message: message, fields: '' }",
    "error_body: { message: [message, 'errors[].detail', ''] }",
    "error_body: { message: [] } # error E121",
    "error_body: { fields: { path: errors, field: source.pointer, message: detail } }",
    "error_body: { fields: { path: errors, field: name } } # error E102",
    "error_body: { fields: [errors] } # error E103",
    "window_scale: '${S:-fast}' # error E136", "window_scale: .inf # error E136",
    "window_scale: '${S:-100}'", "development: maybe # error E136",
    "headers: { X-Api-Key: abc } # error E109",
    "headers: { X-Api-Key: '${KEY}' } # warning E137",
    "headers: { 'X Y': abc } # error E118",
    "headers: { X-Key-Of-Ours: ghp_0123456789abcdefghij } # warning E110",
    "probe: /me # error E113",
    "probe: FETCH /me # error E113",
    "probe: GET  /me # error E113",
    "probe: POST /me # error E113",
    "probe: 'GET /me/{id}' # error E114",
    "answers: [{ status: 99, means: rejected }] # error E105",
    "answers: [{ status: 400, means: wrong }] # error E104",
    "answers: [{ status: 6xx, means: rejected }] # error E104",
    "answers: [{ status: [4xx, 5xx], means: unknown }, { status: 302, means: stop }]",
    "answers: [{ status: 4xx, means: rejected }, { status: 409, means: taken }] # error E141",
    "answers: [{ status: [400, 409], means: gone }, { status: [409, 410], means: taken }]",
    "answers: [{ status: 5xx, means: retry }] # warning E142",
    "answers: [{ status: 2xx, means: retry }] # warning E142",
    "answers: [{ status: 201, means: rejected }] # warning E144",
    "answers: [{ status: 200, body: error, means: rejected }, { status: 404, means: gone }]",
    "answers: [{ status: 503, means: retry }, { status: 5xx, body: maintenance, means: stop }]",
    "latency: 1s",
    "retry: { base: 10s, max: 1s } # error E105",
    "limits: [{ name: a, calls: 1, per: 1s, match: [GET] }] # error E113",
    "limits: [{ name: a, calls: 1 }] # error E102",
    "limits: [{ name: a, calls: 5, per: 1s, costs: { POST /b: 6 } }] # error E140",
    "limits: [{ name: a, calls: 5, per: 1s, costs: { POST /b: 5, 'PUT /b/*': 2 } }]",
    "limits: [{ name: a, calls: 5, per: 1s, costs: { /b: 2 } }] # error E113",
    "limits: [{ name: a, calls: 5, per: 1s, match: [POST /user] }] # warning E145",
    "limits: [{ name: a, calls: 5, per: 1s, match: [GET /x, 'PATCH /users/*'] }]",
    "limits: [{ name: a, calls: 5, per: 1s }, { name: a, calls: 50, per: 1m }] # error E122",
    "retry: { retry_after_max: 48h } # error E105",
    "breaker: { probes: 0 } # error E105",
    "development: true", "max_answer: 20MiB", "max_answer: 1 # error E136",
    "max_answer: 20MB # error E136", "max_answer: 2GiB # error E105",
    "max_answer: 99999999999GiB # error E105", "max_answer: 1B # error E105",
    "timeout: 10s # error E101",
  ]

  @Test(arguments: targets) func inATarget(_ line: String) {
    var project = SmallProject()
    project.files["targets/crm.yaml", default: ""] += "\n" + line
    project.expectCommentedDiagnostics()
  }

  static let resources: [String] = [
    "get: { call: GET /users } # error E114",
    "find: { call: 'GET /users/{key}' } # error E114 error E114",
    "find: { call: 'GET /users?code={match.value}' }",
    "list: { items: data } # error E115",
    "list: { call: GET /users, calls: [GET /users] } # error E115",
    "list: { call: GET /users, page: { kind: cursor, parameter: after, size: 9 } } # error E102",
    "list: { call: GET /users, page: { kind: number, parameter: p, size: 9, more: x } } # error E115",
    "list: { call: GET /users, page: { kind: cursor, parameter: a, cursor: 'items[-1].id', size: 9 } } # error E151",
    "list: { call: GET /users, page: { kind: cursor, parameter: a, cursor: 'items[].id', size: 9 } } # error E152",
    "list: { call: GET /users, page: { kind: cursor, parameter: a, cursor: n, more: $.more, size: 9 } } # error E151",
    "list: { call: GET /users, items: 'groups[].users' }",
    "list: { call: GET /users, items: 'data[0]' } # error E151",
    "list: { call: GET /users, items: data.*.users } # error E151",
    "list: { call: GET /users, items: data.0 } # warning E153",
    "list: { call: GET /users, total: 'data[]' } # error E152",
    "list: { call: GET /users?p=1, page: { kind: number, parameter: p, size: 9 } } # error E155",
    "list: { call: GET /users?q=1, page: { kind: number, parameter: p, size_parameter: q, size: 9 } } # error E155",
    "list: { call: GET /users?q=1, page: { kind: number, parameter: p, size: 9 } }",
    "list: { call: GET /users, total: meta.total, empty_as: [null, missing, object, nothing] }",
    "list: { call: GET /users, empty_as: [none] } # error E104",
    "list: { call: GET /users, empty_as: [] } # error E121",
    "list: { call: GET /users, page: { kind: cursor, parameter: a, cursor: n, size: 9, until: missing } }",
    "list: { call: GET /users, page: { kind: cursor, parameter: a, cursor: n, size: 9, until: short } } # error E115",
    "list: { call: GET /users, page: { kind: number, parameter: p, size: 9, until: missing } } # error E115",
    "get: { call: 'GET /users/{id}', object: 'data[]' } # error E152",
    "get: { call: 'GET /users/{id}', object: 'data[0]' } # error E151",
    "clear: null",
    "clear: nothing # error E104",
  ]

  @Test(arguments: resources) func inAResource(_ line: String) {
    var project = SmallProject()
    project.files["targets/crm.yaml", default: ""] += "\n    " + line
    project.expectCommentedDiagnostics()
  }

  static let batches: [String] = [
    "create: { call: POST /users, batch: { items: a, answers: b } } # error E102",
    "create: { call: POST /users, batch: { size: 1 } } # error E105",
    "create: { call: POST /users, wrap: data.attributes } # error E154",
    "create: { call: POST /users, object: data.0 } # warning E153",
    "create: { call: POST /users, batch: { size: 9, items: a.b } } # error E154",
    "create: { call: POST /users, batch: { size: 9, answers: a, status: 'b[]' } } # error E152",
    "create: { call: POST /users, batch: { size: 9, key: code } } # error E143",
    "match: { field: code }\n    create: { call: POST /users, batch: { size: 9, key: code } }",
    """
    match: { field: code }
        create:
          call: POST /users
          batch: { size: 9, key: a, position: b } # error E115
    """,
    "create: { call: POST /users, batch: { size: 9, answers: a, status: b, position: c } }",
    "create: { call: POST /users, batch: { size: 9, status: { path: b, done: [created, true, 0] } } }",
    "create: { call: POST /users, batch: { size: 9, status: { path: b, done: ok, rejected: ok } } } # error E159",
    "create: { call: POST /users, batch: { size: 9, status: { path: b, done: [1, '1'] } } } # error E159",
    "create: { call: POST /users, batch: { size: 9, status: { path: b } } } # error E102",
    "create: { call: POST /users, batch: { size: 9, status: { path: b, done: null } } } # error E102",
    "create: { call: POST /users, batch: { size: 9, status: [a] } } # error E103",
  ]

  static let updates = [
    "update: { call: 'PUT /users/{id}', send: whole } # error E164",
    "get: { call: 'GET /users/{id}' }\n    update: { call: 'PUT /users/{id}', send: whole }",
    "update: { call: 'PUT /users/{id}', unsent: gone } # error E104",
  ]

  @Test(arguments: updates) func inAnUpdate(_ lines: String) {
    var project = SmallProject()
    project.files["targets/crm.yaml"] = project.files["targets/crm.yaml"]?
      .replacing("update: { call: \"PATCH /users/{id}\" }", with: lines)
    project.expectCommentedDiagnostics()
  }

  @Test(arguments: batches) func inABatch(_ lines: String) {
    var project = SmallProject()
    project.files["targets/crm.yaml"] = project.files["targets/crm.yaml"]?
      .replacing("create: { call: POST /users }", with: lines)
    project.expectCommentedDiagnostics()
  }

  static let connections: [(String, String)] = [
    ("${H}", "sslmode: prefer # error E111"), ("${H}", "sslmode: allow # error E111"),
    ("${H}", "sslmode: require"), ("${H}", "sslmode: disable"), ("${H}", "sslmode: verify-ca"),
    ("'${H:-/run/postgresql}'", "sslmode: disable"),
    ("'${H:-db.example.com}'", "sslmode: disable # error E111"),
    ("'/run/postgresql,db.example.com'", "sslmode: disable # error E111"),
    ("'/run/postgresql,127.0.0.1'", "sslmode: disable"),
    ("'@crosswalk'", "sslmode: disable"), ("127.0.0.x1", "sslmode: disable # error E111"),
    ("db.example.com", "sslmode: verify-ca # error E111"),
    ("db.example.com", "sslmode: verify-full"), ("127.0.0.1", "sslmode: disable"),
    ("127.0.0.1.example.com", "sslmode: disable # error E111"),
    ("/run/postgresql", "sslmode: prefer"),
    ("localhost", "sslmode: sometimes # error E104"), ("localhost", "password: abc # error E109"),
    ("localhost", "port: 99999 # error E136"), ("localhost", "time_zone: America/Chicago"),
    ("localhost", "time_zone: UTC"), ("localhost", "time_zone: Etc/GMT+5"),
    ("localhost", "time_zone: UTC-5 # error E136"), ("localhost", "time_zone: -05:00 # error E136"),
    ("localhost", "time_zone: EST5EDT # error E136"), ("localhost", "max_value: 4MiB"),
    ("localhost", "max_value: 4M # error E136"), ("localhost", "max_row: 1B # error E105"),
    ("localhost", "sslmode: verify-ca\n  sslrootcert: /ca.pem"),
    ("db.example.com", "sslrootcert: system"), ("db.example.com", "sslrootcert: /ca.pem"),
    ("localhost", "sslmode: verify-ca\n  sslrootcert: system # error E180"),
    ("localhost", "sslmode: require\n  sslrootcert: /ca.pem # error E180"),
    ("localhost", "sslmode: disable\n  sslrootcert: '${CA}' # error E180"),
    ("localhost", "sslcert: /c.pem\n  sslkey: /c.key\n  sslpassword: '${secret:P}'"),
    ("localhost", "sslcert: /c.pem # error E180"), ("localhost", "sslkey: /c.key # error E180"),
    ("localhost", "sslpassword: '${secret:P}' # error E180"),
    ("localhost", "sslcert: /c.pem\n  sslkey: /c.key\n  sslpassword: hush # error E109"),
    (
      "localhost",
      "sslmode: disable\n  sslcert: /c.pem # error E180\n  sslkey: /c.key"
    ),
    ("localhost", "channel_binding: require"), ("localhost", "channel_binding: off # error E104"),
    ("localhost", "sslmode: disable\n  channel_binding: require # error E180"),
    ("localhost", "sslcert: /c.pem\n  sslkey: '-----BEGIN PRIVATE KEY-----' # error E136"),
    ("localhost", "port: '${PORT:-5432}'"), ("localhost", "port: '${PORT:-none}' # error E136"),
  ]

  @Test(arguments: connections) func inASource(_ host: String, _ line: String) {
    var project = SmallProject()
    project.files["sources/db.yaml"] = """
      source: db
      postgres:
        host: \(host)
        database: d
        user: u
        \(line)
      """
    project.expectCommentedDiagnostics()
  }

  /// What a source of files says, and what a mapping reads of it.
  static let files: [(String, String)] = [
    ("folder: ../inbox", "name: '*.csv'"), ("folder: '${INBOX}'", "name: a-?.csv"),
    ("folder: x\n  encoding: latin1 # error E104", "name: a.csv"),
    ("folder: x\n  delimiter: tab\n  quote: none", "name: a.csv"),
    ("folder: x\n  delimiter: ab # error E136", "name: a.csv"),
    ("folder: x\n  delimiter: 1 # error E136", "name: a.csv"),
    ("folder: x\n  settle: 10 # error E106", "name: a.csv"),
    ("folder: x", "name: ../a.csv # error E136"), ("folder: x", "name: a/b.csv # error E136"),
    ("folder: x", "name: .. # error E136"),
    ("folder: x", "name: a.csv\n  pick: last # error E104"),
    ("folder: x", "name: a.csv\n  header: absent\n  columns: { id: int }"),
    ("folder: x\n  header: absent", "name: a.csv # error E183"),
    ("folder: x", "name: a.csv # error E182\n  decimal_mark: ','\n  thousands: ','"),
    ("folder: x", "name: a.csv # error E182\n  delimiter: '\"'"),
    ("folder: x\n  quote: ';'", "name: a.csv # error E182\n  delimiter: ';'"),
    (
      "folder: x",
      "name: a.csv\n  columns: { id: int, a: text(30), b: \"decimal(10,2)\", c: { type: date, format: d.M.yyyy } }"
    ),
    ("folder: x", "name: a.csv\n  columns: { id: integer } # error E104"),
    ("folder: x", "name: a.csv\n  columns: {} # error E121"),
    ("folder: x", "name: a.csv\n  columns: { id: json } # error E104"),
    ("folder: x", "name: a.csv\n  columns: { id: int(4) } # error E104"),
    ("folder: x", "name: a.csv\n  columns: { id: [int] } # error E104"),
    ("folder: x", "name: a.csv\n  columns: { id: { type: date, format: dd.MM.yy } } # error E136"),
    ("folder: x", "name: a.csv\n  columns: { id: { format: dd.MM.yyyy } } # error E136"),
    ("folder: x", "name: a.csv\n  columns: { id: { type: bool, format: YN } } # error E136"),
    ("folder: x", "name: a.csv\n  columns: { id: { type: bool, format: Y/N, empty: null } }"),
    ("folder: x", "name: a.csv\n  columns: { id: { type: int, values: [a] } } # error E136"),
    ("folder: x", "name: a.csv\n  columns: { id: { kind: int } } # error E101"),
    ("folder: x", "name: a.csv\n  columns: { id: {}, a: { header: id } } # error E122"),
  ]

  @Test(arguments: files) func inFiles(_ source: String, _ file: String) {
    var project = SmallProject()
    project.files["sources/db.yaml"] = """
      source: db
      kind: csv
      csv:
        \(source)
      """
    project.files["users.yaml"] = SmallProject.mapping()
      .replacing("query: { sql: select 1 as id }", with: "file:\n  \(file)")
    project.expectCommentedDiagnostics()
  }

  static let kinds = [
    "kind: csv # error E181\npostgres: { host: localhost, database: d, user: u }",
    "csv: { folder: x } # error E181", "kind: postgres # error E181\ncsv: { folder: x }",
    "kind: mysql # error E104\npostgres: { host: localhost, database: d, user: u }",
    "kind: postgres\npostgres: { host: localhost, database: d, user: u }",
  ]

  @Test(arguments: kinds) func inAKind(_ lines: String) {
    var project = SmallProject()
    project.files["sources/db.yaml"] = "source: db\n" + lines
    project.expectCommentedDiagnostics()
  }

  @Test("A mapping reads a source in the way of the source's kind")
  func otherKind() {
    var project = SmallProject()
    project.files["users.yaml"] = SmallProject.mapping()
      .replacing("query: { sql: select 1 as id }", with: "file: { name: a.csv } # error E181")
    project.expectCommentedDiagnostics()
    project = SmallProject()
    project.files["sources/db.yaml"] = "source: db\nkind: csv\ncsv: { folder: x }"
    project.files["users.yaml"] = SmallProject.mapping()
      .replacing("select 1 as id }", with: "select 1 as id } # error E181")
    project.expectCommentedDiagnostics()
  }

  static let addresses = [
    "http://api.example.com # error E112", "api.example.com # error E112",
    "https://me:word@api.example.com # error E136", "http://127.0.0.1:8080 # error E112", "${URL}",
    "${URL:-http://example.com} # error E112",
  ]

  @Test(arguments: addresses) func inAnAddress(_ address: String) {
    var project = SmallProject()
    project.files["targets/crm.yaml"] = project.files["targets/crm.yaml"]?
      .replacing("https://api.example.com", with: address)
    project.expectCommentedDiagnostics()
  }

  static let references = [
    "source: bd # error E120", "target: crn # error E120", "resource: user # error E120",
    "mapping: Users # error E118",
  ]

  @Test(arguments: references) func inAReference(_ line: String) throws {
    let key = try #require(line.split(separator: ":").first)
    var project = SmallProject()
    project.files["users.yaml"] = SmallProject.mapping().split(separator: "\n")
      .map { $0.hasPrefix(key + ":") ? line : String($0) }.joined(separator: "\n")
    project.expectCommentedDiagnostics()
  }

  @Test("A secret that is written out is not repeated by anything that is shown of its line")
  func secretsAreNotShown() {
    var project = SmallProject()
    project.files["targets/crm.yaml", default: ""] +=
      "\nauth: { bearer: hunter2hunter2, colour: red }"
    let (_, diagnostics, _) = project.load()
    #expect(diagnostics.map(\.code.id).sorted() == ["E101", "E109"])
    for format in DiagnosticFormat.allCases {
      #expect(!render(diagnostics, as: format).contains("hunter2"), "\(format)")
    }
    #expect(render(diagnostics, as: .text).contains("bearer: ***, colour: red"))
  }

  @Test(
    "Nor is one that is not even a text",
    arguments: [
      "{hunter2hunter2}", "[hunter2hunter2]", "'${hunter2hunter2'", "'${secret:A:-hunter2}'",
    ])
  func secretsThatAreNoText(value: String) {
    var project = SmallProject()
    project.files["targets/crm.yaml", default: ""] += "\nauth: { bearer: \(value) }"
    let (_, diagnostics, _) = project.load()
    #expect(diagnostics.hasErrors)
    for format in DiagnosticFormat.allCases {
      #expect(!render(diagnostics, as: format).contains("hunter2"), "\(format)")
    }
  }

  @Test(
    "Names of data are never corrected by guessing, and no key is corrected to one that is taken")
  func fixesGuessNothing() {
    let guesses = [
      SmallProject.mapping(and: "sensitive: [nam]"), SmallProject.mapping(and: "after: [user]"),
      SmallProject.mapping(and: "fields: {}\nfeilds: {}"),
      SmallProject.mapping(and: "sensitve: []\nsensitiv: []"),
      SmallProject.mapping(fields: "  a: [row.x]"),
    ]
    for text in guesses {
      var project = SmallProject()
      project.files["users.yaml"] = text
      let diagnostics = project.load().diagnostics
      #expect(!diagnostics.isEmpty)
      #expect(diagnostics.allSatisfy { $0.fix == nil }, "\(render(diagnostics, as: .text))")
    }
  }

  @Test func everyCodeIsExpectedSomewhere() {
    let commented = [
      Self.mappings, Self.queries, Self.targets, Self.resources, Self.batches,
      Self.updates,
      Self.connections.map(\.1), Self.addresses, Self.references,
      Self.files.flatMap { [$0.0, $0.1] }, Self.kinds,
    ].joined().joined(separator: "\n")
    // Those of whole projects and of runs have tests of their own.
    let elsewhere: Set = ["E119", "E125", "E126", "E129", "E134", "E135"]
    for code in Codes.all where !elsewhere.contains(code.id) {
      #expect(commented.contains(code.id), "\(code.id) \(code.title)")
    }
  }

  @Test func codesAreUniqueAndExplained() {
    #expect(Set(Codes.all.map(\.id)).count == Codes.all.count)
    #expect(Codes.all.map(\.id) == Codes.all.map(\.id).sorted())
    for code in Codes.all { #expect(code.id.hasPrefix("E1") && code.explanation.count > 40) }
  }
}
