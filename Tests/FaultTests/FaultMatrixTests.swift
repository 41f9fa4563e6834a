import Engine
import Loopback
import Testing

/// Every fault at the wire with every operation, on real parts: libcurl, the engine, a ledger on disk, a target.
@Suite(.timeLimit(.minutes(10)))
struct FaultMatrixTests {
  @Test("Nothing twice, nothing lost, nothing silently stuck", arguments: FaultRow.table)
  func matrix(_ row: FaultRow) async throws {
    let wells = try await withThrowingTaskGroup(of: (Operation, Bool).self) { group in
      for (operation, end) in row.ends {
        group.addTask {
          let setup = Shop.Setup(patience: row.fault.patience, deletes: operation.deletes)
          let isWell = try await Cells.of(patience: row.fault.patience).take {
            try await Shop.open(setup) { shop in
              try await Cell(row: row, operation: operation, expected: end, shop: shop).play()
            }
          }
          return (operation, isWell)
        }
      }
      return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
    let line = Operation.allCases.map { operation in
      let end = row.ends[operation].map(\.rawValue) ?? "–"
      return "\(operation.rawValue): \(end)\(wells[operation] == false ? " ✘" : "")"
        .padded(to: operation.rawValue.count + 12)
    }
    print(([row.name.padded(to: 30)] + line).joined(separator: " │ "))
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
