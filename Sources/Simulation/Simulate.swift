import Foundation

/// Runs the real engine through bad days of which a seed decides everything: `simulate --seeds 10000`.
@main
enum Simulate {
  static func main() async throws {
    var options = Options()
    guard options.read(CommandLine.arguments.dropFirst()) else {
      print(Options.usage)
      exit(64)
    }
    let began = ContinuousClock.now
    if options.tells {
      _ = try await Simulation(weakness: options.weakness, store: options.store).run(
        seed: options.first
      ) { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
    }
    let tally = try await Simulation(weakness: options.weakness, store: options.store).run(
      seeds: options.first..<options.first + options.seeds, workers: options.workers)
    let seconds = began.duration(to: .now) / .seconds(1)
    print(tally.words + "\nseconds         \((seconds * 10).rounded() / 10)")
    exit(tally.isSound ? 0 : 1)
  }
}

/// Many seeds, some at the same time; no seed knows of another.
struct Simulation {
  private let scenarios: [Variant: Scenario]

  init(weakness: Weakness? = nil, store: Scenario.Store = .memory) throws {
    scenarios = Dictionary(
      uniqueKeysWithValues: try Variant.all.map {
        ($0, try Scenario($0, weakness: weakness, store: store))
      })
  }

  /// `tell`: takes the course down in words.
  func run(
    seed: UInt64, tell: @escaping @Sendable (String) -> Void = { _ in }
  ) async throws -> Tally {
    guard let scenario = scenarios[Variant.of(seed: seed)] else { return Tally() }
    return try await withTaskExecutorPreference(InOrder()) {
      try await scenario.run(seed: seed, tell: tell)
    }
  }

  /// Names the seeds that went wrong on the way.
  func run(seeds: Range<UInt64>, workers: Int) async throws -> Tally {
    try await withThrowingTaskGroup(of: Tally.self) { group in
      for worker in 0..<UInt64(workers) {
        group.addTask {
          var sum = Tally()
          for seed in seeds where seed % UInt64(workers) == worker {
            let tally = try await run(seed: seed)
            if !tally.isSound {
              print(
                "seed \(seed): duplicates \(tally.duplicates), lost \(tally.lost), stuck \(tally.stuck), "
                  + "wrong deletes \(tally.wrongDeletes), overwritten \(tally.overwritten)")
            }
            sum = sum + tally
          }
          return sum
        }
      }
      return try await group.reduce(Tally(), +)
    }
  }
}

private struct Options {
  static let usage = """
    usage: simulate [--seeds N] [--first N] [--seed N, told in words] [--break WORD]
      [--ledger memory|sqlite]
      [--workers N]
    WORD: \(Weakness.allCases.map(\.rawValue).joined(separator: ", "))
    """
  var first: UInt64 = 1
  var seeds: UInt64 = 1000
  var weakness: Weakness?
  var store = Scenario.Store.memory
  var workers = 2
  var tells = false

  mutating func read(_ arguments: ArraySlice<String>) -> Bool {
    var rest = arguments
    while let name = rest.popFirst() {
      guard let value = rest.popFirst() else { return false }
      switch name {
      case "--seeds": seeds = UInt64(value) ?? 0
      case "--first": first = UInt64(value) ?? 0
      case "--seed": (first, seeds, tells) = (UInt64(value) ?? 0, 1, true)
      case "--break": weakness = Weakness(rawValue: value)
      case "--ledger":
        guard let chosen = Scenario.Store(rawValue: value) else { return false }
        store = chosen
      case "--workers": workers = max(1, Int(value) ?? 1)
      default: return false
      }
      if name == "--break", weakness == nil { return false }
    }
    return seeds > 0
  }
}
