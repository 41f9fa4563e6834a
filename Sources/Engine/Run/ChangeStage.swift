import JSON
import Programs

/// What becomes of a mapping's changes once its rows have been compared: a run sends them, a plan shows what would become of
/// them. Everything before is the same for both.
protocol ChangeStage {
  /// What becomes of what a comparison with the target finds.
  var findings: any FindingStage { get }
  /// Sees to what an earlier run left open. Returns what stays so.
  func takeOver() async throws -> OpenKeys
  /// All rows are known, and no guard holds the changes back, or what it holds back is shown.
  mutating func begin(
    _ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport) async throws
  /// Takes the changes that are spooled.
  mutating func take(
    _ stretch: SpooledStretch, _ search: TargetSearch, _ report: inout MappingReport
  ) async throws
  /// There are no more.
  mutating func end(
    _ comparer: RowComparer, _ search: TargetSearch, _ report: inout MappingReport) async throws
  /// Whether changes that a guard holds back are taken as well.
  var showsWhatIsHeld: Bool { get }
  /// A guard holds the changes back.
  mutating func hold(_ comparer: RowComparer, _ report: inout MappingReport) async throws
  /// Closes what an earlier run left open and no row wants any more.
  func close(_ comparer: RowComparer, _ report: MappingReport) async throws
  /// What is shown of the changes.
  var shown: ChangePreview.Shown { get }
}

/// The changes of a mapping that are spooled.
struct SpooledStretch {
  var count: Int
  /// Keys of changes whose row has been counted already.
  var completing: Set<Key> = []
  /// The natural keys that were looked for at the target for them.
  var looked: Set<ExactText>
}
