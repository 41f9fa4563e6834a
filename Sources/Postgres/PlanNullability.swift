import Foundation
import Rows
import SQLText

/// Which columns of a query's result are never NULL, proved on its generic plan.
///
/// The plan is one of many, but a proof on it is one about the query: a plan brings the query's rows whatever the
/// parameters and statistics are, and nothing is concluded from estimates. Where the planner turned an outer join into
/// an inner one, a qualifier refuses the rows without a partner; where it removed a join, no column of it is left; a
/// table that was proved empty stands under no name in the plan, and so proves nothing. What is not understood proves
/// nothing either.
///
/// There are two proofs. One follows the expression that the plan's top puts out down to where it is computed, and
/// judges it by its form. The other takes the column's origin, which the server follows through subqueries and CTEs
/// that are planned apart, where the plan has no optional part with that table, and nothing that could hide one.
struct PlanNullability {
  let plan: PlanNode
  var facts: PlanFacts
  private var required: Set<String> = []
  private var optional: Set<String> = []
  private var isSure: Bool

  /// `sql` is the statement. A lateral subquery can hand on a column of a table before it and yet be left out by a
  /// join, so that origins tell nothing there.
  init(_ plan: PlanNode, sql: String, facts: PlanFacts) {
    self.plan = plan
    self.facts = facts
    isSure = !SQLScanner.tokens(of: sql).contains { $0.kind == .word("lateral") }
    sort(plan, isOptional: false)
  }

  /// Whether the column at a place is proved never to be NULL; `origin` as `schema.table.column`.
  func isNeverNull(_ place: Int, of count: Int, table: String?, origin: String?) -> Bool {
    guard plan.output.count >= count else { return false }
    let text = plan.output[place]
    if PlanExpression(text, facts).isNeverNull(at: plan) { return true }
    guard isSure, let table, let origin, facts.notNull.contains(origin),
      PlanExpression(text, facts).variable != nil
    else { return false }
    return required.contains(table) && !optional.contains(table)
  }

  /// Whether a table is read on the optional side of an outer join.
  func isOptional(_ table: String) -> Bool { optional.contains(table) }

  private mutating func sort(_ node: PlanNode, isOptional: Bool) {
    if node.mixesRows { isSure = false }
    if let relation = node.relation {
      if isOptional { optional.insert(relation) } else { required.insert(relation) }
    } else if isOptional, node.children.isEmpty {
      // A relation that was proved empty leaves no name behind, and a CTE stands elsewhere.
      isSure = false
    }
    for child in node.children {
      sort(child.node, isOptional: isOptional || child.isOptional)
    }
  }
}

/// What the catalogue says of the tables and names that a plan speaks of.
struct PlanFacts {
  /// The columns that hold no NULL: `schema.table.column`.
  var notNull: Set<String> = []
  /// Of columns.
  var types: [String: UInt32] = [:]
  /// Functions and operators of which there are others than the server's own, and `cast` where there are other casts.
  var strangers: Set<String> = []
}

extension Session {
  /// Judges a prepared statement by its generic plan, which holds for all values of its parameters.
  func planNullability(ofPrepared name: String, sql: String, parameters: Int)
    throws(PostgresError) -> PlanNullability?
  {
    // Without indexes and helpers, conditions stand where they can be read, and the plan hangs less on statistics.
    try script(
      """
      savepoint crosswalk_plan; set local plan_cache_mode = force_generic_plan;
      set local enable_indexscan = off; set local enable_indexonlyscan = off;
      set local enable_bitmapscan = off; set local max_parallel_workers_per_gather = 0
      """)
    let nulls = [String](repeating: "null", count: parameters).joined(separator: ", ")
    let arguments = parameters == 0 ? "" : "(\(nulls))"
    let explain = "explain (format json, verbose, costs off) execute \"\(name)\"\(arguments)"
    var text = ""
    _ = try execute(SentText(text: explain), values: []) { (result) throws(PostgresError) in
      let batch = RowBatch(wholeResult: result)
      for row in 0..<batch.count { text += batch.text(row, 0) }
    }
    try script("rollback to crosswalk_plan; release crosswalk_plan")
    let plan: PlanNode?
    do {
      plan = try PlanNode(explained: Data(text.utf8))
    } catch {
      throw PostgresError(
        code: .sql, message: "The server explained the query in a form that is not JSON.",
        remedy: "Report the server's version.")
    }
    guard let plan else { return nil }
    return PlanNullability(plan, sql: sql, facts: try planFacts(plan))
  }

  /// NOT NULL is believed of plain tables without children, which could have it otherwise, and where it was checked.
  /// Foreign tables only promise it, and a domain's NOT NULL does not hold behind an outer join.
  private func planFacts(_ plan: PlanNode) throws(PostgresError) -> PlanFacts {
    let columns = """
      select n.nspname || '.' || c.relname || '.' || a.attname, a.atttypid::int8,
        a.attnotnull and c.relkind in ('r', 'p') and not c.relhassubclass
          and not exists (select from pg_catalog.pg_constraint k where k.conrelid = c.oid
            and k.contype = 'n' and k.conkey[1] = a.attnum and not k.convalidated)
      from pg_catalog.pg_class c
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where n.nspname || '.' || c.relname = any ($1)
      """
    let names = """
      select p.proname::text from pg_catalog.pg_proc p
      where p.pronamespace <> 'pg_catalog'::regnamespace and p.proname = any ($1)
      union select o.oprname::text from pg_catalog.pg_operator o
      where o.oprnamespace <> 'pg_catalog'::regnamespace and o.oprname = any ($1)
      union select 'cast' where exists (select from pg_catalog.pg_cast c where c.oid >= 16384)
      """
    var facts = PlanFacts()
    let described = try rows(columns, texts: Array(Set(plan.all.compactMap(\.relation))))
    for row in 0..<described.count {
      let name = described.text(row, 0)
      facts.types[name] = UInt32(truncatingIfNeeded: described.int(row, 1))
      if described.bool(row, 2) { facts.notNull.insert(name) }
    }
    let strangers = try rows(names, texts: Array(PlanExpression.trusted))
    facts.strangers = Set((0..<strangers.count).map { strangers.text($0, 0) })
    return facts
  }

  private func rows(_ sql: String, texts: [String]) throws(PostgresError) -> RowBatch {
    let value = BoundValue(oid: 1009, bytes: ParameterValue.texts(texts).binary)
    return try execute(SentText(text: sql), values: [value]) { (result) throws(PostgresError) in
      RowBatch(wholeResult: result)
    } ?? RowBatch(columns: [])
  }
}
