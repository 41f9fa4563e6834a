import Diagnostics

extension MappingDefinition {
  /// The columns that the expressions of some fields name, in their order.
  public func columnsRead(by paths: [String]) -> [String] {
    var columns: [String] = []
    for field in fields + onCreate where paths.contains(field.path.value) {
      let expression: SourceText
      switch field.content {
      case .expression(let text), .table(let text, _, _): expression = text
      case .literal: continue
      }
      for match in expression.text.matches(of: /\brow\.([A-Za-z_][A-Za-z0-9_]*)/) {
        let column = String(match.output.1)
        if !columns.contains(column) { columns.append(column) }
      }
    }
    return columns
  }
}
