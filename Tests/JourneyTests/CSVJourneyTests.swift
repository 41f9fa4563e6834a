import Foundation
import JSON
import Sandbox
import Synchronization
import Testing

/// A mapping over files: the whole way, and what becomes of files that are not what they should be.
@Suite struct CSVJourneyTests {
  private static let header = "Tool No.;label;serial;weight;bought"
  /// Not in the order of the key.
  private static let rows = [
    "1003;\"Saw \"\"Big\"\"\";S-3;12,50;01.02.2024", "1001;Drill;;1,5;31.12.2023",
    "1005;Ladder;S-5;;", "1002;\"Häm;mer\";S-2;0,75;29.02.2024",
    "1004;\"Two\nlines\";;3;15.06.2022",
  ]

  private static func text(_ rows: [String]) -> String {
    ([header] + rows).map { $0 + "\r\n" }.joined()
  }

  /// The storehouse, whose tools come from a folder of files. What is said of the file may be replaced.
  private func open(
    columns: String = """
        number: { type: int, header: Tool No., required: true }
        label: text(60)
        serial: text
        weight: decimal
        bought: { type: date, format: dd.MM.yyyy }
    """, pick: String = "one", dialect: String = "", _ body: (inout Storehouse) async throws -> Void
  ) async throws {
    try await Storehouse.open { store in
      try store.write(
        """
        source: files
        kind: csv
        csv: { folder: "${TOOLS_FOLDER:-../inbox}", delimiter: ";", decimal_mark: ",", settle: 0s }
        """, to: "mappings/sources/files.yaml")
      try store.write(
        """
        mapping: tools
        source: files
        target: depot
        resource: tools
        file:
          name: tools-*.csv
          pick: \(pick)
        \(dialect)
          columns:
        \(columns)
        key: number
        fields:
          code: string(row.number)
          name: required(text.clean(row.label))
          serial: row.serial
          weight: row.weight
          bought_on: row.bought
          status: { value: present }
        when_absent:
          after: 1
          set:
            status: { value: scrapped }
        tests:
          - name: a tool
            row: { number: 7, label: "Saw ", weight: 1.5, bought: 2024-02-29 }
            expect: { code: "7", name: Saw, weight: 1.5, bought_on: "2024-02-29" }
        """, to: "mappings/tools.yaml")
      try FileManager.default.removeItem(
        at: store.path("schemas/inventory/queries/tools.yaml"))
      try FileManager.default.createDirectory(
        at: store.path("inbox"), withIntermediateDirectories: true)
      try store.write(Self.text(Self.rows), to: "inbox/tools-1.csv")
      try await body(&store)
    }
  }

