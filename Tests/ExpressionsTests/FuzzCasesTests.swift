import Expressions
import Foundation
import Testing

/// What `script/fuzz` has found to reach different code, replayed.
@Suite("Cases of the fuzzer")
struct FuzzCasesTests {
  private let row = Evaluating([
    ("row.text", .string, .string("O'Hara é\u{301} ")), ("row.maybe", .nullable(.string), .null),
    ("row.long", .nullable(.string), .string(String(repeating: "aB1 ", count: 500))),
    ("row.int", .int, .int(.max)), ("row.uint", .uint, .uint(7)),
    ("row.double", .nullable(.double), .double(-0.5)), ("row.bool", .bool, .bool(true)),
    ("row.bytes", .bytes, .bytes([0, 255, 0xC3])),
    ("row.list", .list(.int), .list((0..<100).map { .int($0) })),
    ("row.any", .dyn, .list([.null, .double(.nan), .string("x"), .list([.bool(false)])])),
  ])

  @Test("each is refused within its text, or evaluated")
  func replay() throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appending(path: "../Cases/fuzz/expressions.txt")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 500)
    var evaluated = 0
    for line in lines {
      let text = try JSONDecoder().decode(String.self, from: Data(line.utf8))
      switch Compiler.compile(text, in: row.environment) {
      case .success(let program):
        evaluated += 1
        #expect(program.cost.least <= program.cost.most)
        _ = try? program.evaluate(row)
      case .failure(let issues):
        let count = text.utf8.count
        #expect(!issues.all.isEmpty, "\(text)")
        #expect(issues.all.allSatisfy { $0.range.upperBound <= count }, "\(text)")
      }
      if case .success(let program) = Compiler.compileUnchecked(text, in: row.environment) {
        _ = try? program.evaluate(row)
      }
    }
    #expect(evaluated > 100)
  }

  @Test("a string that ends in a backslash is refused within its text")
  func openEscape() {
    #expect(row.issues("'abc\\").map(\.range) == [0..<5])
  }
}
