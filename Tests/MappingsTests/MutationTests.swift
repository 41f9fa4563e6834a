import Diagnostics
import Documents
import Foundation
import Mappings
import Testing

/// Shipped files with random damage: reading never crashes, and every range lies inside its file.
@Suite struct MutationTests {
  @Test(arguments: Examples.paths) func damagedFilesAreReported(_ path: String) throws {
    let original = [UInt8](try Data(contentsOf: URL(filePath: path)))
    var random = SplitMix(state: UInt64(original.count))
    for _ in 0..<150 {
      var bytes = original
      for _ in 0...Int.random(in: 0..<4, using: &random) { damage(&bytes, &random) }
      let file = SourceFile(path: path, bytes: bytes)
      var diagnostics: [Diagnostic] = []
      if let document = Document(file, &diagnostics) {
        check(document.root, within: bytes.count)
        _ = MappingDefinition(document, &diagnostics)
        _ = TargetDefinition(document, &diagnostics)
        _ = SourceDefinition(document, &diagnostics)
      } else {
        #expect(diagnostics.hasErrors)
      }
      for format in DiagnosticFormat.allCases { _ = render(diagnostics, as: format) }
      for diagnostic in diagnostics {
        let range = try #require(diagnostic.range)
        #expect(range.start >= 0 && range.start <= bytes.count && range.end <= bytes.count + 1)
      }
    }
  }

  private func check(_ node: Node, within count: Int) {
    #expect(node.range.start >= 0 && node.range.start <= node.range.end && node.range.end <= count)
    for origin in node.origins { #expect(origin.file <= count) }
    for element in node.elements ?? [] { check(element, within: count) }
    for entry in node.entries ?? [] {
      check(entry.key, within: count)
      check(entry.value, within: count)
    }
  }

  private func damage(_ bytes: inout [UInt8], _ random: inout SplitMix) {
    guard !bytes.isEmpty else { return }
    let at = Int.random(in: 0..<bytes.count, using: &random)
    switch Int.random(in: 0..<6, using: &random) {
    case 0: bytes.remove(at: at)
    case 1: bytes.insert(UInt8.random(in: 0...255, using: &random), at: at)
    case 2:
      let pieces = [
        "{", "}", "[", "]", ": ", "\"", "'", "- ", "|\n", "&a ", "*a", "\t", "é", "\r\n", "#", "${",
        "<<: ",
      ]
      bytes.insert(contentsOf: Array((pieces.randomElement(using: &random) ?? "").utf8), at: at)
    case 3: bytes.removeSubrange(at..<min(bytes.count, at + 40))
    case 4:
      let other = Int.random(in: 0..<bytes.count, using: &random)
      bytes.swapAt(at, other)
    default:
      let piece = Array(bytes[at..<min(bytes.count, at + 60)])
      bytes.insert(contentsOf: piece, at: Int.random(in: 0..<bytes.count, using: &random))
    }
  }
}

/// A small generator, so that failures repeat.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
