import Engine
import JSON
import Rows
import Testing

/// An id is what the target calls an object, digit for digit.
@Suite struct OpaqueIDTests {
  @Test(arguments: [
    "42", "9223372036854775807", "9223372036854775808", "12345678901234567890",
    "123456789012345678901234567890",
  ])
  func aNumberKeepsItsDigitsFromTheAnswerToTheLink(id: String) async throws {
    let stage = try Stage()
    stage.source.set("groups", [[.int(1), .text("one")]])
    stage.source.set("things", [[.int(7), .text("a"), .null, .null, .int(1)]])
    stage.target.spoil {
      $0.route == "POST /groups"
        ? .answered(201, body: #"{"data":{"id":\#(id),"code":"g1"}}"#) : .none
    }
    #expect(try await stage.run()["things"]?.created == 1)
    #expect(try await stage.ledger.link(of: "groups", key: Key([.int(1)]))?.targetID == id)
    let body = try #require(stage.target.writes.last?.body)
    #expect(String(decoding: body, as: UTF8.self).contains(#""group_id":\#(id),"#))
  }

  @Test(arguments: ["1.0", "12.50", "1e3", "123456789012345678901234567890"])
  func noDigitIsRounded(id: String) async throws {
    let stage = try Stage()
    stage.source.set("groups", [[.int(1), .text("one")]])
    stage.target.spoil {
      $0.method == "POST" ? .answered(201, body: #"{"data":{"id":\#(id),"code":"g1"}}"#) : .none
    }
    #expect(try await stage.run()["groups"]?.created == 1)
    #expect(try await stage.ledger.link(of: "groups", key: Key([.int(1)]))?.targetID == id)
  }
}
