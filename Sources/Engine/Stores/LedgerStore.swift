/// What a run needs of a ledger: links, what earlier reads found, intents, failures.
///
/// Three things hold for all of these ports, whatever keeps the ledger:
/// - A method that writes returns when its transaction is durable: it outlives the process and a power cut. A method that
///   throws has written nothing. Calls that wait at the same time may share a transaction.
/// - Every write carries the epoch of the writer's lease, and is refused once that lease has passed on.
/// - Moments are ``Instant``, of the caller's wall clock; the store reads no clock. Records are flat JSON, masked.
///
/// Where a method says nothing else, it throws the store's own error, when the store cannot be reached, read or written; and
/// reads throw `CancellationError`. `Tests/LedgerTests/Conformance` holds every implementation to these rules.
public protocol LedgerStore: LinkStore, ShapeStore, ReadStore, IntentStore, FailureStore,
  TargetValueStore
{}

/// A whole ledger: what the operations need besides, for the one writer, its runs, history, decisions, ties and upkeep.
public protocol ProjectLedger: LedgerStore, LeaseStore, ClockStore, RunStore, HistoryStore,
  DecisionStore, TieStore, UpkeepStore
{}
