import JSON
import Synchronization

/// One pretend system that listens: its address, its memory, and the hands of a person who works in it.
///
/// Calls that arrive over HTTP and functions called here change the same state, one after the other.
public final class PretendSystem: Sendable {
  /// `safetyamp`, `samsara` or `generic`.
  public let name: String
  public let token: String
  /// The value of SafetyAmp's `Fqdn` header; nil elsewhere.
  public let fqdn: String?
  /// `http://127.0.0.1:PORT`, without a slash at the end.
  public var url: String { address.withLock { $0 } }

  private let address = Mutex("")
  private let state: Mutex<PretendState>
  private let fresh: @Sendable () -> PretendState
  private let elapsed: @Sendable () -> Duration

  init(
    name: String, token: String, fqdn: String? = nil,
    elapsed: @escaping @Sendable () -> Duration, state fresh: @escaping @Sendable () -> PretendState
  ) {
    self.name = name
    self.token = token
    self.fqdn = fqdn
    self.elapsed = elapsed
    self.fresh = fresh
    state = Mutex(fresh())
  }

  func listens(at url: String) {
    address.withLock { $0 = url }
  }

  // MARK: Calls

  func react(to call: Call) -> PretendState.Reaction {
    state.withLock { $0.react(to: call, at: elapsed()) }
  }

  func land(_ call: Call) {
    state.withLock { $0.land(call, at: elapsed()) }
  }

  func now() -> Moment {
    state.withLock { $0.moment(elapsed()) }
  }

  // MARK: Faults and switches

  /// Sets a fault; several that match one call strike in the order in which they were set.
  public func inject(_ fault: Fault) {
    state.withLock { $0.faults.add(fault) }
  }

  /// The faults that have not struck as often as they may.
  public var faults: [Fault] { state.withLock { $0.faults.faults } }

  public func clearFaults() {
    state.withLock { $0.faults.removeAll() }
  }

  /// Turns a switch of the vendor.
  ///
  /// SafetyAmp: `refuse_unknown_members`, `require_user_agent`, `put_replaces` (true or false), `create_status`
  /// (200 or 201). Samsara: `refuse_unknown_members`, `pages` (`full`, `short` or `empty`), `asset_page` (1 to 300),
  /// `forbidden` (a list of call patterns for which the token lacks the scope).
  public func set(_ name: String, _ value: JSON) throws(SandboxError) {
    guard state.withLock({ $0.vendor.set(name, value) }) else {
      throw SandboxError.badControl(
        "there is no switch `\(name)` that takes \(value)",
        remedy:
          "The switches are those of the settings, in snake_case, e.g. refuse_unknown_members.")
    }
  }

  /// Forgets objects, calls, faults, switches and used-up limits.
  public func reset() {
    let fresh = fresh()
    state.withLock { $0 = fresh }
  }

  // MARK: What was called

  public var log: CallLog { state.withLock { $0.log } }

  public var calls: [LoggedCall] { log.all }

  public func calls(matching pattern: CallPattern) -> [LoggedCall] { log.calls(matching: pattern) }

  public func count(matching pattern: CallPattern) -> Int { log.count(matching: pattern) }

  /// How many matching calls arrived in the fullest stretch of so many seconds, refused ones included.
  public func fullestWindow(seconds: Double, matching pattern: CallPattern = "/**") -> Int {
    log.fullestWindow(seconds: seconds, matching: pattern)
  }

  /// The limit that would have held the calls so far back longest, with its real length, and for how long: all but the
  /// last windowful of its calls must have left their windows. `nil` while every call had room at once.
  public var slowestWindow: (window: RateWindow, time: Duration)? {
    let (windows, calls) = state.withLock { ($0.windows, $0.log.all) }
    return windows.map { window in
      let count = calls.count { window.counts($0.call) }
      return (window: window, time: window.per * (max(0, count - 1) / max(1, window.calls)))
    }.filter { $0.time > .zero }.max { $0.time < $1.time }
  }

  // MARK: A person's hand

  public var resources: [String] { state.withLock { $0.vendor.resources } }

  /// Every object of a resource as GET shows it, softly deleted ones included.
  public func objects(_ resource: String) throws(SandboxError) -> [JSON] {
    guard let objects = state.withLock({ $0.vendor.objects(resource) }) else {
      throw SandboxError.unknownResource(resource, of: resources)
    }
    return objects
  }

  /// Stores an object without asking any rule, and answers its id.
  @discardableResult
  public func seed(_ resource: String, _ object: JSON) throws(SandboxError) -> String {
    let id = state.withLock { state in
      state.vendor.seed(resource, object, at: state.moment(elapsed()))
    }
    guard let id else { throw SandboxError.unknownResource(resource, of: resources) }
    return id
  }

  /// Changes members of an object without asking any rule.
  public func edit(_ resource: String, _ id: String, _ changes: JSON) throws(SandboxError) {
    let found = state.withLock { state in
      state.vendor.edit(resource, id, changes, at: state.moment(elapsed()))
    }
    guard found else { throw SandboxError.unknownObject(resource, id) }
  }

  /// Deletes an object: softly where the vendor does so.
  public func delete(_ resource: String, _ id: String) throws(SandboxError) {
    let found = state.withLock { state in
      state.vendor.remove(resource, id, at: state.moment(elapsed()))
    }
    guard found else { throw SandboxError.unknownObject(resource, id) }
  }
}
