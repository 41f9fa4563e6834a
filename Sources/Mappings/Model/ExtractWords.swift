/// The words for what a mapping reads, in messages about it.
extension ExtractDefinition {
  /// `query` or `file`.
  public var noun: String {
    switch self {
    case .query: "query"
    case .file: "file"
    }
  }

  /// `the query returns` or `the file has`, in front of columns or rows.
  public var has: String {
    switch self {
    case .query: "the query returns"
    case .file: "the file has"
    }
  }

  /// Several rows of one key: what to do.
  public var separatesRows: String {
    switch self {
    case .query: "correct the query's joins"
    case .file: "have all but one taken out of the file"
    }
  }

  /// A column that is not there: what to do.
  public var addsColumn: String {
    switch self {
    case .query: "add it to the query's select list, or correct the name"
    case .file: "declare it under `columns`, or correct the name"
    }
  }

  /// Where null is not taken: what else can become of such rows.
  public var leavesOutNulls: String {
    switch self {
    case .query: "leave the rows out in the query"
    case .file: "declare the column `required: true`, which rejects rows without a value"
    }
  }

  /// Some values do not fit: what else can become of such rows; `nil` where the source cannot leave rows out.
  public var leavesOutRows: String? {
    switch self {
    case .query: "leave such rows out in the query"
    case .file: nil
    }
  }

  /// How a column gets another type.
  ///
  /// - Parameters:
  ///   - sql: In PostgreSQL's words, e.g. `date`.
  ///   - declared: As a file's columns are declared, where that is another word.
  public func types(_ sql: String, declared: String? = nil) -> String {
    switch self {
    case .query: "cast it in the query: `::\(sql)`"
    case .file: "declare the column as `\(declared ?? sql)`"
    }
  }
}
