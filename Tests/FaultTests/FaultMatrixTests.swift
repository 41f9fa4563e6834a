import Engine
import Loopback
import Testing

/// Every fault at the wire with every operation, on real parts: libcurl, the engine, a ledger on disk, a target.
@Suite(.timeLimit(.minutes(10)))
struct FaultMatrixTests {
  @Test("Nothing twice, nothing lost, nothing silently stuck", arguments: FaultRow.table)
  func matrix(_ row: FaultRow) async throws {
    var line = row.name.padded(to: 30)
    for operation in Operation.allCases {
      let end = try #require(row.ends[operation])
      let isWell = try await Cells.shared.take {
        try await Shop.open(patience: row.fault.patience) { shop in
          try await Cell(row: row, operation: operation, expected: end, shop: shop).play()
        }
      }
      line += " │ " + "\(operation): \(end)\(isWell ? "" : " ✘")".padded(to: 22)
    }
    print(line)
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}

/// One fault with one operation.
struct Cell {
  let row: FaultRow
  let operation: Operation
  let expected: End
  let shop: Shop

  /// What the target holds once everything has come to its end.
  private var wanted: [String] {
    (1...Shop.size).map { number in
      let isVictim = number == Shop.victim
      let name = isVictim && operation == .update ? "New" : "Part \(number)"
      return "P\(number) \(name) \(isVictim && operation == .deactivate ? "gone" : "sold")"
    }
  }

  /// Whether everything was as expected.
  func play() async throws -> Bool {
    let prelude = try await prepare()
    let isVictim = try victim()
    var address: WireFault.Address?
    switch row.fault.place {
    case .address(let make): address = try make()
    case .call(let times, let strike): shop.proxy.strike(times, isVictim, with: strike)
    case .everyCall(let strike): shop.proxy.strike(.max, { _ in true }, with: strike)
    }
    let disturbed = try await shop.run(at: address?.url)
    let found = try shop.objects
    var complaints = prelude + judge(disturbed, found)
    if shop.proxy.relent() == 0, address == nil { complaints.append("no call met the fault") }
    address = nil

    shop.clock.advance(by: .seconds(200))
    var later = try await shop.run()
    if expected == .rejected, operation != .deactivate {
      // What was refused rests for a run or for a day, and is named meanwhile.
      if later.status != .partial || !words(later).contains(row.says) {
        complaints.append("the next run does not name it: \(words(later))")
      }
      shop.clock.advance(by: .seconds(25 * 3600))
      later = try await shop.run()
    }
    if later.status != .succeeded {
      complaints.append("the later run: \(later.status) \(words(later))")
    }
    if try shop.objects != wanted { complaints.append("the target holds \(try shop.objects)") }
    complaints += try await shop.open().map { "left open: \($0)" }

    let writes = shop.writes
    let last = try await shop.run()
    if last.status != .succeeded || shop.writes != writes {
      complaints.append("a run with nothing to do: \(last.status), \(shop.writes - writes) writes")
    }
    for complaint in complaints {
      Issue.record("\(row.name) × \(operation), expected \(expected): \(complaint)")
    }
    return complaints.isEmpty
  }

  /// Brings table and target to where the operation has something to do.
  private func prepare() async throws -> [String] {
    switch operation {
    case .create: return []
    case .list:
      try shop.seed(1...4)
      return []
    case .update, .deactivate:
      let first = try await shop.run()
      shop.table.rows.withLock { rows in
        if operation == .update { rows[Shop.victim - 1].name = "New" }
        if operation == .deactivate { rows.remove(at: Shop.victim - 1) }
      }
      return first.status == .succeeded ? [] : ["the first run: \(first.status) \(words(first))"]
    }
  }

  private func victim() throws -> @Sendable (RawServer.Seen) -> Bool {
    switch operation {
    case .create:
      return {
        $0.method == "POST"
          && String(decoding: $0.body, as: UTF8.self).contains(#""P\#(Shop.victim)""#)
      }
    case .update, .deactivate:
      let path = "/v1/parts/\(try shop.id(of: Shop.victim))"
      return { $0.method == "PATCH" && $0.target == path }
    case .list: return { $0.method == "GET" && $0.target.contains("page=2") }
    }
  }

  private func judge(_ report: MappingReport, _ found: [String]) -> [String] {
    var complaints: [String] = []
    func check(_ isSo: Bool, _ complaint: @autoclosure () -> String) {
      if !isSo { complaints.append(complaint()) }
    }
    let codes = found.map { $0.prefix { $0 != " " } }
    check(Set(codes).count == codes.count, "twice at the target: \(found)")
    let status: RunStatus =
      switch expected {
      case .done: .succeeded
      case .rejected, .unknown: .partial
      case .stopped: .failed
      }
    check(report.status == status, "the run ended as \(report.status): \(words(report))")
    check(expected == .done || words(report).contains(row.says), "says only: \(words(report))")
    switch expected {
    case .done: check(found == wanted, "the target holds \(found)")
    case .rejected, .unknown:
      let kind: MappingReport.ReasonCount.Kind = expected == .unknown ? .unknown : .rejected
      let reasons = report.reasons.filter { $0.kind == kind }
      check(reasons.map(\.count) == [1], "its reasons are \(report.reasons)")
      let others = wanted.filter { !$0.hasPrefix("P\(Shop.victim) ") }
      check(others.allSatisfy(found.contains), "the target holds \(found)")
    case .stopped:
      check(report.mend?.isEmpty == false, "says nothing to do: \(words(report))")
      let done = wanted.filter { $0.hasPrefix("P\(Shop.victim) ") }
      check(operation == .list || !found.contains(done[0]), "the target holds \(found)")
    }
    return complaints
  }

  /// All that a person is told.
  private func words(_ report: MappingReport) -> String {
    let reasons = report.reasons.map { "\($0.kind) \($0.count) × \($0.field ?? "") \($0.message)" }
    return ([report.message, report.mend].compactMap(\.self) + reasons).joined(separator: "; ")
  }
}

/// How many cells are played at once: more would only take each other's time, and calls would run out of theirs.
private actor Cells {
  static let shared = Cells(6)

  private var free: Int
  private var waiting: [CheckedContinuation<Void, Never>] = []

  private init(_ free: Int) { self.free = free }

  func take<Result: Sendable>(_ body: @Sendable () async throws -> Result) async throws -> Result {
    if free > 0 {
      free -= 1
    } else {
      await withCheckedContinuation { waiting.append($0) }
    }
    defer { if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() } }
    return try await body()
  }
}
