import ArgumentParser
import Operations

struct WaitOption: ParsableArguments {
  @Flag(
    name: .customLong("wait"),
    help: "Wait while another process is running this project; `--wait 5m` waits at most that long."
  )
  var isUnbounded = false
  @Option(name: .customLong(Self.boundedName), help: .hidden)
  var limit: TimeSpan?

  var waiting: Waiting {
    if let limit { return .atMost(limit.duration) }
    return isUnbounded ? .unbounded : .no
  }

  private static let boundedName = "wait-at-most"

  /// The parser's words about the arguments, with the option as it was written.
  static func asWritten(_ message: String) -> String {
    message.replacing("--\(boundedName)", with: "--wait")
  }

  /// The arguments with `--wait 5m` as the option that it stands for: the parser has no flags with a value. What begins
  /// with a digit and is a time is never the name of a mapping.
  static func spelledOut(_ arguments: [String]) throws -> [String] {
    var spelled: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--" { return spelled + [argument] + rest }
      if argument == "--wait", let limit = rest.first, TimeSpan(argument: limit) != nil {
        spelled += ["--\(boundedName)", limit]
        rest.removeFirst()
      } else if argument.hasPrefix("--wait=") {
        let limit = argument.dropFirst("--wait=".count)
        guard TimeSpan(argument: String(limit)) != nil else {
          throw ValidationError("`\(limit)` is not a time: write e.g. `--wait=5m`")
        }
        spelled.append("--\(boundedName)=" + limit)
      } else {
        spelled.append(argument)
      }
    }
    return spelled
  }
}

/// A length of time as the files write it: `500ms`, `90s`, `10m`, `2h`.
struct TimeSpan: ExpressibleByArgument, Sendable, Hashable {
  let duration: Duration

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && $0.isNumber }
    let units = ["ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000]
    guard let count = Int(digits), count > 0,
      let unit = units[String(argument.dropFirst(digits.count))]
    else { return nil }
    let (milliseconds, overflows) = count.multipliedReportingOverflow(by: unit)
    guard !overflows, milliseconds <= 365 * 86_400_000 else { return nil }
    duration = .milliseconds(milliseconds)
  }
}
