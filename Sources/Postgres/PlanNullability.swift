import Foundation
import Rows

/// Which tables' NOT NULL columns keep that promise in a query's result, judged by the generic plan.
///
/// A table that is read on the optional side of an outer join does not; where the plan has anything that could hide
/// such a join (grouping sets, unions, shared subplans, joins done elsewhere), none is taken to.
struct PlanNullability {
  private var optional: Set<String> = []
  private var isSure = true

  init() {}

  init(explained json: Data) throws {
    let top = try JSONSerialization.jsonObject(with: json) as? [[String: Any]]
    guard let plan = top?.first?["Plan"] as? [String: Any] else {
      isSure = false
      return
    }
    visit(plan, isOptional: false)
  }

  func keepsValues(of table: String) -> Bool { isSure && !optional.contains(table) }

  private mutating func visit(_ node: [String: Any], isOptional: Bool) {
    let kind = node["Node Type"] as? String ?? ""
    let children = node["Plans"] as? [[String: Any]] ?? []
    if ["Append", "Merge Append", "Recursive Union", "SetOp"].contains(kind)
      || node["Grouping Sets"] != nil || (kind == "Foreign Scan" && node["Relations"] != nil)
    {
      isSure = false
    }
    if isOptional {
      if let relation = node["Relation Name"] as? String, let schema = node["Schema"] as? String {
        optional.insert("\(schema).\(relation)")
      } else if children.isEmpty {
        // A relation that was proven empty leaves no name behind.
        isSure = false
      }
    }
    let join = node["Join Type"] as? String ?? "Inner"
    for child in children {
      let side = child["Parent Relationship"] as? String
      let losesRows =
        switch (join, side) {
        case ("Inner", _), ("Semi", _), ("Right Semi", _): false
        case ("Left", "Outer"), ("Anti", "Outer"): false
        case ("Right", "Inner"), ("Right Anti", "Inner"): false
        default: true
        }
      visit(child, isOptional: isOptional || losesRows)
    }
  }
}

extension Session {
  /// Judges a prepared statement by its generic plan, which holds for all values of its parameters.
  func planNullability(ofPrepared name: String, parameters: Int) throws(PostgresError)
    -> PlanNullability
  {
    try script("set local plan_cache_mode = force_generic_plan")
    let nulls = [String](repeating: "null", count: parameters).joined(separator: ", ")
    let arguments = parameters == 0 ? "" : "(\(nulls))"
    let sql = "explain (format json, verbose, costs off) execute \"\(name)\"\(arguments)"
    var text = ""
    _ = try execute(SentText(text: sql), values: []) { (result) throws(PostgresError) in
      let batch = RowBatch(wholeResult: result)
      for row in 0..<batch.count { text += batch.text(row, 0) }
    }
    try script("set local plan_cache_mode = auto")
    do {
      return try PlanNullability(explained: Data(text.utf8))
    } catch {
      throw PostgresError(
        code: .sql, message: "The server explained the query in a form that is not JSON.",
        mend: "Report the server's version.")
    }
  }
}
