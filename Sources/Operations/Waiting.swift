/// How long an operation waits while another process is working on the project.
public enum Waiting: Sendable, Hashable {
  case no
  case atMost(Duration)
  case unbounded
}