  private func nobodyLeft(_ store: Storehouse) throws {
    #expect(
      try store.objects("tools").values.allSatisfy { $0["status"]?.stringValue == "present" })
  }

  @Test("Lint, test, plan, run, and a second run with nothing to do")
  func wholeWay() async throws {
    try await open { store in
      // All that is proved of the columns is proved without the file.
      try store.write("", to: "inbox/tools-1.csv")
      let lint = try await store.crosswalk("lint", "mappings/tools.yaml")
      #expect(lint.status == 0, "\(lint.text)")
      #expect(!lint.text.contains("warning"), "\(lint.text)")
      let tested = try await store.crosswalk("test")
      #expect(tested.status == 0, "\(tested.text)")
      #expect(tested.output.contains("1 example, all as expected"), "\(tested.text)")
      try store.edit("mappings/tools.yaml", "name: Saw,", "name: Sow,")
      for command in ["test", "lint"] {
        let wrong = try await store.crosswalk(command)
        #expect(wrong.status == 1, "\(wrong.text)")
        #expect(wrong.text.contains("[E601]"), "\(wrong.text)")
      }
      try store.edit("mappings/tools.yaml", "name: Sow,", "name: Saw,")
      try store.write(Self.text(Self.rows), to: "inbox/tools-1.csv")
      let live = try await store.crosswalk("lint", "--live", "mappings/tools.yaml")
      #expect(live.status == 0, "\(live.text)")
      let check = try await store.crosswalk("check")
      #expect(check.text.contains("CSV files, 1 file in"), "\(check.text)")
      #expect(check.text.contains("columns as declared"), "\(check.text)")
      let plan = try await store.crosswalk("plan", "tools")
      #expect(plan.text.contains(#""Two\nlines""#), "\(plan.text)")
      #expect(store.writes.isEmpty)
      let first = try await store.run("tools")
      #expect(try first.count("tools", "created") == 5)
      let tools = try store.objects("tools")
      #expect(Set(tools.keys) == Set(Storehouse.tools))
      #expect(tools["1002"]?["name"]?.stringValue == "Häm;mer")
      #expect(tools["1002"]?["bought_on"]?.stringValue == "2024-02-29")
      #expect(tools["1003"]?["name"]?.stringValue == "Saw \"Big\"")
      #expect(tools["1003"]?["weight"]?.description == "12.50")
      #expect(tools["1005"]?["weight"] == nil)
      let again = try await store.run("tools")
      #expect(try again.count("tools", "unchanged") == 5)
      // Another order, and one row changed.
      let changed = Self.rows.reversed().map { $0.replacing("Ladder", with: "Ramp") }
      try store.write(Self.text(changed), to: "inbox/tools-1.csv")
      let third = try await store.run("tools")
      #expect(try third.count("tools", "updated") == 1)
      #expect(try third.count("tools", "unchanged") == 4)
      // Who is not in a whole file is gone.
      try store.write(Self.text(Array(Self.rows.dropLast())), to: "inbox/tools-1.csv")
      #expect(try await store.run("tools").count("tools", "deactivated") == 1)
      #expect(try store.objects("tools")["1004"]?["status"]?.stringValue == "scrapped")
    }
  }

  @Test("A file that is not whole proves nobody's absence")
  func cutOff() async throws {
    try await open { store in
      #expect(try await store.run("tools").status == "succeeded")
      let whole = Self.text(Self.rows)
      let places = [
        whole.dropLast(5), whole.prefix(100), whole.dropLast(whole.count / 2), whole.dropLast(18),
        whole.prefix(0), whole.prefix(Self.header.count),
      ]
      for text in places {
        try store.write(String(text), to: "inbox/tools-1.csv")
        let result = try await store.crosswalk("run", "tools")
        #expect(result.status == 5, "\(text): \(result.text)")
        #expect(result.text.contains("tools-1.csv"), "\(result.text)")
        try nobodyLeft(store)
      }
      // A byte of another encoding, a row too short, and no file.
      try Data(Array(whole.utf8.prefix(60)) + [0xE4] + Array(whole.utf8.dropFirst(60))).write(
        to: store.path("inbox/tools-1.csv"))
      let byte = try await store.crosswalk("run", "tools")
      #expect(byte.status == 5)
      #expect(byte.text.contains("tools-1.csv, line 2, column"), "\(byte.text)")
      #expect(byte.text.contains("0xE4"), "\(byte.text)")
      try store.write(
        Self.text(Self.rows + ["1006;Rope"]), to: "inbox/tools-1.csv")
      let short = try await store.crosswalk("run", "tools")
      #expect(short.status == 5)
      #expect(
        short.text.contains("line 8, column 1: the row has 2 values instead of 5"), "\(short.text)")
      try FileManager.default.removeItem(at: store.path("inbox/tools-1.csv"))
      let gone = try await store.crosswalk("run", "tools")
      #expect(gone.status == 5)
      #expect(gone.text.contains("tools-*.csv"), "\(gone.text)")
      try nobodyLeft(store)
      try store.write(whole, to: "inbox/tools-1.csv")
      #expect(try await store.run("tools").count("tools", "unchanged") == 5)
    }
  }

  @Test("Two files where one is declared are named; the newest and all of them are read")
  func picks() async throws {
    try await open { store in
      try store.write(Self.text(["1009;Rope;;;"]), to: "inbox/tools-2.csv")
      let result = try await store.crosswalk("run", "tools")
      #expect(result.status == 5, "\(result.text)")
      #expect(result.text.contains("`tools-1.csv`"), "\(result.text)")
      #expect(result.text.contains("`tools-2.csv`"), "\(result.text)")
      #expect(store.writes.isEmpty)
      try store.edit("mappings/tools.yaml", "pick: one", "pick: all")
      #expect(try await store.run("tools").count("tools", "created") == 6)
      try store.edit("mappings/tools.yaml", "pick: all", "pick: newest")
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSince1970: 1_000_000)],
        ofItemAtPath: store.path("inbox/tools-2.csv").path)
      let newest = try await store.run("tools")
      #expect(try newest.count("tools", "unchanged") == 5)
      #expect(try newest.count("tools", "deactivated") == 1)
    }
  }

  @Test("Rows with one key are refused, with the places of both; so is a value that does not fit")
  func refusedRows() async throws {
    try await open { store in
      let rows = Self.rows + ["1006;Rope;;x;01.01.2024", "1002;Other;;;", ";Nobody's;;;"]
      try store.write(Self.text(rows), to: "inbox/tools-1.csv")
      let report = try await store.run("tools", exits: 3)
      #expect(try report.count("tools", "created") == 4)
      #expect(try report.count("tools", "rejected") == 4)
      let reasons = try report.reasons("tools").joined(separator: "\n")
      // The row before has two lines.
      #expect(
        reasons.contains(
          "several rows have this key: tools-1.csv, line 5, and tools-1.csv, line 9"),
        "\(reasons)")
      #expect(reasons.contains("holds no number (tools-1.csv, line 8, column 12)"), "\(reasons)")
      #expect(
        reasons.contains("is declared `required` (tools-1.csv, line 10, column 1)"), "\(reasons)")
      #expect(!reasons.contains("NULL"), "\(reasons)")
      // Three of them: all places in each reason.
      try store.write(Self.text(rows + ["1002;Third;;;"]), to: "inbox/tools-1.csv")
      let three = try await store.run("tools", exits: 3).reasons("tools").joined(separator: "\n")
      #expect(
        three.contains(
          "3 rows have this key: tools-1.csv, line 5; tools-1.csv, line 9; and tools-1.csv, line 11"
        ),
        "\(three)")
    }
  }

  @Test("Columns that are not in the file are found by lint --live, and by a run")
  func columns() async throws {
    try await open { store in
      try store.write(
        Self.text(Self.rows).replacing(";serial;", with: ";Serial;"), to: "inbox/tools-1.csv")
      for arguments in [["lint", "--live"], ["run", "tools"], ["plan", "tools"]] {
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        #expect(result.status == 1, "\(result.text)")
        #expect(result.text.contains("[E425]"), "\(result.text)")
        #expect(result.text.contains("has no column `serial`"), "\(result.text)")
        #expect(
          result.text.contains(
            "┌─ \(try store.place("tools-*.csv", in: "mappings/tools.yaml"))"), "\(result.text)")
      }
      // `check` says the same, with the same code.
      let check = try await store.crosswalk("check")
      #expect(check.status == 1, "\(check.text)")
      #expect(check.text.contains("has no column `serial`"), "\(check.text)")
      #expect(store.writes.isEmpty)
    }
  }

  @Test("A header that is one column names the delimiter that it shows")
  func delimiter() async throws {
    try await open { store in
      try store.write(
        Self.text(Self.rows).replacing(";", with: "\t"), to: "inbox/tools-1.csv")
      let result = try await store.crosswalk("run", "tools")
      #expect(result.status == 1, "\(result.text)")
      #expect(result.text.contains("[E425]"), "\(result.text)")
      #expect(result.text.contains(#"write `delimiter: "\t"`"#), "\(result.text)")
      let run = try await store.crosswalk("runs", "--format", "json")
      #expect(run.output.contains(#""status":"invalid""#), "\(run.text)")
    }
  }

  @Test("Words fit the kind of source: no query is spoken of where a file is read")
  func words() async throws {
    try await open { store in
      func text(_ old: String, _ new: String, _ arguments: [String]) async throws -> String {
        let before = try store.text("mappings/tools.yaml")
        try store.edit("mappings/tools.yaml", old, new)
        let result = try await Crosswalk.run(
          arguments, in: store.folder, environment: store.environment)
        try store.write(before, to: "mappings/tools.yaml")
        #expect(result.text.contains("help: "), "\(result.text)")
        for word in ["query", "select", "where …", "cast it"] {
          #expect(!result.text.contains(word), "\(word) in \(result.text)")
        }
        return result.text
      }
      let tools = ["lint", "mappings/tools.yaml"]
      let column = try await text("row.serial", "row.nothing", tools)
      #expect(column.contains("is not a column of this file"), "\(column)")
      #expect(column.contains("declare it under `columns`"), "\(column)")
      let null = try await text("name: required(text.clean(row.label))", "name: row.label", tools)
      #expect(null.contains("[E311]") && null.contains("`required: true`"), "\(null)")
      let key = try await text("key: number", "key: numbre", tools)
      #expect(key.contains("[E401]"), "\(key)")
      _ = try await text("key: number", "key: weight", tools)
      try store.write(
        Self.text(Self.rows + ["1002;Other;;;"]), to: "inbox/tools-1.csv")
      for key in ["1002", "4711"] {
        let explained = try await store.crosswalk("explain", "tools", key)
        #expect(!explained.text.contains("query"), "\(explained.text)")
      }
    }
  }

  @Test("A column whose name is no identifier is suggested as an expression can write it")
  func quotedNames() async throws {
    try await open { store in
      try store.write(
        """
        mapping: tools
        source: files
        target: depot
        resource: tools
        file: { name: tools-1.csv }
        key: Machine No.
        fields:
          code: required(row.`Machine No`)
          name: required(row.label)
        """, to: "mappings/tools.yaml")
      try store.write("Machine No.;label;Größe\n7;Saw;3\n", to: "inbox/tools-1.csv")
      #expect(try await store.crosswalk("schema", "pull").status == 0)
      let slip = try await store.crosswalk("lint", "mappings/tools.yaml")
      #expect(slip.text.contains("did you mean row.`Machine No.`?"), "\(slip.text)")
      try store.edit("mappings/tools.yaml", "row.`Machine No`", "row.`Machine No.`")
      #expect(try await store.run("tools").count("tools", "created") == 1)
      // Letters beyond ASCII have no place in an expression: the mapping gives the column another name.
      try store.edit("mappings/tools.yaml", "row.label", "row.Grösse")
      let other = try await store.crosswalk("lint", "mappings/tools.yaml")
      #expect(other.status == 1, "\(other.text)")
    }
  }

  @Test("A wait for a file that was changed just now is said")
  func waitIsSaid() async throws {
    try await open { store in
      try store.edit("mappings/sources/files.yaml", "settle: 0s", "settle: 1s")
      // Of a moment that is still to come it is always too young.
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: 3600)],
        ofItemAtPath: store.path("inbox/tools-1.csv").path)
      let run = try await store.crosswalk("run", "tools")
      #expect(run.status == 0, "\(run.text)")
      #expect(
        run.errors.contains("until `tools-1.csv` is no longer written"), "\(run.text)")
    }
  }

  @Test("Without declared columns the header names them, and the snapshot keeps them")
  func undeclared() async throws {
    try await open { store in
      try store.write(
        """
        mapping: tools
        source: files
        target: depot
        resource: tools
        file: { name: tools-1.csv }
        key: number
        fields:
          code: required(row.number)
          name: required(row.label)
        """, to: "mappings/tools.yaml")
      try store.write("number;label\n7;Saw\n", to: "inbox/tools-1.csv")
      let unknown = try await store.crosswalk("lint")
      #expect(unknown.text.contains("crosswalk schema pull"), "\(unknown.text)")
      #expect(try await store.crosswalk("schema", "pull").status == 0)
      let snapshot = try store.text("schemas/files/queries/tools.yaml")
      #expect(
        snapshot.contains("{ name: label, type: text, declared: text, nullable: true }"),
        "\(snapshot)")
      let known = try await store.crosswalk("lint", "mappings/tools.yaml")
      #expect(known.status == 0, "\(known.text)")
      #expect(try await store.run("tools").count("tools", "created") == 1)
      try store.write("number;name\n7;Saw\n", to: "inbox/tools-1.csv")
      let moved = try await store.crosswalk("lint", "--live", "mappings/tools.yaml")
      #expect(moved.status == 1)
      #expect(moved.text.contains("row.label"), "\(moved.text)")
    }
  }

  @Test("A file that is written to just now is not read")
  func writing() async throws {
    try await open { store in
      try store.edit("mappings/sources/files.yaml", "settle: 0s", "settle: 2s")
      let run = try RunningCrosswalk.start(
        ["run", "tools"], in: store.folder, environment: store.environment)
      // It looks at the file, waits, and looks again; whoever writes does not stop before it ends.
      let isOver = Mutex(false)
      let file = store.path("inbox/tools-1.csv")
      async let writing: Void = {
        var number = 0
        while !isOver.withLock({ $0 }) {
          number += 1
          try Data((Self.text(Self.rows) + "2\(number);Rope;;;\r\n").utf8).write(to: file)
          try await Task.sleep(for: .milliseconds(20))
        }
      }()
      let result = try await run.end(within: .seconds(100))
      isOver.withLock { $0 = true }
      try await writing
      #expect(result.status == 5, "\(result.text)")
      #expect(result.text.contains("still being written"), "\(result.text)")
      #expect(store.writes.isEmpty)
    }
  }
}
