import Synchronization

/// Says that no more of a mapping's changes are to leave: a guard has tripped, or something does not work any more.
final class Halt: Sendable {
  private let flag = Atomic(false)

  var isCalled: Bool { flag.load(ordering: .relaxed) }

  func call() { flag.store(true, ordering: .relaxed) }
}
