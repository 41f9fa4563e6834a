import Foundation
import JSON
import Sandbox
import Testing

/// One record, from its row to the call.
@Suite struct ExplainTests {
  @Test("Before the first run, after it, after a change, refused, absent, unknown")
  func oneRecord() async throws {
    try await Storehouse.open { store in
      func explain(_ key: String) async throws -> JSON {
        let result = try await store.crosswalk("explain", "tools", key, "--format", "json")
        #expect(result.status == 0, "\(result.text)")
        return try result.json()
      }
      let waiting = try await explain("1001")
      #expect(waiting["verdict"] == "deferred", "\(waiting)")
      #expect(try await explain("1004")["request"]?["path"] == "/v1/tools")
      #expect(store.depot.calls.isEmpty)

      _ = try await store.run()
      let box = try #require(try store.objects("boxes")["A1"]?["id"]?.intValue)
      let unchanged = try await explain("1001")
      #expect(unchanged["verdict"] == "unchanged")
      #expect(unchanged["row"]?["label"] == "Hammer  ")
      #expect(
        unchanged["links"]?.arrayValue?.first?["target_id"] == .string(String(box)), "\(unchanged)")

      try await store.sql("update inventory.tools set label = 'Mallet' where number = 1001")
      let calls = store.depot.calls.count
      let changed = try await store.crosswalk("explain", "tools", "1001")
      #expect(changed.output.contains("name  \"Hammer\" → \"Mallet\""), "\(changed.text)")
      #expect(changed.output.contains("{\"name\":\"Mallet\"}"), "\(changed.text)")
      #expect(changed.output.contains("= required(text.clean(row.label))"), "\(changed.text)")
      #expect(store.depot.calls.count == calls)

      try await store.sql("update inventory.tools set weight = 100000.5 where number = 1002")
      let refused = try await explain("1002")
      #expect(refused["verdict"] == "rejected")
      #expect(
        refused["fields"]?.arrayValue?.contains {
          $0["field"] == "weight" && $0["problem"] != .null
        } == true, "\(refused)")

      try await store.sql("delete from inventory.tools where number = 1005")
      let gone = try await explain("1005")
      #expect(gone["verdict"] == "deactivate", "\(gone)")
      #expect(gone["request"]?["body"]?["status"] == "scrapped", "\(gone)")
      let nobody = try await store.crosswalk("explain", "tools", "77")
      #expect(nobody.status == 2)
      #expect(nobody.errors.contains("no row and no link with the key 77"), "\(nobody.text)")
    }
  }

  @Test("Sensitive values are masked, in the row, the record and the request")
  func masked() async throws {
    try await Storehouse.open { store in
      try store.edit("mappings/tools.yaml", "when_absent:", "sensitive: [serial]\nwhen_absent:")
      let text = try await store.crosswalk("explain", "tools", "1004")
      let json = try await store.crosswalk("explain", "tools", "1004", "--format", "json")
      #expect(text.output.contains("masked"), "\(text.text)")
      for output in [text.output, json.output] { #expect(!output.contains("CR-9"), "\(output)") }
    }
  }
}
