import Foundation
import JSON
import Sandbox
import Testing

/// A run is taken back.
@Suite struct UndoTests {
  @Test("Fields go back; what a person edited since and what cannot be taken back is named")
  func undo() async throws {
    try await Storehouse.open { store in
      _ = try await store.run()
      try await store.sql(
        """
        update inventory.tools set label = 'Mallet', weight = 2 where number = 1001;
        update inventory.tools set label = 'Gouge' where number = 1002;
        update inventory.boxes set label = 'Shelf' where box = 'A1';
        insert into inventory.tools (store, number, label) values (1, 1006, 'Saw');
        insert into inventory.boxes values (1, 'E5', 'Crate', null);
        """)
      _ = try await store.run()
      let ids = try store.objects("tools").compactMapValues { $0["id"]?.stringValue }
      try store.depot.edit("tools", try #require(ids["1002"]), ["name": "Mine"])

      let writes = store.writes.count
      let shown = try await store.crosswalk("undo", "2")
      #expect(shown.status == 0, "\(shown.text)")
      #expect(shown.output.contains("name  \"Mallet\" → \"Hammer\""), "\(shown.text)")
      #expect(shown.output.contains("left alone: name was edited at the target since"))
      #expect(shown.output.contains("the mapping has no `when_absent`"), "\(shown.text)")
      #expect(store.writes.count == writes)

      let done = try await store.crosswalk("undo", "2", "--yes", "--format", "json")
      #expect(done.status == 0, "\(done.text)")
      let tools = try store.objects("tools")
      #expect(tools["1001"]?["name"] == "Hammer")
      #expect(tools["1001"]?["weight"]?.description == "1.250")
      #expect(tools["1002"]?["name"] == "Mine")
      #expect(tools["1006"]?["status"] == "scrapped")
      #expect(try store.objects("boxes")["E5"] != nil)
      let again = try await store.crosswalk("undo", "2", "--format", "json").json()
      #expect(
        again["items"]?.arrayValue?.allSatisfy { $0["action"] == "none" || $0["key"] == "A1" }
          == true, "\(again)")
      let none = try await store.crosswalk("undo", "99")
      #expect(none.status == 2, "\(none.text)")
    }
  }
}
