import Foundation
import Testing

@testable import conformance

private let folder = ProcessInfo.processInfo.environment["CEL_CONFORMANCE"]

@Suite("CEL's conformance vectors")
struct ConformanceTests {
  @Test(
    "every vector passes",
    .enabled(if: folder != nil, "CEL_CONFORMANCE names no folder of vectors"))
  func vectors() throws {
    let url = URL(fileURLWithPath: try #require(folder))
    let files = try FileManager.default.contentsOfDirectory(
      at: url, includingPropertiesForKeys: nil)
    var count = 0
    for file in files where file.pathExtension == "json" {
      for vector in try VectorFile(contentsOf: file).vectors where vector.unsupported.isEmpty {
        count += 1
        let failure = vector.failure()
        #expect(failure == nil, "\(vector.id): \(vector.expression)")
      }
    }
    #expect(count > 0)
  }
}
