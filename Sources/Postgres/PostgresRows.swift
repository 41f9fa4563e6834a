import Rows

/// The rows of a query, in batches. They can be read once.
///
/// While a batch is at work the next one is fetched, and the connection reads another, and no more: the server waits. The
/// sequence ends only after the server has said that all rows were sent; a stream that breaks throws.
public struct PostgresRows: AsyncSequence, Sendable {
  public typealias Element = RowBatch
  public typealias Failure = PostgresError

  public let columns: [Column]
  let connection: PostgresConnection
  let stream: Int

  public func makeAsyncIterator() -> Iterator { Iterator(connection: connection, stream: stream) }

  public struct Iterator: AsyncIteratorProtocol {
    let connection: PostgresConnection
    let stream: Int
    private var ahead: Task<Result<RowBatch?, PostgresError>, Never>?

    init(connection: PostgresConnection, stream: Int) {
      self.connection = connection
      self.stream = stream
      ahead = nil
    }

    public mutating func next() async throws(PostgresError) -> RowBatch? {
      try await next(isolation: nil)
    }

    public mutating func next(isolation actor: isolated (any Actor)?) async throws(PostgresError)
      -> RowBatch?
    {
      let task = ahead ?? fetch()
      ahead = nil
      let result = await withTaskCancellationHandler {
        await task.value
      } onCancel: {
        task.cancel()
      }
      guard let batch = try result.get() else {
        ahead = Task { .success(nil) }
        return nil
      }
      ahead = fetch()
      return batch
    }

    private func fetch() -> Task<Result<RowBatch?, PostgresError>, Never> {
      Task { [connection, stream] in
        do throws(PostgresError) {
          return .success(try await connection.nextBatch(of: stream))
        } catch {
          return .failure(error)
        }
      }
    }
  }
}
