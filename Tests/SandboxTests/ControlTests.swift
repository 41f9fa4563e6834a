import JSON
import Testing

@testable import Sandbox

@Suite(.timeLimit(.minutes(5))) struct ControlTests {
  @Test func aTestDrivesTheSandboxOverHTTP() async throws {
    try await withSandbox { sandbox in
      let system = try #require(sandbox.samsara)
      let made = try await system.answers(
        system.request(
          "POST /_sandbox/objects/drivers", [["name": "A", "username": "a"], ["name": "B"]]),
        system.request("GET /_sandbox/objects/drivers"))
      #expect(made[0]?.status == 201)
      let ids = made[0]?.json?["ids"]?.arrayValue?.compactMap(\.stringValue) ?? []
      #expect(made[1]?.json?.at("objects").ids == ids)

      let changed = try await system.answers(
        system.request("PATCH /_sandbox/objects/drivers/\(ids[0])", ["name": "C"]),
        system.request("DELETE /_sandbox/objects/drivers/\(ids[1])"),
        system.request("DELETE /_sandbox/objects/drivers/\(ids[1])"),
        system.request("GET /_sandbox/objects/nothing"),
        system.request("GET /fleet/drivers"))
      #expect(changed.map { $0?.status } == [204, 204, 404, 404, 200])
      #expect(changed[3]?.json?["code"] == "SANDBOX_UNKNOWN")
      #expect(changed[4]?.json?.at("data[].name") == ["C"])

      let faults = try await system.answers(
        system.request(
          "POST /_sandbox/faults",
          [
            "match": "GET /me", "kind": "status", "status": 429, "retry_after": .number("1.5"),
            "calls": .null,
          ]),
        system.request("GET /_sandbox/faults"), system.request("GET /me"),
        system.request("DELETE /_sandbox/faults"), system.request("GET /me"),
        system.request("POST /_sandbox/faults", ["kind": "none"]),
        system.request("PATCH /_sandbox/settings", ["pages": "short"]),
        system.request("PATCH /_sandbox/settings", ["pages": "sideways"]))
      #expect(faults.map { $0?.status } == [204, 200, 429, 204, 200, 400, 204, 400])
      #expect(faults[1]?.json?.at("faults[].match") == ["GET /me"])
      #expect(faults[2]?.headers["retry-after"] == "1.5")

      let seen = try await system.answers(
        system.request("GET /_sandbox/calls?match=GET%20/me"),
        system.request("GET /_sandbox/counts"),
        system.request("GET /_sandbox/fullest?seconds=60&match=/me"),
        system.request("GET /_sandbox/fullest"), system.request("GET /_sandbox/ready"),
        system.request("GET /_sandbox/nonsense"))
      #expect(seen[0]?.json?.at("calls[].status") == [429, 200])
      #expect(seen[1]?.json?["counts"] == ["GET /fleet/drivers": 1, "GET /me": 2])
      #expect(seen[2]?.json?["calls"] == 2)
      #expect(seen.map { $0?.status } == [200, 200, 200, 400, 200, 400])

      _ = try await system.answers(system.request("POST /_sandbox/reset"))
      #expect(system.calls.isEmpty)
      #expect(try system.objects("drivers") == [])
    }
  }

  @Test func controlsCountInNoWindowAndNeedNoToken() async throws {
    try await withSandbox {
      $0.safetyamp?.windows = [RateWindow("all", calls: 1, per: .seconds(60))]
    } _: { sandbox in
      let system = try #require(sandbox.safetyamp)
      let ready = "GET /_sandbox/ready HTTP/1.1\r\nHost: x\r\n\r\n"
      let answers = try await system.answers(
        ready, ready, ready, system.request("GET /api/roles"), system.request("GET /api/roles"),
        ready)
      #expect(answers.map { $0?.status } == [200, 200, 200, 200, 429, 200])
      #expect(system.calls.count == 2)
    }
  }
}
