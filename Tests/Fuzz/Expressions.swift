// The fuzzer's target: compiled by script/fuzz together with the module of expressions, and no part of the package.

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Columns of every type that expressions can meet.
private let columns: [(variable: Variable, value: Value)] = [
  (Variable("row.text", .string, maximumSize: 60), .string("O'Hara é\u{301} ")),
  (Variable("row.maybe", .nullable(.string)), .null),
  (Variable("row.long", .nullable(.string)), .string(String(repeating: "aB1 ", count: 500))),
  (Variable("row.int", .int), .int(.max)), (Variable("row.uint", .uint), .uint(7)),
  (Variable("row.double", .nullable(.double)), .double(-0.5)),
  (Variable("row.bool", .bool), .bool(true)),
  (Variable("row.bytes", .bytes), .bytes([0, 255, 0xC3])),
  (Variable("row.time", .timestamp), .timestamp(Timestamp(validSeconds: 1_700_000_000))),
  (Variable("row.list", .list(.int), maximumSize: 100), .list((0..<100).map { .int($0) })),
  (Variable("row.any", .dyn), .list([.null, .double(.nan), .string("x"), .list([.bool(false)])])),
]

private struct Row: Activation {
  static let environment = Environment(variables: columns.map(\.variable))
  /// What an upper bound of the cost would refuse, to see how the budget holds.
  static let unlimited = Environment(variables: columns.map(\.variable), costLimit: .infinity)

  func value(slot: Int) throws(EvaluationError) -> Value { columns[slot].value }

  func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value {
    .optional(OptionalValue(.int(Int64(arguments.count))))
  }
}

private func stop(_ message: String) -> Never {
  fatalError("fuzz: \(message)")
}

private func processorTime() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1000 + time.tv_nsec / 1_000_000
}

private func evaluate(_ program: CompiledExpression) {
  let start = processorTime()
  _ = try? program.evaluate(Row())
  let taken = processorTime() - start
  if taken > 100 { stop("an evaluation took \(taken) ms: \(program.text)") }
}

private func run(_ text: String) {
  let count = text.utf8.count
  for environment in [Row.environment, Row.unlimited] {
    switch Compiler.compile(text, in: environment) {
    case .success(let program):
      guard program.cost.least <= program.cost.most else { stop("the cost's bounds cross") }
      evaluate(program)
    case .failure(let issues):
      guard !issues.all.isEmpty, issues.all.allSatisfy({ $0.range.upperBound <= count }) else {
        stop("an issue lies outside the text")
      }
    }
  }
  if case .success(let program) = Compiler.compileUnchecked(text, in: Row.environment) {
    evaluate(program)
  }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzExpression(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  run(String(decoding: UnsafeBufferPointer(start: bytes, count: count), as: UTF8.self))
  return 0
}
