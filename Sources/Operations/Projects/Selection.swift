import Diagnostics
import Mappings

/// Which mappings of a project, and which of their records, an operation works on.
public struct Selection: Sendable, Hashable {
  /// Names of mappings, their files, or patterns of either; empty for all mappings.
  public var mappings: [String]
  /// The same for mappings to leave out.
  public var except: [String]
  /// Keys as the reports write them; empty for all records.
  public var keys: [String]

  /// Every record of every mapping.
  public static let all = Selection([], except: [], keys: [])

  public init(_ mappings: [String], except: [String] = [], keys: [String] = []) {
    self.mappings = mappings
    self.except = except
    self.keys = keys
  }

  /// Whether the selection is every record of every mapping.
  public var isWhole: Bool { mappings.isEmpty && except.isEmpty && keys.isEmpty }
}

extension Selection: ExpressibleByArrayLiteral {
  public init(arrayLiteral mappings: String...) { self.init(mappings) }
}

extension Selection: ExpressibleByStringLiteral {
  public init(stringLiteral mapping: String) { self.init([mapping]) }
}

extension Selection {
  /// The mappings that are chosen, in the project's order.
  ///
  /// - Throws: `OperationFailure` for a name or a pattern that matches nothing, or when no mapping is left.
  func mappings(of project: Project) throws(OperationFailure) -> [MappingDefinition] {
    let known = project.mappings.map { NamedMapping($0, in: project) }
    let chosen = mappings.isEmpty ? Set(known.indices) : try Self.find(mappings, among: known)
    let left = chosen.subtracting(try Self.find(except, among: known))
    guard !left.isEmpty || project.mappings.isEmpty else {
      throw OperationFailure(
        .unreadable, "no mapping is left: \(Self.list(except)) leaves out all that are chosen",
        remedy: "the mappings are \(known.map(\.name).joined(separator: ", "))")
    }
    return left.sorted().map { project.mappings[$0] }
  }

  private static func list(_ texts: [String]) -> String {
    texts.map { "`\($0)`" }.joined(separator: ", ")
  }

  private static func find(
    _ texts: [String], among known: [NamedMapping]
  ) throws(OperationFailure) -> Set<Int> {
    var found: Set<Int> = []
    for text in texts {
      let pattern = NamePattern(text)
      // A mapping's name takes precedence over a file of that name.
      var places = known.indices.filter { pattern.matches(known[$0].name) }
      if places.isEmpty || pattern.isPattern {
        places += known.indices.filter { pattern.matches(known[$0].file) }
      }
      guard !places.isEmpty else { throw nothing(text, pattern, known) }
      found.formUnion(places)
    }
    return found
  }

  private static func nothing(
    _ text: String, _ pattern: NamePattern, _ known: [NamedMapping]
  ) -> OperationFailure {
    var candidates = known.map(\.name)
    if pattern.isPattern || text.contains("/") {
      candidates += known.map(\.file) + known.compactMap(\.folder).map { $0 + "/*" }
    }
    return OperationFailure(
      .unreadable,
      pattern.isPattern ? "no mapping matches `\(text)`" : "there is no mapping `\(text)`",
      remedy: closest(to: text, in: candidates).map { "did you mean `\($0)`?" }
        ?? "the mappings are \(known.map(\.name).joined(separator: ", "))")
  }
}

/// A mapping's name, and its file below the project's folder without `.yaml`.
private struct NamedMapping {
  let name: String
  let file: String
  /// The folder of the file; `nil` where it is the project's own.
  let folder: String?

  init(_ mapping: MappingDefinition, in project: Project) {
    name = mapping.name.value
    var path = mapping.file.path.tidiedPath
    let directory = project.directory.tidiedPath + "/"
    if path.utf8.starts(with: directory.utf8) { path = String(path.dropFirst(directory.count)) }
    for suffix in [".yaml", ".yml"] where path.hasSuffix(suffix) {
      path = String(path.dropLast(suffix.count))
    }
    file = path
    folder = path.contains("/") ? path.directory : nil
  }
}

/// A name, or a pattern of names: `*` stands for any characters but `/`, `**` for any, `?` for one that is not `/`.
struct NamePattern {
  private enum Token: Equatable {
    case scalar(Unicode.Scalar)
    case one
    case any(crosses: Bool)
  }
  private var tokens: [Token] = []

  init(_ text: String) {
    for scalar in text.unicodeScalars {
      switch scalar {
      case "?": tokens.append(.one)
      case "*" where tokens.last == .any(crosses: false):
        tokens[tokens.count - 1] = .any(crosses: true)
      case "*" where tokens.last == .any(crosses: true): break
      case "*": tokens.append(.any(crosses: false))
      default: tokens.append(.scalar(scalar))
      }
    }
  }

  /// Whether it contains a wildcard.
  var isPattern: Bool {
    tokens.contains { if case .scalar = $0 { false } else { true } }
  }

  /// Whether the pattern matches a whole name. Names are compared byte by byte, so look-alike letters differ.
  func matches(_ name: String) -> Bool {
    var reached = passed(from: [0])
    for scalar in name.unicodeScalars {
      var next: Set<Int> = []
      for place in reached where place < tokens.count {
        switch tokens[place] {
        case .scalar(let own): if own == scalar { next.insert(place + 1) }
        case .one: if scalar != "/" { next.insert(place + 1) }
        case .any(let crosses): if crosses || scalar != "/" { next.insert(place) }
        }
      }
      reached = passed(from: next)
    }
    return reached.contains(tokens.count)
  }

  /// The positions that can be reached without consuming another character.
  private func passed(from places: Set<Int>) -> Set<Int> {
    var reached = places
    for place in places {
      var place = place
      while place < tokens.count, case .any = tokens[place] {
        place += 1
        reached.insert(place)
      }
    }
    return reached
  }
}
