import Mappings
import Programs

/// What a mapping's writes cost.
struct WriteForecast {
  let program: MappingProgram
  let target: TargetConnection

  /// What is to be written.
  struct Writes {
    var creates: Int
    var updates: Int
    var deactivations: Int
  }

  /// The reads that belong to it.
  enum Reads {
    /// So many natural keys, for each of which the target is asked.
    case keys(Int)
    /// The calls of a plan, which the run makes again.
    case again(Int)
  }

  /// Puts into the report which calls are still to come, and how long they take at least.
  func forecast(
    _ writes: Writes, _ reads: Reads, _ search: TargetSearch, _ report: inout MappingReport
  ) {
    let resource = program.resource
    let atOnce = target.definition.concurrency
    var calls: [Forecast.Calls] = []
    func add(_ call: CallDefinition?, _ count: Int, atOnce: Int) {
      guard let call, count > 0 else { return }
      let route = OutboundRequest(method: call.method, path: call.path).route
      calls.append(Forecast.Calls(route, count: count, atOnce: atOnce))
    }
    switch reads {
    case .again(let count) where search.asks: add(resource.find?.call, count, atOnce: atOnce)
    case .again(let count):
      add(resource.list?.calls.first ?? resource.find?.call, count, atOnce: 1)
    case .keys(let count): if search.asks { add(resource.find?.call, count, atOnce: atOnce) }
    }
    let absence = program.whenAbsent
    if resource.update?.send == .whole {
      let deactivations = absence?.delete == true ? 0 : writes.deactivations
      add(resource.get?.call, writes.updates + deactivations, atOnce: atOnce)
    }
    add(
      absence?.delete == true ? resource.delete : resource.update?.call, writes.deactivations,
      atOnce: atOnce)
    // A batch is one call.
    add(
      resource.create?.call, (writes.creates + program.batchSize - 1) / program.batchSize,
      atOnce: atOnce)
    add(resource.update?.call, writes.updates, atOnce: atOnce)
    report.forecastCalls = calls.reduce(0) { $0 + $1.count }
    (report.forecast, report.pace) = target.forecast(calls)
  }
}
