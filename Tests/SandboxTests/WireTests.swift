import Foundation
import JSON
import NIOCore
import Testing

@testable import Sandbox

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

@Suite(.timeLimit(.minutes(5))) struct WireTests {
  @Test func oneLineSaysWhereEverythingIs() async throws {
    try await withSandbox { sandbox in
      let line = try JSON(parsing: sandbox.description)
      #expect(line.at("safetyamp.url") == .string(try #require(sandbox.safetyamp).url))
      #expect(line.at("safetyamp.fqdn") == "sandbox.safetyamp.com")
      #expect(line.at("samsara.token") == "samsara-sandbox-token")
      #expect(line.at("generic.base_path") == "/v1")
      #expect(line.at("generic.resources") == ["items"])
      #expect(!sandbox.description.contains("\n"))
    }
  }

  @Test func aClientOfSomebodyElseGetsAlong() async throws {
    try await withSandbox { sandbox in
      let samsara = try #require(sandbox.samsara)
      func send(_ method: String, _ path: String, _ body: JSON? = nil) async throws -> (Int, JSON) {
        var request = URLRequest(url: try #require(URL(string: samsara.url + path)))
        request.httpMethod = method
        request.setValue("Bearer \(samsara.token)", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = body.map { Data($0.compactBytes) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        return (status, data.isEmpty ? .null : try JSON(parsing: Array(data)))
      }
      let (status, made) = try await send(
        "POST", "/fleet/drivers", driver(1, ["externalIds": ["erp": "1%4+4@10."]]))
      #expect(status == 200)
      let found = try await send("GET", "/fleet/drivers/erp:1%254%2B4%4010.")
      #expect(found.0 == 200)
      #expect(found.1.at("data.id") == made.at("data.id"))
      #expect(try await send("GET", "/fleet/drivers?limit=1").1.at("data").arrayValue?.count == 1)
      let (deleted, _) = try await send("POST", "/addresses", [:])
      #expect(deleted == 400)
      #expect(samsara.calls.map(\.call.method) == ["POST", "GET", "GET", "POST"])
      #expect(samsara.calls.first?.call.headers["content-type"] == "application/json")
    }
  }

  @Test func oneConnectionCarriesManyCalls() async throws {
    try await withSandbox { sandbox in
      let system = try #require(sandbox.safetyamp)
      let id = try system.seed("users", person(1))
      let answers = try await system.answers(
        system.request("GET /api/roles"), system.request("POST /api/users", person(2)),
        system.request("DELETE /api/users/\(id)"), system.request("GET /api/users"),
        system.request("GET /api/%zz"))
      #expect(answers.map { $0?.status } == [200, 201, 204, 200, 400])
      #expect(answers[0]?.headers["content-type"] == "application/json")
      #expect(answers[0]?.headers["x-ratelimit-remaining"] == "59")
      #expect(answers[0]?.headers["date"]?.hasSuffix("GMT") == true)
      #expect(answers[2]?.headers["content-length"] == nil)
      #expect(answers[3]?.json?.at("data").arrayValue?.count == 1)
      #expect(system.calls.map(\.status) == [200, 201, 204, 200])
    }
  }

  @Test func connectionsAreDroppedBeforeAndAfterTheEffect() async throws {
    try await withSandbox { sandbox in
      let system = try #require(sandbox.safetyamp)
      system.inject(Fault("POST /api/users", .dropBefore))
      system.inject(Fault("POST /api/users", .dropAfter))
      let before = try await system.answers(system.request("POST /api/users", person(1)))
      #expect(before.map { $0 == nil } == [true])
      #expect(try system.objects("users") == [])
      let after = try await system.answers(system.request("POST /api/users", person(1)))
      #expect(after.map { $0 == nil } == [true])
      #expect(try system.objects("users").count == 1)
      #expect(system.calls.map(\.status) == [nil, nil])
    }
  }

  @Test func bodiesAreCutShortAndConnectionsHungUp() async throws {
    try await withSandbox { sandbox in
      let system = try #require(sandbox.samsara)
      system.inject(Fault("POST /fleet/drivers", .cut(bytes: 10)))
      let cut = try #require(
        try await system.answers(system.request("POST /fleet/drivers", driver(1)))[0])
      #expect(cut.status == 200)
      #expect(cut.body.count == 10)
      #expect(!cut.isWhole)
      #expect(try system.objects("drivers").count == 1)
      system.inject(Fault("GET /me", .hangUp))
      let answers = try await system.answers(
        system.request("GET /me"), system.request("GET /me"))
      #expect(answers[0]?.status == 200)
      #expect(answers[0]?.headers["connection"] == nil)
      // Depending on how fast it is, the client meets the end of the connection or a reset.
      #expect(answers[1]?.status ?? 0 == 0)
      #expect(system.count(matching: "GET /me") == 1)
    }
  }

  @Test func aLatePostLandsAfterItsConnectionIsGone() async throws {
    try await withSandbox { sandbox in
      let system = try #require(sandbox.safetyamp)
      system.inject(Fault("POST /api/users", .late(.milliseconds(300))))
      let answers = try await system.answers(system.request("POST /api/users", person(1)))
      #expect(answers[0] == nil)
      while try system.objects("users").isEmpty { try await Task.sleep(for: .milliseconds(20)) }
      #expect(try system.objects("users").count == 1)
    }
  }

  @Test func aBodyMayWaitForLeave() async throws {
    try await withSandbox { sandbox in
      let system = try #require(sandbox.generic)
      let answers = try await system.answers(
        system.request("POST /v1/items", ["name": "A"], "Expect: 100-continue\r\n"), "")
      #expect(answers.map { $0?.status } == [100, 201])
    }
  }

  @Test func limitsAreThoseOfAScaledClock() async throws {
    let clock = StillClock()
    try await withSandbox(clock: clock) {
      $0.timeScale = 100
      $0.safetyamp?.windows = [RateWindow("all", calls: 3, per: .seconds(61))]
    } _: { sandbox in
      let system = try #require(sandbox.safetyamp)
      let request = system.request("GET /api/roles")
      let burst = try await system.answers(request, request, request, request)
      #expect(burst.map { $0?.status } == [200, 200, 200, 429])
      #expect(burst[3]?.headers["retry-after"] == "1")
      clock.advance(by: .milliseconds(609))
      #expect(try await system.answers(request)[0]?.status == 429)
      clock.advance(by: .milliseconds(1))
      #expect(try await system.answers(request)[0]?.status == 200)
      #expect(system.calls.map(\.refused) == [false, false, false, true, true, false])
      #expect(system.fullestWindow(seconds: 0.61) == 5)
    }
  }

  @Test func aDelayHoldsTheAnswerNotTheEffect() async throws {
    let clock = StillClock()
    try await withSandbox(clock: clock) { sandbox in
      let system = try #require(sandbox.safetyamp)
      system.inject(Fault("POST /api/users", .none, delay: .seconds(30)))
      async let answers = system.answers(system.request("POST /api/users", person(1)))
      while try system.objects("users").isEmpty { await Task.yield() }
      clock.advance(by: .seconds(30))
      #expect(try await answers[0]?.status == 201)
    }
  }

  @Test func connectionsAreResetWhereThatIsAskedFor() async throws {
    try await withSandbox { sandbox in
      let system = try #require(sandbox.generic)
      system.inject(Fault("POST /v1/items", .dropAfter, resets: true))
      let answers = try await system.answers(system.request("POST /v1/items", ["name": "A"]))
      #expect(answers[0]?.status == WireAnswer.reset.status)
      #expect(try system.objects("items").count == 1)
    }
  }

  @Test(arguments: [
    ("127.0.0.1", true), ("127.8.0.9", true), ("::1", true), ("::ffff:127.0.0.1", true),
    ("192.0.2.7", false), ("2001:db8::1", false), ("::ffff:192.0.2.7", false),
  ])
  func controlsAreTakenFromThisMachineOnly(address: String, isLocal: Bool) throws {
    let socket = try SocketAddress(ipAddress: address, port: 80)
    #expect(SandboxResponder.isLoopback(socket) == isLocal)
  }

  @Test func aTakenPortIsSaidSoAndStoppingFreesIt() async throws {
    let first = try await Sandbox.start()
    let port = try #require(first.samsara?.url.split(separator: ":").last.flatMap { Int($0) })
    var configuration = SandboxConfiguration()
    configuration.samsaraPort = port
    do throws(SandboxError) {
      let second = try await Sandbox.start(configuration)
      await second.stop()
      Issue.record("two sandboxes on one port")
    } catch {
      #expect(error.code == .cannotListen)
      #expect(error.message.contains(String(port)))
    }
    await first.stop()
    let third = try await Sandbox.start(configuration)
    #expect(third.samsara?.url == "http://127.0.0.1:\(port)")
    await third.stop()
  }
}
