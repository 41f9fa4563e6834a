import Engine
import JSON
import Loopback
import Synchronization
import Testing

/// Every fault that a call with many objects can meet: each of the records ends for itself.
@Suite(.timeLimit(.minutes(10)))
struct BatchFaultTests {
  @Test("Nothing twice, nothing lost, each record for itself", arguments: BatchFaultRow.table)
  func matrix(_ row: BatchFaultRow) async throws {
    let setup = Shop.Setup(patience: row.fault.patience, batch: row.batch)
    try await Cells.of(patience: row.fault.patience).take {
      try await Shop.open(setup) { try await BatchCell(row: row, shop: $0).play() }
    }
  }
}

/// One fault with one call.
private struct BatchCell {
  let row: BatchFaultRow
  let shop: Shop

  private static let good = "Part \(Shop.victim)"

  func play() async throws {
    if row.isBad { shop.table.rename(Shop.victim, "") }
    let struck = Mutex<[[String]]>([])
    let isBare = row.batch.way == Shop.Batch.bare.way
    let victim = Exchange.victim
    let left = Mutex(row.times)
    let fault = row.fault
    let isCreate: @Sendable (RawServer.Seen) -> Bool = { $0.method == "POST" }
    shop.proxy.strike(.max, isCreate) { exchange in
      let codes = exchange.codes
      let isMeant =
        codes.contains(victim)
        && left.withLock { left in
          defer { left = max(0, left - 1) }
          return left > 0
        }
      if isMeant {
        struck.withLock { $0.append(codes) }
        return fault.strike(exchange)
      }
      guard isBare else { return exchange.relay() }
      let made = exchange.applied(to: exchange.items).map { ["data": $0["data"] ?? .null] as JSON }
      exchange.connection.answer(200, bytes: JSON.array(made).compactBytes)
    }
    let disturbed = try await shop.run()
    let found = try shop.objects
    let first = struck.withLock { $0.first }
    expect(first == ["P1", "P2", "P3"], "the call that met the fault held \(first ?? [])")
    try await judge(disturbed, found)
    // With a body that is a list the target speaks otherwise than the sandbox, as long as it is asked for parts.
    if !isBare { _ = await shop.proxy.relent() } else { left.withLock { $0 = 0 } }

    shop.clock.advance(by: .seconds(200))
    var later = try await shop.run()
    if row.isBad || row.ends.contains(.rejected) {
      let says = row.isBad ? "is required" : row.says
      expect(later.status == .partial, "the next run ended as \(later.status)")
      expect(later.words.contains(says), "the next run says only: \(later.words)")
      let failed = try await shop.troubled().failed
      let refused = row.isBad ? ["\(Shop.victim)"] : parts(.rejected)
      expect(failed == refused, "after it, \(failed) are refused")
      if row.isBad { shop.table.rename(Shop.victim, Self.good) }
      shop.clock.advance(by: .seconds(25 * 3600))
      later = try await shop.run()
    }
    expect(later.status == .succeeded, "the later run: \(later.status) \(later.words)")
    let held = try shop.objects
    expect(held == wanted, "in the end the target holds \(held)")
    let open = try await shop.open()
    expect(open.isEmpty, "left open: \(open)")
    let writes = shop.writes
    let last = try await shop.run()
    expect(
      last.status == .succeeded && last.unchanged == Shop.size && shop.writes == writes,
      "a run with nothing to do: \(last.status), \(last.words), \(shop.writes - writes) writes")
  }

  private let wanted = (1...Shop.size).map { "P\($0) Part \($0) sold" }

  /// The numbers of the parts that end in this way.
  private func parts(_ end: End) -> [String] {
    zip(1..., row.ends).filter { $0.1 == end }.map { "\($0.0)" }
  }

  private func judge(_ report: MappingReport, _ found: [String]) async throws {
    let codes = found.map { $0.prefix { $0 != " " } }
    expect(Set(codes).count == codes.count, "twice at the target: \(found)")
    let isWell = row.ends.allSatisfy { $0 == .done }
    let status: RunStatus =
      row.ends.contains(.stopped) ? .failed : isWell ? .succeeded : .partial
    expect(report.status == status, "the run ended as \(report.status): \(report.words)")
    expect(isWell || report.words.contains(row.says), "says only: \(report.words)")
    guard status != .failed else {
      return expect(!codes.contains { "P1 P2 P3".contains($0) }, "the target holds \(found)")
    }
    let (unknown, failed) = try await shop.troubled()
    expect(unknown == parts(.unknown), "unknown are \(unknown): \(report.words)")
    expect(failed == parts(.rejected), "refused are \(failed): \(report.words)")
    expect(report.unknown == unknown.count, "\(report.unknown) count as unknown")
    expect(report.rejected == failed.count, "\(report.rejected) count as refused")
    let done = zip(1..., wanted).filter { number, _ in
      number > row.ends.count || row.ends[number - 1] == .done
    }.map(\.1)
    expect(done.allSatisfy(found.contains), "the target holds \(found)")
  }

  private func expect(_ isSo: Bool, _ complaint: @autoclosure () -> String) {
    if !isSo { Issue.record("\(row.name): \(complaint())") }
  }
}
