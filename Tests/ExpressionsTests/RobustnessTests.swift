import Expressions
import Testing

@Suite("Robustness")
struct RobustnessTests {
  private let seeds = [
    "row.a.trim() + \"b\" == 'c' && row.b >= 10u || !has({'x': 1}.x)",
    "[row.a, 'x'].filter(p, p != '').map(p, {\"type\": p, ?'n': optional.of(p)})",
    "timestamp('2009-02-13T23:31:30.5Z').getHours('US/Central') + -9223372036854775808",
    "'%s %d %.3f %x'.format([row.a, 1, 2.5e300, b'\\xff']).split(' ', -1)[dyn(1.0)]",
    "duration('1h30m') * 2 > duration('-1.5s') ? 0x7fu : .5 / 0.0",
    "math.greatest(1, 2u, -3.5, 7).orValue(1) % 0 in {1: 'a', 2u: \"\"\"b\"\"\"}",
    "text.join([1, null, row.a], ', ').substring(-1, 99).matches('(a+)+$')",
    "{'a': {'b': [1, 2]}}.?a.b[?5].optMap(v, v + 1).or(optional.none())",
    "cidr('10.0.0.0/8').containsIP('::ffff:1.2.3.4') ? ip('::1') : ip('1.1.1.1')",
    "[[1], [2, [3]]].flatten(9).sortBy(x, x).slice(0, 9223372036854775807).distinct()",
    "phone.e164('(225) 555-0101', \"US\") + date.format('2024-02-29', \"yyyy'T'\") + vin.valid('')",
  ]

  @Test("mangled expressions are refused or evaluated, and nothing traps")
  func mangled() {
    let row = Evaluating([
      ("row.a", .nullable(.string), .string("é\u{301} x")), ("row.b", .uint, .uint(.max)),
    ])
    var random = Generator(state: 7)
    var compiled = 0
    for round in 0..<6000 {
      var text = Array(seeds[round % seeds.count].utf8)
      for _ in 0...random.next(below: 3) {
        let other = Array(seeds[random.next(below: seeds.count)].utf8)
        let place = random.next(below: text.count)
        switch random.next(below: 4) {
        case 0: text.remove(at: place)
        case 1: text[place] = other[random.next(below: other.count)]
        case 2: text.insert(other[random.next(below: other.count)], at: place)
        default:
          let start = random.next(below: other.count)
          let end = min(other.count, start + random.next(below: 20))
          text.insert(contentsOf: other[start..<end], at: place)
        }
        if text.isEmpty { text = [0x31] }
      }
      let expression = String(decoding: text, as: UTF8.self)
      let count = expression.utf8.count
      switch Compiler.compile(expression, in: row.environment) {
      case .success(let program):
        compiled += 1
        _ = try? program.evaluate(row)
      case .failure(let issues):
        #expect(!issues.all.isEmpty)
        #expect(issues.all.allSatisfy { $0.range.upperBound <= count }, "\(expression)")
      }
      if case .success(let program) = Compiler.compileUnchecked(expression, in: row.environment) {
        _ = try? program.evaluate(row)
      }
    }
    #expect(compiled > 100)
  }

  @Test("a value is small, so that columns cost nothing to pass on")
  func size() {
    #expect(MemoryLayout<Value>.size <= 17)
  }

  /// A fixed sequence: the same mistakes on every run.
  private struct Generator {
    var state: UInt64

    mutating func next(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }
  }
}
