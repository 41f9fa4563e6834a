import Engine
import Loopback
import Testing

/// One fault with one operation.
struct Cell {
  let row: FaultRow
  let operation: Operation
  let expected: End
  let shop: Shop

  /// What the target holds when everything has come to its end; `isBack`: and the row of a deleted object is there again.
  private func wanted(isBack: Bool) -> [String] {
    (1...Shop.size).compactMap { number in
      let isVictim = number == Shop.victim
      if isVictim, operation.deletes, !isBack { return nil }
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
    let struck = await shop.proxy.relent()
    if struck == 0, address == nil { complaints.append("no call met the fault") }
    address = nil

    let isBack = operation == .comeBack
    if isBack { shop.table.restore(Shop.victim) }
    shop.clock.advance(by: .seconds(200))
    var later = try await shop.run()
    if expected == .rejected, !operation.givesUp {
      // What was refused rests for a run or for a day, and is named meanwhile.
      if later.status != .partial || !later.words.contains(row.says) {
        complaints.append("the next run does not name it: \(later.words)")
      }
      shop.clock.advance(by: .seconds(25 * 3600))
      later = try await shop.run()
    }
    if later.status != .succeeded {
      complaints.append("the later run: \(later.status) \(later.words)")
    }
    if try shop.objects != wanted(isBack: isBack) {
      complaints.append("in the end the target holds \(try shop.objects)")
    }
    complaints += try await shop.open().map { "left open: \($0)" }
    if shop.deleted > 1 { complaints.append("deleted \(shop.deleted) objects") }

    let writes = shop.writes
    let last = try await shop.run()
    if last.status != .succeeded || last.unchanged != last.rows || shop.writes != writes {
      complaints.append(
        "a run with nothing to do: \(last.status), \(last.unchanged) of \(last.rows) unchanged, "
          + "\(shop.writes - writes) writes")
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
    case .update, .deactivate, .delete, .comeBack:
      let first = try await shop.run()
      if operation.givesUp {
        shop.table.remove(Shop.victim)
      } else {
        shop.table.rename(Shop.victim, "New")
      }
      return first.status == .succeeded ? [] : ["the first run: \(first.status) \(first.words)"]
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
    case .delete, .comeBack:
      let path = "/v1/parts/\(try shop.id(of: Shop.victim))"
      return { $0.method == "DELETE" && $0.target == path }
    case .list: return { $0.method == "GET" && $0.target.contains("page=2") }
    }
  }

  private func judge(_ report: MappingReport, _ found: [String]) -> [String] {
    var complaints: [String] = []
    func check(_ isSo: Bool, _ complaint: @autoclosure () -> String) {
      if !isSo { complaints.append(complaint()) }
    }
    let wanted = wanted(isBack: false)
    let codes = found.map { $0.prefix { $0 != " " } }
    check(Set(codes).count == codes.count, "twice at the target: \(found)")
    let status: RunStatus =
      switch expected {
      case .done: .succeeded
      case .rejected, .unknown: .partial
      case .stopped: .failed
      }
    check(report.status == status, "the run ended as \(report.status): \(report.words)")
    check(expected == .done || report.words.contains(row.says), "says only: \(report.words)")
    switch expected {
    case .done: check(found == wanted, "the target holds \(found)")
    case .rejected, .unknown:
      let kind: MappingReport.ReasonCount.Kind = expected == .unknown ? .unknown : .rejected
      let reasons = report.reasons.filter { $0.kind == kind }
      check(reasons.map(\.count) == [1], "its reasons are \(report.reasons)")
      let others = wanted.filter { !$0.hasPrefix("P\(Shop.victim) ") }
      check(others.allSatisfy(found.contains), "the target holds \(found)")
    case .stopped:
      check(report.remedy?.isEmpty == false, "says nothing to do: \(report.words)")
      let victim = found.filter { $0.hasPrefix("P\(Shop.victim) ") }
      let before = operation == .create ? [] : ["P\(Shop.victim) Part \(Shop.victim) sold"]
      check(operation == .list || victim == before, "the target holds \(found)")
    }
    return complaints
  }
}

extension MappingReport {
  /// All that a person is told.
  var words: String {
    let reasons = reasons.map { "\($0.kind) \($0.count) × \($0.field ?? "") \($0.message)" }
    return ([message, remedy].compactMap(\.self) + reasons).joined(separator: "; ")
  }
}
