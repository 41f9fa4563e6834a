import Expressions
import Foundation

/// Runs the vectors of a folder: `conformance FOLDER`. Exits with 1 when one fails.
@main
enum Conformance {
  static func main() throws {
    guard CommandLine.arguments.count == 2 else {
      print("usage: conformance FOLDER")
      exit(2)
    }
    let folder = URL(fileURLWithPath: CommandLine.arguments[1])
    let files = try FileManager.default.contentsOfDirectory(
      at: folder, includingPropertiesForKeys: nil)
    var total = Score()
    for url in files.sorted(by: { $0.path < $1.path }) where url.pathExtension == "json" {
      let file = try VectorFile(contentsOf: url)
      var score = Score()
      for vector in file.vectors { score.count(vector) }
      print("\(file.name): \(score)")
      total.add(score)
    }
    print(total)
    exit(total.failed == 0 ? 0 : 1)
  }
}

struct Score: CustomStringConvertible {
  private(set) var passed = 0
  private(set) var failed = 0
  private(set) var skipped = 0

  mutating func count(_ vector: Vector) {
    guard vector.unsupported.isEmpty else {
      skipped += 1
      return
    }
    if let failure = vector.failure() {
      failed += 1
      print("  \(vector.id): `\(vector.expression)` \(failure)")
    } else {
      passed += 1
    }
  }

  mutating func add(_ other: Score) {
    passed += other.passed
    failed += other.failed
    skipped += other.skipped
  }

  var description: String { "\(passed) passed, \(failed) failed, \(skipped) skipped" }
}
