import Foundation

/// A node of a plan, as `EXPLAIN (FORMAT JSON, VERBOSE)` tells it.
struct PlanNode {
  let kind: String
  /// `schema.table`, of nodes that read a table.
  let relation: String?
  let alias: String?
  /// The expressions that the node puts out, in the server's spelling.
  let output: [String]
  /// What holds of every row that the node reads of its table.
  let conditions: [String]
  /// Whether rows of several kinds are put together, or the node does joins of its own, so that what holds of the rows
  /// below does not hold of its own.
  let mixesRows: Bool
  let groups: Bool
  let children: [Child]

  struct Child {
    let node: PlanNode
    /// Whether the node can put out rows without one of this child, so that NULL stands for its columns.
    let isOptional: Bool
    /// Whether the child is no input of rows but a subquery in an expression, or a CTE.
    let isApart: Bool
  }

  /// The plan in the text of an explanation; `nil` when there is none.
  init?(explained json: Data) throws {
    let top = try JSONSerialization.jsonObject(with: json) as? [[String: Any]]
    guard let plan = top?.first?["Plan"] as? [String: Any] else { return nil }
    self.init(plan)
  }

  private init(_ plan: [String: Any]) {
    kind = plan["Node Type"] as? String ?? ""
    let name = plan["Relation Name"] as? String
    let schema = plan["Schema"] as? String
    relation = name.flatMap { name in schema.map { "\($0).\(name)" } }
    alias = plan["Alias"] as? String
    output = plan["Output"] as? [String] ?? []
    conditions = ["Filter", "Index Cond", "Recheck Cond"].compactMap { plan[$0] as? String }
    mixesRows =
      ["Append", "Merge Append", "Recursive Union", "SetOp", "Custom Scan", "ModifyTable"]
      .contains(plan["Node Type"] as? String ?? "")
      || plan["Grouping Sets"] != nil || plan["Relations"] != nil
    groups = plan["Group Key"] != nil && plan["Strategy"] as? String != "Plain"
    let join = plan["Join Type"] as? String ?? "Inner"
    children = (plan["Plans"] as? [[String: Any]] ?? []).map { child in
      let side = child["Parent Relationship"] as? String ?? ""
      let keepsRows =
        switch (join, side) {
        case ("Inner", _), ("Semi", _), ("Right Semi", _): true
        case ("Left", "Outer"), ("Anti", "Outer"): true
        case ("Right", "Inner"), ("Right Anti", "Inner"): true
        default: false
        }
      return Child(
        node: PlanNode(child), isOptional: !keepsRows,
        isApart: !["Outer", "Inner", "Subquery"].contains(side))
    }
  }

  /// Whether rows of two inputs come together at the node or below it.
  var joins: Bool {
    let inputs = children.filter { !$0.isApart }
    return inputs.count > 1 || inputs.contains { $0.node.joins }
  }

  /// The node and all below it.
  var all: [PlanNode] { [self] + children.flatMap { $0.node.all } }
}
