import Allocations
import Expressions

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// Prints what one evaluation takes, in nanoseconds of the thread's processor time, and how often it asks for
// memory, as one JSON object an expression.
//   bench-expressions [SECONDS [NAME]...]     at least so long for each, 0.3 unless said otherwise

@inline(never)
func evaluate<Row: Activation>(
  _ expression: CompiledExpression, _ rows: [Row], times: Int
) throws -> Int {
  var nulls = 0
  var row = 0
  for _ in 0..<times {
    if case .null = try expression.evaluate(rows[row]) { nulls += 1 }
    row += 1
    if row == rows.count { row = 0 }
  }
  return nulls
}

func processorTime() -> Double {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

func nanoseconds<Row: Activation>(
  _ expression: CompiledExpression, _ rows: [Row], atLeast length: Double
) throws -> Double {
  var times = 64
  while true {
    let start = processorTime()
    _ = try evaluate(expression, rows, times: times)
    let taken = processorTime() - start
    if taken >= length { return taken / Double(times) }
    times *= 2
  }
}

func measure<Row: Activation>(
  _ expressions: [(String, String)], _ environment: Environment, _ rows: [Row], seconds: Double
) throws {
  for (name, text) in expressions where wanted.isEmpty || wanted.contains(name) {
    let expression = try Compiler.compile(text, in: environment).get()
    // The shortest of three: everything that disturbs makes it longer.
    var best = Double.infinity
    for _ in 0..<3 {
      best = min(best, try nanoseconds(expression, rows, atLeast: seconds * 1e9 / 3))
    }
    let before = allocation_count()
    _ = try evaluate(expression, rows, times: 6400)
    let allocations = Double(allocation_count() - before) / 6400
    let shown =
      allocations_are_counted() ? ", \"allocations\": \((allocations * 100).rounded() / 100)" : ""
    print("{\"name\": \"\(name)\", \"nanoseconds\": \((best * 10).rounded() / 10)\(shown)}")
  }
}

let wanted = CommandLine.arguments.dropFirst(2)
let seconds = CommandLine.arguments.dropFirst().first.flatMap(Double.init) ?? 0.3
try measure(
  PersonRow.expressions, PersonRow.environment, PersonRow.rows, seconds: seconds)
try measure(
  EmployeeRow.expressions, EmployeeRow.environment, EmployeeRow.rows, seconds: seconds)
