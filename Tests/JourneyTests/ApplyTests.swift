import Engine
import Foundation
import JSON
import Ledger
import Sandbox
import Testing

/// A plan that was kept is carried out exactly, or the record is refused and named.
@Suite(.timeLimit(.minutes(15))) struct ApplyTests {
  /// A storehouse after its first run, with three changes that wait: 1001 has another name, 1002 is gone, 1006 is new.
  static func open(
    _ body: @Sendable (inout Storehouse) async throws -> Void
  ) async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try await store.sql(
        """
        update inventory.tools set label = 'Mallet', weight = 2 where number = 1001;
        update inventory.tools set scrapped = true where number = 1002;
        insert into inventory.tools (store, number, label) values (1, 1006, 'Clamp');
        """)
      try await body(&store)
    }
  }

  static func plan(
    _ store: Storehouse, _ arguments: String..., exits status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let plan = try await Crosswalk.run(
      ["plan", "--out", "a.plan"] + arguments, in: store.folder, environment: store.environment)
    #expect(plan.status == status, "\(plan.text)", sourceLocation: sourceLocation)
  }

  static func apply(
    _ store: Storehouse, _ arguments: String..., exits status: Int32 = 0,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> Report {
    let result = try await Crosswalk.run(
      ["apply", "a.plan", "--format", "json"] + arguments, in: store.folder,
      environment: store.environment)
    #expect(result.status == status, "\(result.text)", sourceLocation: sourceLocation)
    return try Report(result)
  }

  /// Applies what must be refused as a whole; nothing may be sent.
  private func refused(
    _ store: Storehouse, with words: String, exits status: Int32 = 3,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let writes = store.writes.count
    let result = try await store.crosswalk("apply", "a.plan")
    #expect(result.status == status, "\(result.text)", sourceLocation: sourceLocation)
    #expect(result.errors.contains(words), "\(result.text)", sourceLocation: sourceLocation)
    #expect(result.errors.contains("help: "), "\(result.text)", sourceLocation: sourceLocation)
    #expect(store.writes.count == writes, sourceLocation: sourceLocation)
  }

  @Test(
    "Before the first run: rows that link to objects which the plan makes too; once, and not again")
  func first() async throws {
    try await Storehouse.open { store in
      // A circle, of which one is made without its link.
      try await store.sql("update inventory.boxes set inside = 'A1' where box = 'D4' and store = 1")
      try await Self.plan(store)
      let mode = try FileManager.default.attributesOfItem(atPath: store.path("a.plan").path)
      #expect((mode[.posixPermissions] as? NSNumber)?.intValue == 0o600)
      #expect(store.writes.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: store.ledger.path))
      let report = try await Self.apply(store)
      #expect(try report.count("boxes", "created") == 4)
      #expect(try report.count("boxes", "completed") == 1)
      #expect(try report.count("tools", "created") == 5)
      let boxes = try store.objects("boxes")
      #expect(boxes["D4"]?["parent_id"] == boxes["A1"]?["id"])
      #expect(try store.objects("tools")["1001"]?["box_id"] == boxes["A1"]?["id"])
      let writes = store.writes.count
      let again = try await store.crosswalk("apply", "a.plan")
      #expect(again.status == 0, "\(again.text)")
      #expect(again.output.contains("applied before, by run 1"), "\(again.text)")
      #expect(again.output.contains("nothing was sent again"), "\(again.text)")
      #expect(store.writes.count == writes)
      #expect(try await store.crosswalk("plan", "--detailed-exitcode").status == 0)
    }
  }

  @Test("Create, update and deactivate as planned; what is new since waits and is counted")
  func kinds() async throws {
    try await Self.open { store in
      try await Self.plan(store)
      try await store.sql(
        """
        update inventory.tools set label = 'Ruler' where number = 1005;
        insert into inventory.tools (store, number, label) values (1, 1007, 'Saw');
        """)
      let report = try await Self.apply(store)
      #expect(try report.count("tools", "created") == 1)
      #expect(try report.count("tools", "updated") == 1)
      #expect(try report.count("tools", "deactivated") == 1)
      #expect(try report.count("tools", "unplanned") == 2)
      #expect(try report.count("tools", "deferred") == 2)
      let tools = try store.objects("tools")
      #expect(tools["1001"]?["name"] == "Mallet")
      #expect(tools["1002"]?["status"] == "scrapped")
      #expect(tools["1005"]?["name"] == "Level")
      #expect(tools["1007"] == nil)
      #expect(report.json["plan"]?["id"]?.stringValue?.count == 12)
      let text = try await store.crosswalk("apply", "a.plan")
      #expect(text.status == 0 && text.output.contains("2 changes are new"), "\(text.text)")
      _ = try await store.run()
      #expect(try store.objects("tools")["1007"]?["name"] == "Saw")
    }
  }

  @Test(
    "A row that changed, one that is gone and one that is there again are refused; the others go")
  func rows() async throws {
    try await Self.open { store in
      try await store.sql("update inventory.tools set label = 'Rule' where number = 1005")
      try await Self.plan(store)
      try await store.sql(
        """
        update inventory.tools set label = 'Sledge' where number = 1001;
        update inventory.tools set scrapped = false where number = 1002;
        delete from inventory.tools where number = 1006;
        """)
      let report = try await Self.apply(store, exits: 3)
      #expect(report.status == "partial")
      #expect(try report.count("tools", "outdated") == 3)
      #expect(try report.count("tools", "updated") == 1)
      #expect(try report.count("tools", "rejected") == 1)
      let reasons = try report.reasons("tools").joined(separator: "\n")
      #expect(reasons.contains("its row has changed since the plan was made (1001)"), "\(reasons)")
      #expect(reasons.contains("1002"), "\(reasons)")
      #expect(reasons.contains("masked:"), "\(reasons)")
      let tools = try store.objects("tools")
      #expect(tools["1001"]?["name"] == "Hammer")
      #expect(tools["1002"]?["status"] == "present")
      #expect(tools["1005"]?["name"] == "Rule")
      // Nothing of that is held back afterwards.
      #expect(try await store.crosswalk("failures").output.contains("1001") == false)
      _ = try await store.run()
      #expect(try store.objects("tools")["1001"]?["name"] == "Sledge")
    }
  }

  @Test("A change that was sent in between, and one of what was last sent, are refused")
  func sent() async throws {
    try await Self.open { store in
      try await Self.plan(store)
      try await store.sql("update inventory.tools set label = 'Beetle' where number = 1001")
      _ = try await store.run("tools", "--key", "1001")
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      let report = try await Self.apply(store, exits: 3)
      let reasons = try report.reasons("tools").joined(separator: "\n")
      #expect(reasons.contains("what was last sent for it has changed"), "\(reasons)")
      #expect(try store.objects("tools")["1001"]?["name"] == "Beetle")
      #expect(try store.objects("tools")["1006"]?["name"] == "Clamp")
    }
  }

  @Test(
    "A mapping, or its target's file, that changed: nothing of it goes; comments and limits do not count"
  )
  func mappings() async throws {
    for (file, old, new, isSame) in [
      (
        "mappings/tools.yaml", "text.clean(row.serial)", "text.clean(row.serial) # as printed", true
      ),
      ("mappings/targets/depot.yaml", "calls: 100", "calls: 90", true),
      ("mappings/tools.yaml", "text.clean(row.label)", "text.clean(row.label) + \"!\"", false),
      (
        "mappings/targets/depot.yaml", "PATCH /v1/tools/{id}", "PATCH /v1/tools/{id}?quiet=1", false
      ),
    ] {
      try await Self.open { store in
        try await store.sql(
          "update inventory.boxes set label = 'Shelf' where box = 'A1' and store = 1")
        try await Self.plan(store)
        try store.edit(file, old, new)
        let report = try await Self.apply(store, exits: isSame ? 0 : 3)
        if isSame {
          #expect(try report.count("tools", "updated") == 1, "\(file)")
        } else {
          #expect(try report.count("tools", "outdated") == 3, "\(file)")
          let reasons = try report.reasons("tools").joined(separator: "\n")
          #expect(reasons.contains("the mapping, or its target's file, has changed"), "\(reasons)")
          #expect(try store.objects("tools")["1001"]?["name"] == "Hammer")
          #expect(try store.objects("tools")["1006"] == nil)
        }
        #expect(
          try report.count("boxes", "updated") == (file.contains("depot") && !isSame ? 0 : 1))
      }
    }
  }

  @Test("A link that is gone, and one that leads to another object")
  func links() async throws {
    try await Self.open { store in
      try await Self.plan(store)
      let ledger = try SQLiteLedger(path: store.ledger.path)
      let now = Instant(milliseconds: Int64(Date().timeIntervalSince1970 * 1000))
      guard
        case .acquired(let lease) = try await ledger.acquireLease(
          holder: "test", for: .seconds(30), now: now)
      else {
        Issue.record("the ledger is held")
        return
      }
      _ = try await ledger.move(
        LinkMoves(
          mapping: "tools", moves: [LinkMove(from: Key([.int(1001)]), to: Key([.int(9999)]))],
          who: "test", at: now, epoch: lease.epoch))
      try await ledger.releaseLease(lease)
      try ledger.close()
      let report = try await Self.apply(store, exits: 3)
      let reasons = try report.reasons("tools").joined(separator: "\n")
      #expect(reasons.contains("1001"), "\(reasons)")
      #expect(try store.objects("tools")["1001"]?["name"] == "Hammer")
      #expect(try store.objects("tools")["1006"]?["name"] == "Clamp")
    }
  }

  @Test(
    "Objects that are at the target already: what was to be linked is linked, unless it has changed"
  )
  func adoption() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try store.edit("mappings/crosswalk.yaml", ".crosswalk/ledger", "second/ledger")
      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      try await Self.plan(store)
      let writes = store.writes.count
      let text = try store.text("a.plan")
      #expect(text.contains("\"change\":\"adopt\""))
      let crane = try #require(try store.objects("tools")["1004"]?["id"]?.stringValue)
      try store.depot.edit("tools", crane, ["name": "Derrick"])
      let report = try await Self.apply(store, exits: 3)
      #expect(try report.count("tools", "adopted") == 4)
      #expect(try report.count("tools", "updated") == 1)
      #expect(try report.count("tools", "outdated") == 1)
      #expect(store.writes.count == writes + 1)
      #expect(try report.reasons("tools").joined().contains("the object at the target has changed"))
      #expect(try store.objects("tools")["1004"]?["name"] == "Derrick")
    }
  }

  @Test(
    "Expired, of another ledger, changed by one byte, cut short, of another form: refused, and nothing is made"
  )
  func wholeFile() async throws {
    try await Self.open { store in
      try await Self.plan(store, "--good-for", "1ms")
      try await refused(store, with: "was good until")
      try await Self.plan(store)
      let bytes = try Data(contentsOf: store.path("a.plan"))
      var places = Array(stride(from: 0, to: bytes.count, by: max(1, bytes.count / 24)))
      places += [bytes.count - 1, bytes.count - 3, bytes.count - 20]
      for place in places {
        var other = bytes
        other[place] = other[place] == UInt8(ascii: "0") ? UInt8(ascii: "1") : UInt8(ascii: "0")
        try other.write(to: store.path("a.plan"))
        let result = try await store.crosswalk("apply", "a.plan")
        #expect([2, 3].contains(result.status), "\(place): \(result.text)")
        #expect(result.errors.contains("help: "), "\(place): \(result.text)")
      }
      try bytes.dropLast(100).write(to: store.path("a.plan"))
      try await refused(store, with: "is not as it was written")
      try Data(bytes + Data("\n".utf8)).write(to: store.path("a.plan"))
      try await refused(store, with: "is not as it was written")
      let text = String(decoding: bytes, as: UTF8.self)
      try store.write(
        text.replacing("\"format_version\":1", with: "\"format_version\":2"), to: "a.plan")
      try await refused(store, with: "has the format 2")
      try store.write("project: storehouse\n", to: "a.plan")
      try await refused(store, with: "is not a plan file", exits: 2)
      try FileManager.default.removeItem(at: store.path("a.plan"))
      try await refused(store, with: "cannot be read", exits: 2)
      try bytes.write(to: store.path("a.plan"))

      let first = try store.text("mappings/crosswalk.yaml")
      try store.edit("mappings/crosswalk.yaml", ".crosswalk/ledger", "second/ledger")
      try await refused(store, with: "was made with another ledger")
      #expect(!FileManager.default.fileExists(atPath: store.path("second").path))
      #expect(try await store.crosswalk("adopt", "*", "--yes").status == 0)
      try await refused(store, with: "was made with another ledger")
      try store.write(first, to: "mappings/crosswalk.yaml")
      #expect(try await Self.apply(store).count("tools", "created") == 1)
    }
  }

  @Test("Nothing that a row has stands in the file in the clear: values, keys, sensitive or not")
  func secrecy() async throws {
    let canaries = ["Canary Jones", "canary.jones@example.com", "CAN-4711", "1977-07-07"]
    try await Storehouse.open { store in
      try store.edit(
        "mappings/tools.yaml", "when_absent:", "sensitive: [serial]\nwhen_absent:")
      try await store.sql(
        """
        update inventory.tools set label = 'Canary Jones', serial = 'CAN-4711',
          bought = '1977-07-07' where number = 1001;
        insert into inventory.boxes values (1, 'canary@x.y', 'canary.jones@example.com', null);
        insert into inventory.tools (store, number, label, serial)
          values (1, 424242, 'Canary Jones', 'CAN-4711');
        """)
      for step in 0..<2 {
        try await Self.plan(store, "--format", "html")
        let text = try store.text("a.plan")
        for canary in canaries + ["canary@x.y", "\"424242", ":424242", "Mallet", "Hammer"] {
          #expect(!text.contains(canary), "\(canary)")
          #expect(!text.contains(Data(canary.utf8).base64EncodedString()), "\(canary)")
        }
        #expect(text.contains("masked:") && text.contains("\"serial\""))
        if step == 0 {
          _ = try await Self.apply(store)
          try await store.sql(
            "update inventory.tools set label = 'Mallet', serial = 'CAN-4712' where number = 1001")
        }
      }
    }
  }

  @Test(
    "A file that is not a plan is never replaced by one", arguments: ["old", "{\"kind\":\"x\"}"])
  func otherFiles(_ text: String) async throws {
    try await Self.open { store in
      try store.write(text, to: "notes.txt")
      let plan = try await store.crosswalk("plan", "--out", "notes.txt")
      #expect(plan.status == 2, "\(plan.text)")
      #expect(plan.errors.contains("`notes.txt` is there and is not a plan file"), "\(plan.text)")
      #expect(try store.text("notes.txt") == text)
      try store.write("", to: "notes.txt")
      #expect(try await store.crosswalk("plan", "--out", "notes.txt").status == 0)
    }
  }

  @Test("Beside the other outputs, in place of a file with wide rights, through a link")
  func outputs() async throws {
    try await Self.open { store in
      try store.write(#"{"kind":"crosswalk plan","format_version":0}"#, to: "kept.plan")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o644], ofItemAtPath: store.path("kept.plan").path)
      try FileManager.default.createSymbolicLink(
        atPath: store.path("a.plan").path, withDestinationPath: "kept.plan")
      let plan = try await store.crosswalk("plan", "--format", "json", "--out", "a.plan")
      #expect(plan.status == 0, "\(plan.text)")
      #expect(try plan.json()["changes"]?.arrayValue?.count == 3)
      #expect(plan.errors.contains("`crosswalk apply a.plan` sends them until"), "\(plan.text)")
      let kept = store.path("kept.plan").path
      let mode = try FileManager.default.attributesOfItem(atPath: kept)[.posixPermissions]
      #expect((mode as? NSNumber)?.intValue == 0o600)
      #expect(
        try store.text("kept.plan").hasPrefix("{\"kind\":\"crosswalk plan\",\"format_version\":1,"))
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: store.folder.path)
          .allSatisfy { !$0.hasSuffix(".part") })
      #expect(try await Self.apply(store).count("tools", "updated") == 1)
      #expect(try await store.crosswalk("plan", "--good-for", "2h").status == 64)
    }
  }

  @Test("A part of a plan, and a plan of a part")
  func parts() async throws {
    try await Self.open { store in
      try await store.sql(
        "update inventory.boxes set label = 'Shelf' where box = 'A1' and store = 1")
      try await Self.plan(store)
      let one = try await Self.apply(store, "tools", "--only", "1001")
      #expect(one.mappings.count == 1)
      #expect(try one.count("tools", "updated") == 1)
      #expect(try one.count("tools", "rows") == 1)
      #expect(try store.objects("tools")["1006"] == nil)
      #expect(try store.objects("tools")["1002"]?["status"] == "present")
      let other = try await Self.apply(store, "--except", "boxes")
      #expect(try other.count("tools", "created") == 1)
      #expect(try other.count("tools", "already_sent") == 1)
      #expect(try store.objects("boxes")["A1"]?["name"] == "Drawer")
      try await store.sql(
        """
        update inventory.tools set label = 'Level 2' where number = 1005;
        update inventory.tools set label = 'Crane 2' where number = 1004;
        """)
      try await Self.plan(store, "tools", "--key", "1005")
      let last = try await Self.apply(store)
      #expect(last.mappings.count == 1)
      #expect(try last.count("tools", "updated") == 1)
      #expect(try last.count("tools", "rows") == 1)
      #expect(try last.mapping("tools")["unplanned"] == nil)
      #expect(try store.objects("tools")["1004"]?["name"] == "Crane")
      let nothing = try await store.crosswalk("apply", "a.plan", "boxes")
      #expect(nothing.status == 3, "\(nothing.text)")
      #expect(nothing.errors.contains("it is about tools"), "\(nothing.text)")
    }
  }

  @Test(
    "Applied before what it links to: the rows wait, and the same plan sends them later",
    arguments: [#"link("boxes", row.box)"#, #"link("boxes", row.box).orValue(null)"#])
  func beforeItsLinks(_ link: String) async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/tools.yaml", #"link("boxes", row.box)"#, link)
      try await Self.plan(store)
      let linked = 2
      let first = try await Self.apply(store, "tools")
      let reasons = try first.reasons("tools").joined(separator: "\n")
      #expect(try first.mapping("tools")["outdated"] == nil, "\(reasons)")
      #expect(try first.count("tools", "rejected") == 0, "\(reasons)")
      #expect(try first.count("tools", "deferred") >= linked, "\(reasons)")
      #expect(reasons.contains("an object of boxes that does not exist yet"), "\(reasons)")
      #expect(reasons.contains("the plan stays good"), "\(reasons)")
      _ = try await Self.apply(store, "boxes")
      let last = try await Self.apply(store)
      #expect(
        try last.count("tools", "created") == first.count("tools", "deferred"), "\(last.json)")
      let box = try store.objects("boxes")["A1"]?["id"]
      #expect(try store.objects("tools")["1001"]?["box_id"] == box)
    }
  }

  @Test("Of rows that link to their like, one alone: it waits for the other, or has really changed")
  func beforeItsOwnLinks() async throws {
    try await Storehouse.open { store in
      try await store.sql("update inventory.boxes set inside = 'A1' where box = 'D4' and store = 1")
      try await store.sql("update inventory.boxes set inside = null where box = 'A1' and store = 1")
      try await Self.plan(store, "boxes")
      let alone = try await Self.apply(store, "--only", "D4")
      let reasons = try alone.reasons("boxes").joined(separator: "\n")
      #expect(try alone.count("boxes", "deferred") == 1, "\(reasons)")
      #expect(reasons.contains("does not exist yet"), "\(reasons)")
      try await store.sql("update inventory.boxes set label = 'Other' where box = 'D4'")
      let changed = try await Self.apply(store, "--only", "D4", exits: 3)
      #expect(
        try changed.reasons("boxes").joined().contains("its row has changed"), "\(changed.json)")
    }
  }

  @Test("A target that could not be reached, and then can: the rest goes, nothing twice")
  func resumed() async throws {
    try await Storehouse.open { store in
      try await Self.plan(store)
      store.depot.inject(Fault("POST /v1/tools", .status(401), calls: nil))
      _ = try await Self.apply(store, exits: 5)
      #expect(try store.objects("boxes").count == 4)
      #expect(try store.objects("tools").isEmpty)
      store.depot.clearFaults()
      let report = try await Self.apply(store)
      #expect(try report.count("boxes", "already_sent") == 4)
      #expect(try report.count("tools", "created") == 5)
      #expect(try store.objects("tools")["1001"]?["box_id"] == store.objects("boxes")["A1"]?["id"])
    }
  }
}
