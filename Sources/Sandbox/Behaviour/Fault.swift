/// Something that goes wrong with the calls that match, for a while.
public struct Fault: Sendable, Hashable {
  public enum RetryAfter: Sendable, Hashable {
    /// Written as given: `2` or `0.40235`.
    case seconds(String)
    /// An HTTP date, so many seconds from the answer on.
    case date(seconds: Int)
  }

  public enum Kind: Sendable, Hashable {
    /// Nothing but the fault's delay and index lag.
    case none
    /// This status with the system's own error body; `applied` says whether the call takes effect all the same.
    case status(Int, retryAfter: RetryAfter? = nil, applied: Bool = false)
    /// Any body at all in place of the answer, e.g. a gateway's HTML page.
    case reply(Int, contentType: String, body: String, applied: Bool = false)
    /// 302 to another address, e.g. a login page.
    case redirect(to: String)
    /// The connection is closed without an answer, before the call took effect.
    case dropBefore
    /// The connection is closed without an answer, after the call took effect.
    case dropAfter
    /// The answer stops after so many bytes of its body, and the connection is closed.
    case cut(bytes: Int)
    /// The right answer, less the identity of the object.
    case withoutID
    /// 200 with the system's error body; the call takes no effect.
    case errorBody
    /// 200 with a list that holds nothing.
    case emptyList
    /// The first object of the list moves to its end before the answer is made.
    case shift
    /// The connection is closed without an answer, and the call takes effect only so much later.
    case late(Duration)
    /// The right answer, after which the connection is closed without having been announced.
    case hangUp
  }

  public var pattern: CallPattern
  public var kind: Kind
  /// How many matching calls it strikes; nil means all from now on.
  public var calls: Int?
  /// How many matching calls are left alone first.
  public var skip: Int
  /// How likely a matching call is struck, 0 to 1.
  public var probability: Double
  /// How long the answer, or the closing of the connection, is held back.
  public var delay: Duration
  /// How long what the call creates stays hidden from lists and from look-ups by key.
  public var indexLag: Duration
  /// Whether the connection, where it is closed, is reset (RST) instead of ended (FIN).
  public var resets: Bool

  public init(
    _ pattern: CallPattern, _ kind: Kind, calls: Int? = 1, skip: Int = 0, probability: Double = 1,
    delay: Duration = .zero, indexLag: Duration = .zero, resets: Bool = false
  ) {
    self.pattern = pattern
    self.kind = kind
    self.calls = calls
    self.skip = skip
    self.probability = probability
    self.delay = delay
    self.indexLag = indexLag
    self.resets = resets
  }
}

/// The faults that are set, and which of them strikes next.
struct FaultPlan: Sendable {
  private(set) var faults: [Fault] = []
  private var random: SeededRandom

  init(seed: UInt64) {
    random = SeededRandom(seed: seed)
  }

  mutating func add(_ fault: Fault) {
    faults.append(fault)
  }

  mutating func removeAll() {
    faults = []
  }

  /// The fault that strikes this call: the first that matches, is due and is drawn.
  mutating func strike(_ call: Call) -> Fault? {
    for index in faults.indices where faults[index].pattern.matches(call) {
      if faults[index].skip > 0 {
        faults[index].skip -= 1
        continue
      }
      let drawn = faults[index].probability
      if drawn < 1, Double.random(in: 0..<1, using: &random) >= drawn { continue }
      let fault = faults[index]
      if let calls = fault.calls {
        if calls <= 1 {
          faults.remove(at: index)
        } else {
          faults[index].calls = calls - 1
        }
      }
      return fault
    }
    return nil
  }
}

/// SplitMix64: the same seed gives the same numbers.
struct SeededRandom: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
