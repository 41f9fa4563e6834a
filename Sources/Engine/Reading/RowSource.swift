import Mappings
import Programs
import Rows

/// What a run reads from a source: a mapping's extract, with the values of its parameters.
public struct Extract: Sendable {
  /// In the way of the source's kind. A source refuses what is for another kind.
  public var definition: ExtractDefinition
  public var parameters: [BoundParameter]
  /// Columns by which the rows are to come ordered; empty for any order.
  public var orderedBy: [String]
  /// Whether a failure must not quote what stands in a row: some of it is sensitive.
  public var hidesValues = false

  public init(
    _ definition: ExtractDefinition, parameters: [BoundParameter], orderedBy: [String] = []
  ) {
    self.definition = definition
    self.parameters = parameters
    self.orderedBy = orderedBy
  }
}

extension Extract {
  /// A mapping's extract.
  public init(
    of mapping: MappingDefinition, parameters: [BoundParameter], orderedBy: [String] = []
  ) {
    self.init(mapping.extract, parameters: parameters, orderedBy: orderedBy)
    hidesValues = !mapping.sensitive.isEmpty
  }
}

/// A system that rows are read from.
public protocol RowSource: Sendable {
  /// The columns of an extract: their types, whether they may be null, their bounds.
  func describe(_ extract: Extract) async throws(SourceFailure) -> [Column]

  /// Hands the rows over in batches, in the order of the key that the extract names: numbers by their value, texts by their
  /// UTF-8 bytes. Rows with the same key come all of them, one behind another.
  ///
  /// Returns only when all rows that there are were read: a read that breaks off, or of which that is not sure, throws. What
  /// was handed over before proves nothing about the rest.
  func read(_ extract: Extract, each: (RowBatch) async throws -> Void) async throws
}

/// Why a source could not be read.
public struct SourceFailure: Error, Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable {
    /// What the mapping asks for is wrong, or is not there. Its place in the extract may be known.
    case extract
    case unavailable
    case cancelled
  }
  public var kind: Kind
  public var source: String
  public var message: String
  public var remedy: String
  /// UTF-8 offset in the text of the extract, e.g. in its SQL.
  public var offset: Int?

  public init(kind: Kind, source: String, message: String, remedy: String, offset: Int? = nil) {
    self.kind = kind
    self.source = source
    self.message = message
    self.remedy = remedy
    self.offset = offset
  }
}
