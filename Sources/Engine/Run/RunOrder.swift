import Programs

/// The order in which mappings run.
public enum RunOrder {
  /// Each mapping behind those it depends on; inside a cycle, as they stand. Otherwise by priority, then by name.
  public static func sorted(_ programs: [MappingProgram]) -> [MappingProgram] {
    let byName = Dictionary(programs.map { ($0.name, $0) }) { first, _ in first }
    var done: Set<String> = []
    var path: Set<String> = []
    var order: [MappingProgram] = []
    func visit(_ program: MappingProgram) {
      guard !done.contains(program.name), path.insert(program.name).inserted else { return }
      for name in program.dependencies { byName[name].map(visit) }
      path.remove(program.name)
      if done.insert(program.name).inserted { order.append(program) }
    }
    programs.sorted {
      let (one, other) = ($0.definition.priority, $1.definition.priority)
      return one != other ? one > other : $0.name < $1.name
    }.forEach(visit)
    return order
  }

  static func isLater(_ name: String, _ program: MappingProgram, _ order: [MappingProgram]) -> Bool
  {
    guard let other = order.firstIndex(where: { $0.name == name }),
      let own = order.firstIndex(where: { $0.name == program.name })
    else { return false }
    return other > own
  }
}

/// The mappings that are still to run: one after another at each target, each behind those that it depends on.
struct RunQueue {
  private let order: [MappingProgram]
  private let names: Set<String>
  private var waiting: [MappingProgram]
  /// Targets at which a mapping is at work.
  private var busy: Set<String> = []
  private var finished: Set<String> = []

  init(_ order: [MappingProgram]) {
    self.order = order
    names = Set(order.map(\.name))
    waiting = order
  }

  /// Takes out the next mapping that can begin now.
  mutating func next() -> MappingProgram? {
    guard let index = waiting.firstIndex(where: canBegin) else { return nil }
    let program = waiting.remove(at: index)
    busy.insert(program.targetName)
    return program
  }

  mutating func finish(_ program: MappingProgram) {
    busy.remove(program.targetName)
    finished.insert(program.name)
  }

  private func canBegin(_ program: MappingProgram) -> Bool {
    !busy.contains(program.targetName)
      && program.dependencies.allSatisfy {
        !names.contains($0) || finished.contains($0) || RunOrder.isLater($0, program, order)
      }
  }
}
