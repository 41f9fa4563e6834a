import Diagnostics

/// A value in a YAML document and the exact place where it stands.
public struct Node: Sendable {
  public enum Content: Sendable {
    case scalar(Scalar)
    case sequence([Node])
    /// In the order of the file; keys are scalars and occur once.
    case mapping([Entry])
  }

  public struct Entry: Sendable {
    public let key: Node
    /// The key's text.
    public let name: String
    public let value: Node

    public init(key: Node, name: String, value: Node) {
      self.key = key
      self.name = name
      self.value = value
    }
  }

  public let content: Content
  /// From the first byte to behind the last one; quotes, brackets and the indicator of a block scalar included, blanks,
  /// comments and anchors around it not. Empty, behind the colon, where a value is left out.
  public let range: SourceRange

  public init(_ content: Content, at range: SourceRange) {
    self.content = content
    self.range = range
  }
}

/// A text as it was decoded, and how it was written.
public struct Scalar: Sendable {
  public enum Style: Sendable, Hashable {
    case plain
    case single
    case double
    /// A block behind `|`.
    case literal
    /// A block behind `>`.
    case folded
  }

  /// From this UTF-8 offset of the decoded text on, bytes correspond to the file from `file` on.
  public struct Origin: Sendable, Hashable {
    public var text: Int
    public var file: Int

    public init(text: Int, file: Int) {
      self.text = text
      self.file = file
    }
  }

  public let text: String
  public let style: Style

  public init(_ text: String, style: Style) {
    self.text = text
    self.style = style
  }
}

extension Node {
  public var scalar: Scalar? {
    if case .scalar(let scalar) = content { scalar } else { nil }
  }

  public var elements: [Node]? {
    if case .sequence(let nodes) = content { nodes } else { nil }
  }

  public var entries: [Entry]? {
    if case .mapping(let entries) = content { entries } else { nil }
  }

  /// The value of a key; nil when there is none, or when this is no mapping.
  public subscript(_ name: String) -> Node? { entry(name)?.value }

  public func entry(_ name: String) -> Entry? {
    entries?.first { $0.name.utf8.elementsEqual(name.utf8) }
  }

  /// The node behind keys and, in lists, indices counted from 0; nil when there is none.
  public func node(at path: some Sequence<String>) -> Node? {
    var node = self
    for step in path {
      if let elements = node.elements {
        guard let index = Int(step), elements.indices.contains(index) else { return nil }
        node = elements[index]
      } else {
        guard let next = node[step] else { return nil }
        node = next
      }
    }
    return node
  }

  /// Nothing at all, `~` or `null`, without quotes.
  public var isNull: Bool {
    if case .null? = scalar?.resolved { true } else { false }
  }
}
