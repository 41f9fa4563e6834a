/// The ledger for other tools: read-only SQL views whose names and columns are a promise.
///
/// A column is never taken away or given another meaning while its view has the same name; later releases may add columns at
/// the end. Keys are written as the reports write them, moments as `2026-01-31T12:00:00Z`, records as flat JSON, masked.
public struct LedgerView: Sendable, Hashable {
  public struct Column: Sendable, Hashable {
    public var name: String
    public var meaning: String

    init(_ name: String, _ meaning: String) {
      self.name = name
      self.meaning = meaning
    }
  }
  public var name: String
  public var meaning: String
  public var columns: [Column]

  public static let all = [links, changes, writes, failures, decisions, runs]

  private static let mapping = Column("mapping", "the mapping's name")
  private static let key = Column("key", "the row's key, its columns joined by `/`")
  private static let resource = Column("resource", "`target/resource` of the object")

  static let links = LedgerView(
    name: "v1_links", meaning: "which object belongs to which key",
    columns: [
      mapping, key, resource,
      Column("target_id", "the object's id at the target"),
      Column("state", "`active`, or `inactive` once the key was given up"),
      Column("absences", "complete reads in a row that did not have the key"),
      Column("sent", "what was last sent"),
    ])

  static let changes = LedgerView(
    name: "v1_changes", meaning: "what became of each object, one row per change",
    columns: [
      Column("id", "grows with each change"), Column("run", "the run; 0 for a decision"), mapping,
      key, Column("operation", "`create`, `update`, `deactivate`, `delete`, `adopt` …"),
      Column("before", "the changed fields as they were"),
      Column("after", "the changed fields as they became"), Column("at", "when"),
    ])

  static let writes = LedgerView(
    name: "v1_writes", meaning: "what was sent, one row per write",
    columns: [
      Column("id", "grows with each write"), Column("run", "the run that sent it last"), mapping,
      key, resource,
      Column("operation", "`create`, `update`, `restore`, `deactivate` or `delete`"),
      Column(
        "state",
        "`planned`, `sent`, `unknown`, `resolving`, `quarantined` while it is open; `done`, "
          + "`rejected` or `absent` at its end"),
      Column("is_open", "1 while the key must not be written again"),
      Column("attempts", "how often it was sent"),
      Column("sent_at", "when it was sent last"),
      Column("not_before", "when it is looked at next; NULL: at once"),
    ])

  static let failures = LedgerView(
    name: "v1_failures", meaning: "records that wait because they were refused",
    columns: [
      mapping, key, Column("status", "the target's answer; NULL when nothing was sent"),
      Column("attempts", "how often the key has failed since it was last as it should be"),
      Column("first_at", "since when"), Column("last_at", "when it failed last"),
      Column("run", "the run in which it failed last"),
      Column("standing", "`waiting`, `released` or `dismissed`"),
      Column("reasons", "a JSON array of objects with `field` and `message`"),
    ])

  static let decisions = LedgerView(
    name: "v1_decisions", meaning: "what the operator decided",
    columns: [
      Column("id", "grows with each decision"),
      Column("verb", "`retry`, `adopt`, `absent`, `dismiss`, `move`, `unlink` or `forget`"),
      mapping, key, Column("target_id", "the object, where the decision names one"),
      Column("who", "who decided"), Column("note", "why"), Column("at", "when"),
    ])

  static let runs = LedgerView(
    name: "v1_runs", meaning: "the runs",
    columns: [
      Column("id", "the run's number"), Column("command", "`run`, `adopt`, `undo 12` …"),
      Column("started_at", "when"),
      Column("finished_at", "when; NULL while it goes on, or when it was killed"),
      Column("status", "as in the report; NULL like `finished_at`"),
      Column("report", "the report, JSON"),
    ])
}
