/// The runs, from their beginning to their end.
public protocol RunStore: Sendable {
  /// Writes down that a run begins. Returns its number, greater than all before.
  func startRun(_ run: RunStart) async throws -> Int64
  /// Ends a run, under the lease with which it was started. Throws when that has passed on, or there is no such run.
  ///
  /// - Parameters:
  ///   - status: A raw value of ``RunStatus``.
  ///   - report: JSON, in place of what was known at the beginning; empty where there is nothing to tell.
  func finishRun(_ id: Int64, status: String, report: [UInt8], now: Instant) async throws
  /// The latest runs, the newest first, at most so many.
  func runs(limit: Int) async throws -> [RunRecord]
  /// The runs whose command begins with these words, the oldest first.
  func runs(ofCommand words: String) async throws -> [RunRecord]
  func run(_ id: Int64) async throws -> RunRecord?
}

public struct RunStart: Sendable, Hashable {
  /// `run`, `apply` ….
  public var command: String
  public var mappings: [String]
  public var startedAt: Instant
  /// JSON: what is known of it from the beginning, such as who approved what. Empty where there is nothing to tell.
  public var report: [UInt8]
  public var epoch: LeaseEpoch

  public init(
    command: String, mappings: [String], startedAt: Instant, report: [UInt8] = [],
    epoch: LeaseEpoch
  ) {
    self.command = command
    self.mappings = mappings
    self.startedAt = startedAt
    self.report = report
    self.epoch = epoch
  }
}

/// A run as the ledger remembers it.
public struct RunRecord: Sendable, Hashable {
  public var id: Int64
  public var command: String
  public var mappings: [String]
  public var startedAt: Instant
  /// `nil` while it is under way, and for good when it was killed.
  public var finishedAt: Instant?
  public var status: String?
  /// As it was given to ``RunStore/finishRun(_:status:report:now:)``, or to ``RunStore/startRun(_:)`` until then.
  public var report: [UInt8]
  public var epoch: LeaseEpoch
  /// Whether the process that began it is still at work, as far as the caller has found that out.
  public var isUnderWay = false

  public init(
    id: Int64, command: String, mappings: [String], startedAt: Instant, finishedAt: Instant? = nil,
    status: String? = nil, report: [UInt8] = [], epoch: LeaseEpoch
  ) {
    self.id = id
    self.command = command
    self.mappings = mappings
    self.startedAt = startedAt
    self.finishedAt = finishedAt
    self.status = status
    self.report = report
    self.epoch = epoch
  }
}
