import JSON
import Programs
import Synchronization

/// Which fields of a mapping the answers to writes have shown so far. That the target gives a field back tells later that an
/// object without it was emptied.
final class AnsweredFields: Sendable {
  /// Where fields are that no answer has shown yet, by their paths.
  private let open: Mutex<[String: String]>

  init(_ program: MappingProgram) {
    open = Mutex(
      program.fields.reduce(into: [:]) { open, field in open[field.path] = field.readPath })
  }

  /// The fields that this answer is the first to show.
  func newlyShown(by object: JSON) -> Set<String> {
    open.withLock { open in
      guard !open.isEmpty else { return [] }
      let shown = Set(open.filter { object.value(at: $0.value) != nil }.keys)
      for field in shown { open[field] = nil }
      return shown
    }
  }
}
