/// A name that expressions may read. A dotted name, `row.first_name`, is one variable.
public struct Variable: Sendable, Hashable {
  public var name: String
  public var type: CELType
  /// The most bytes that its text, or elements that its collection, can have, where that is declared.
  public var maximumSize: Int?
  public var extent: ValueExtent

  public init(
    _ name: String, _ type: CELType, maximumSize: Int? = nil, extent: ValueExtent = .unknown
  ) {
    self.name = name
    self.type = type
    self.maximumSize = maximumSize
    self.extent = extent
  }
}

/// What expressions may refer to. The position of a variable is its slot in activations.
public struct Environment: Sendable {
  public let variables: [Variable]
  public let functions: FunctionLibrary
  /// The namespace in which names are looked up first: `a.b` tries `a.b.x`, `a.x`, `x`.
  public let container: String
  /// What checked expressions may cost at most, in the units of `Cost`.
  public let costLimit: Double
  /// What a function of the host gives for a literal first argument, where it is declared to give anything.
  public let identities: [String: CELType]
  private let slots: [String: Int]

  public init(
    variables: [Variable], functions: FunctionLibrary = .standard, container: String = "",
    costLimit: Double = Cost.standardLimit, identities: [String: CELType] = [:]
  ) {
    self.variables = variables
    self.functions = functions
    self.container = container
    self.costLimit = costLimit
    self.identities = identities
    slots = Dictionary(
      variables.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The same, where expressions may cost anything.
  public var unlimited: Environment {
    Environment(
      variables: variables, functions: functions, container: container, costLimit: .infinity,
      identities: identities)
  }

  func slot(of name: String) -> Int? { slots[name] }

  /// The names that a name in an expression can mean, the most particular first.
  func candidates(for name: String) -> [String] {
    if name.hasPrefix(".") { return [String(name.dropFirst())] }
    if container.isEmpty { return [name] }
    var parts = container.split(separator: ".")
    var names: [String] = []
    while !parts.isEmpty {
      names.append(parts.joined(separator: ".") + "." + name)
      parts.removeLast()
    }
    return names + [name]
  }

  static func type(named name: String) -> CELType? { typeNames[name] }

  private static let typeNames: [String: CELType] = [
    "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string,
    "bytes": .bytes, "null_type": .null, "list": .list(.dyn), "map": .map(.dyn, .dyn),
    "type": .type(.dyn), "google.protobuf.Timestamp": .timestamp,
    "google.protobuf.Duration": .duration, "optional_type": .optional(.dyn),
    "net.IP": .opaque("net.IP", []), "net.CIDR": .opaque("net.CIDR", []),
  ]
}
