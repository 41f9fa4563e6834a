import Mappings

extension TargetGate {
  /// How long the windows need for so many calls of each route, from a standing start, and which limit decides.
  public nonisolated static func forecast(
    _ calls: [(route: String, count: Int)], limits: [LimitDefinition], scale: Double
  ) -> (time: Duration, pace: String?) {
    var longest = Duration.zero
    var slowest: (interval: Duration, pace: String)?
    for limit in limits {
      let patterns = limit.match.map { RoutePattern($0.value) }
      let count = calls.reduce(0) { sum, call in
        patterns.isEmpty || patterns.contains { $0.matches(call.route) } ? sum + call.count : sum
      }
      guard count > 0 else { continue }
      let period = limit.per / max(scale, 0.001)
      let interval = period / max(1, limit.calls)
      if interval > slowest?.interval ?? .zero {
        slowest = (interval, "\(limit.calls) per \(period.shown)")
      }
      longest = max(longest, period * ((count - 1) / max(1, limit.calls)))
    }
    return (longest, slowest?.pace)
  }
}

extension Duration {
  /// `61 s`, `0.61 s`
  fileprivate var shown: String {
    let seconds = self / .seconds(1)
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}
