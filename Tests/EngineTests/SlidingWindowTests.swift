import Testing

@testable import Engine

@Suite struct SlidingWindowTests {
  /// A client of one window, whose calls take random times there and back.
  private struct Client {
    var random: SplitMix
    let latest: Int
    let concurrency: Int

    /// When the server counted each call, in milliseconds, somewhere between departure and answer.
    mutating func play(calls: Int, per: Int, for length: Int) -> [Int] {
      var window = SlidingWindow(calls: calls, per: .milliseconds(per))
      var counted: [Int] = []
      var underWay: [Int] = []
      var now = 0
      while now < length {
        underWay.sort()
        while let first = underWay.first, first <= now {
          window.answered(at: .milliseconds(now))
          underWay.removeFirst()
        }
        let wait = window.wait(at: .milliseconds(now))
        if wait == .zero, underWay.count < concurrency {
          window.leave()
          let answered = now + Int.random(in: 1...latest, using: &random)
          counted.append(Int.random(in: now...answered, using: &random))
          underWay.append(answered)
          continue
        }
        let freed = wait.flatMap { $0 > .zero ? now + Int($0 / .milliseconds(1)) : nil }
        now = [freed, underWay.min()].compactMap { $0 }.min() ?? length
      }
      return counted.sorted()
    }
  }

  @Test(arguments: [(1, 50), (3, 100), (25, 1000), (60, 61_000)])
  func theServerNeverCountsMoreThanAllowed(calls: Int, per: Int) {
    for seed in 0..<60 as Range<UInt64> {
      var client = Client(random: SplitMix(state: seed), latest: 1 + per / 2, concurrency: 8)
      let counted = client.play(calls: calls, per: per, for: per * 8)
      #expect(counted.count > calls)
      for (index, moment) in counted.enumerated().dropFirst(calls) {
        #expect(moment - counted[index - calls] >= per, "seed \(seed)")
      }
    }
  }

  @Test func aBusyClientUsesNearlyAllOfIt() {
    var client = Client(random: SplitMix(state: 4), latest: 20, concurrency: 200)
    let counted = client.play(calls: 150, per: 1000, for: 60_000)
    #expect(counted.count >= 150 * 60 * 97 / 100, "\(counted.count)")
  }

  @Test func aCallThatWasNeverCountedGivesItsSlotBack() {
    var window = SlidingWindow(calls: 1, per: .seconds(1))
    window.leave()
    #expect(window.wait(at: .zero) == nil)
    window.takeBack()
    #expect(window.wait(at: .zero) == .zero)
    window.leave()
    window.answered(at: .seconds(5))
    #expect(window.wait(at: .seconds(5.25)) == .seconds(0.75))
    #expect(window.wait(at: .seconds(6)) == .zero)
  }

  @Test func aDearCallWaitsForAsManySlots() {
    var window = SlidingWindow(calls: 3, per: .seconds(1))
    for moment in 0..<3 {
      window.leave()
      window.answered(at: .milliseconds(moment * 100))
    }
    #expect(window.wait(at: .milliseconds(200), cost: 1) == .milliseconds(800))
    #expect(window.wait(at: .milliseconds(200), cost: 2) == .milliseconds(900))
    window.leave(cost: 2)
    #expect(window.wait(at: .seconds(1), cost: 2) == nil)
  }

  @Test func aRefusalShrinksTheWindowOnceAndItGrowsBackSlowly() {
    var window = SlidingWindow(calls: 40, per: .seconds(1), recovery: .seconds(10))
    window.refused(departure: .zero, at: .seconds(1))
    #expect(window.allowed == 30)
    // Calls that were under way together.
    window.refused(departure: .seconds(0.5), at: .seconds(1.1))
    #expect(window.allowed == 30)
    window.refused(departure: .seconds(2), at: .seconds(3))
    #expect(window.allowed == 22)
    for (second, allowed) in [(12, 22), (13, 24), (22, 24), (33, 28), (93, 40), (500, 40)] {
      _ = window.wait(at: .seconds(second))
      #expect(window.allowed == allowed, "after \(second) s")
    }
  }

  @Test func oneSlotIsAlwaysLeft() {
    var window = SlidingWindow(calls: 2, per: .seconds(1))
    for second in 0..<5 { window.refused(departure: .seconds(second), at: .seconds(second)) }
    #expect(window.allowed == 1)
    #expect(window.wait(at: .seconds(5)) == .zero)
  }
}
