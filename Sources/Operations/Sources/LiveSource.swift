import Engine
import Rows

/// A source as the operations need it, beyond what the engine reads.
protocol LiveSource: RowSource {
  var name: String { get }

  /// Whether rows come in the order of a key without being sorted here. If not, ``OrderedSource`` does that.
  var deliversInOrder: Bool { get }

  /// Reaches the source, and says what it is.
  func check() async throws(SourceFailure) -> SourceCheck

  /// Reads the first rows of an extract, for a look, and returns how many there were.
  func sample(_ extract: Extract) async throws(SourceFailure) -> Int

  /// What the source says of extracts, and of tables where it has some: of those given, or of those that the extracts use.
  func survey(
    _ extracts: [Extract], tables given: [SurveyedTable]?
  ) async throws(SourceFailure) -> SourceSurvey
}

/// What a source is, and what a person should do about it.
struct SourceCheck: Sendable {
  var words: String
  var remedy: String?
}

/// A table of a source, and those of its columns that are of interest.
struct SurveyedTable: Sendable {
  /// With its schema.
  var name: String
  var columns: [Column]
}

/// What a source says of extracts and of tables.
struct SourceSurvey: Sendable {
  /// The columns of each extract, or why the source refuses it.
  var extracts: [Result<[Column], SourceFailure>] = []
  var tables: [SurveyedTable] = []
}

extension LiveSource {
  /// Of a source without tables.
  func survey(
    _ extracts: [Extract], tables given: [SurveyedTable]?
  ) async throws(SourceFailure) -> SourceSurvey {
    var survey = SourceSurvey()
    for extract in extracts {
      do throws(SourceFailure) {
        survey.extracts.append(.success(try await describe(extract)))
      } catch {
        guard error.kind == .extract else { throw error }
        survey.extracts.append(.failure(error))
      }
    }
    return survey
  }
}
