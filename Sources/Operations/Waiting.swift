/// How long an operation waits while another process holds the ledger.
public enum Waiting: Sendable, Hashable {
  case no
  case atMost(Duration)
  case unbounded
}
