import Engine
import Rows

/// What operations need from a source beyond the engine's reading.
protocol LiveSource: RowSource {
  var name: String { get }

  /// Whether the source delivers rows in key order. If not, ``OrderedSource`` sorts them.
  var deliversInOrder: Bool { get }

  /// Reaches the source, and says what it is.
  func check() async throws(SourceFailure) -> SourceCheck

  /// Reads the first rows of an extract as a sample, and returns how many there were.
  func sample(_ extract: Extract) async throws(SourceFailure) -> Int

  /// Describes extracts, and tables if the source has any: those given, or those that the extracts use.
  func survey(
    _ extracts: [Extract], tables given: [SurveyedTable]?
  ) async throws(SourceFailure) -> SourceSurvey
}

/// What a source is, and what the operator should do about it.
struct SourceCheck: Sendable {
  var words: String
  var remedy: String?
}

/// A table of a source, and those of its columns that are of interest.
struct SurveyedTable: Sendable {
  /// Includes the schema.
  var name: String
  var columns: [Column]
}

/// A source's description of extracts and tables.
struct SourceSurvey: Sendable {
  /// The columns of each extract, or why the source refuses it.
  var extracts: [Result<[Column], SourceFailure>] = []
  var tables: [SurveyedTable] = []
}

extension LiveSource {
  /// For a source without tables.
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
