/// The `Dockerfile`, as far as it is ours: stages of instructions.
struct Dockerfile {
  struct Stage {
    var instructions: [(name: String, arguments: String)]

    func all(_ name: String) -> [String] {
      instructions.filter { $0.name == name }.map(\.arguments)
    }

    /// The arguments of the only instruction of this name, or nothing.
    func only(_ name: String) -> String? {
      let found = all(name)
      return found.count == 1 ? found[0] : nil
    }

    /// The packages that `apt-get install` names in full.
    var packages: [String] {
      all("RUN").flatMap { $0.split(separator: "&&") }
        .filter { $0.contains(/^\s*apt-get install\b/) }
        .flatMap { $0.split(separator: " ").dropFirst(2).filter { !$0.hasPrefix("-") } }
        .map(String.init)
    }
  }

  private(set) var stages: [Stage] = []

  init() throws {
    let text = try Repository.text("Dockerfile")
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
    // A comment among continued lines is dropped by the engine too.
    let whole = lines.joined(separator: "\n").replacing(/\\\n\s*/, with: "")
    for line in whole.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { continue }
      if parts[0] == "FROM" { stages.append(Stage(instructions: [])) }
      guard !stages.isEmpty else { continue }
      stages[stages.count - 1].instructions.append((name: parts[0], arguments: parts[1]))
    }
  }

  var instructions: [(name: String, arguments: String)] { stages.flatMap(\.instructions) }

  /// What is copied out of the repository.
  var copied: [String] {
    stages.flatMap { $0.all("COPY") }
      .filter { !$0.hasPrefix("--from=") }
      .flatMap { $0.split(separator: " ").dropLast().map(String.init) }
  }
}
