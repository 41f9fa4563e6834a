import Mappings
import Testing

@testable import Engine

/// Four processes' worth of load on one target for an hour, in a time that is only counted: what the target sees, where it
/// counts each call at any moment between departure and answer.
@Suite struct RateTests {
  private struct Load {
    var admission: Admission
    var random: SplitMix
    let latency: ClosedRange<Int>
    /// Of so many calls one takes three seconds.
    let slowOneIn: Int

    private enum Event {
      case departs(Admission.Pass)
      case answered(Admission.Pass)
    }

    init(calls: Int, per: Duration, latency: ClosedRange<Int>, slowOneIn: Int, seed: UInt64) {
      admission = Admission(limits: [limit(calls, per: per)], lead: .milliseconds(20))
      random = SplitMix(state: seed)
      self.latency = latency
      self.slowOneIn = slowOneIn
    }

    /// When the target counted each call, in microseconds and in order.
    mutating func play(callers: Int, for length: Duration) -> [Int] {
      let length = Int(length / .microseconds(1))
      var counted: [Int] = []
      var events: [(time: Int, event: Event)] = []
      var now = 0
      for caller in 0..<callers { join(caller) }
      while now < length {
        let (passes, again) = admission.release(at: .microseconds(now))
        for (_, pass) in passes {
          // Who sleeps wakes a little late, and what is written down before takes its time.
          let departure = max(now, Int(pass.departure / .microseconds(1)))
          events.append((departure + Int.random(in: 0...2000, using: &random), .departs(pass)))
        }
        let alarm = again.map { Int(($0 / .microseconds(1)).rounded(.up)) }
        guard let next = events.indices.min(by: { events[$0].time < events[$1].time }),
          events[next].time <= alarm ?? .max
        else {
          guard let alarm else { break }
          now = alarm
          continue
        }
        let (time, event) = events.remove(at: next)
        now = max(now, time)
        switch event {
        case .departs(let pass):
          let slow = random.oneIn(slowOneIn) ? 3_000_000 : 0
          let answer = now + slow + Int.random(in: latency, using: &random) * 1000
          counted.append(Int.random(in: now...answer, using: &random))
          events.append((answer, .answered(pass)))
        case .answered(let pass):
          admission.ended(pass, .well, at: .microseconds(now))
          join(Int.random(in: 0..<callers, using: &random))
        }
      }
      return counted.filter { $0 <= length }.sorted()
    }

    private mutating func join(_ caller: Int) {
      let purposes: [CallPriority.Purpose] = [.deactivate, .create, .update, .read]
      _ = admission.join("POST /a/\(caller)", CallPriority(purposes[caller % 4]))
    }
  }

  @Test(arguments: [(60, 61), (100, 60)])
  func anHourNeverHoldsTooManyAndUsesNearlyAll(calls: Int, per: Int) {
    for seed in 1...3 as ClosedRange<UInt64> {
      var load = Load(
        calls: calls, per: .seconds(per), latency: 20...250, slowOneIn: 500, seed: seed)
      let counted = load.play(callers: 32, for: .seconds(3600))
      expectNeverTooMany(counted, calls: calls, per: per, seed)
      #expect(share(of: counted, calls: calls, per: per) >= 0.99, "seed \(seed)")
    }
  }

  @Test func shortWindowsLoseNoMoreThanTheWayThereAndBack() {
    var load = Load(
      calls: 25, per: .seconds(1), latency: 20...24, slowOneIn: .max, seed: 9)
    let counted = load.play(callers: 64, for: .seconds(600))
    expectNeverTooMany(counted, calls: 25, per: 1, 9)
    #expect(share(of: counted, calls: 25, per: 1) >= 0.97)
  }

  /// The time that a perfect client needs for so many calls, of the time that they took.
  private func share(of counted: [Int], calls: Int, per: Int) -> Double {
    let perfect = (counted.count - 1) / calls * per
    return Double(perfect) * 1_000_000 / Double(counted.last ?? .max)
  }

  private func expectNeverTooMany(_ counted: [Int], calls: Int, per: Int, _ seed: UInt64) {
    let tooEarly = counted.indices.dropFirst(calls).filter {
      counted[$0] - counted[$0 - calls] < per * 1_000_000
    }
    #expect(tooEarly.isEmpty, "seed \(seed)")
    #expect(counted.count > calls * 2)
  }
}
