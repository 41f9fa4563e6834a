/// `getFullYear()` and its kin, of timestamps in UTC or a zone, and of durations.
enum TimeFunctions {
  static let all: [Function] = [
    field("getFullYear", { $0.day.year }),
    field("getMonth", { $0.day.month - 1 }),
    field("getDate", { $0.day.day }),
    field("getDayOfMonth", { $0.day.day - 1 }),
    field("getDayOfWeek", { $0.day.dayOfWeek }),
    field("getDayOfYear", { $0.day.dayOfYear }),
    field("getHours", { $0.secondOfDay / 3600 }, ofSpan: { $0.seconds / 3600 }),
    field("getMinutes", { $0.secondOfDay / 60 % 60 }, ofSpan: { $0.seconds / 60 }),
    field("getSeconds", { $0.secondOfDay % 60 }, ofSpan: { $0.seconds }),
    field(
      "getMilliseconds", { Int64($0.nanoseconds / 1_000_000) },
      ofSpan: { Int64($0.nanoseconds / 1_000_000) }),
  ]

  private static func field(
    _ name: String, _ field: @escaping @Sendable (LocalTime) -> Int64,
    ofSpan spanField: (@Sendable (TimeSpan) -> Int64)? = nil
  ) -> Function {
    var signatures: [Function.Signature] = [
      .method(.timestamp, returns: .int), .method(.timestamp, .string, returns: .int),
    ]
    if spanField != nil { signatures.append(.method(.duration, returns: .int)) }
    return Function(
      name, signatures,
      .one { value, _ throws(EvaluationError) in
        switch value {
        case .timestamp(let moment): return .int(field(LocalTime(moment, offset: 0)))
        case .duration(let span):
          guard let spanField else { throw .noOverload }
          return .int(spanField(span))
        default: throw .noOverload
        }
      },
      .two { value, zone, meter throws(EvaluationError) in
        try meter.step(20)
        guard case .timestamp(let moment) = value, case .string(let zone) = zone else {
          throw .noOverload
        }
        guard let offset = TimeZones.offset(of: zone, at: moment) else {
          throw .invalid("`\(zone)` is not a time zone")
        }
        return .int(field(LocalTime(moment, offset: offset)))
      })
  }
}

/// A moment as clocks and calendars show it.
struct LocalTime {
  let day: CivilDate
  let secondOfDay: Int64
  let nanoseconds: Int32

  /// - Parameter offset: Seconds east of UTC.
  init(_ moment: Timestamp, offset: Int64) {
    let seconds = moment.seconds + offset
    day = CivilDate(seconds: seconds)
    secondOfDay = seconds - day.number * 86_400
    nanoseconds = moment.nanoseconds
  }
}
