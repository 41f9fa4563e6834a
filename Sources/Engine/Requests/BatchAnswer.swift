import JSON
import Mappings
import Programs

/// Takes the answer to a call with many objects apart, so that each object has an answer of its own.
struct BatchAnswer {
  let batch: BatchDefinition
  let reader: AnswerReader
  /// How values of the key are compared.
  let match: MatchProgram?

  enum Parts {
    /// One for each object, in the order in which they were sent.
    case each([WireResult])
    /// Nothing was stored, because of at least one object.
    case refused(WireResult, status: Int)
  }

  /// - Parameter keys: The natural key of each object sent, where answers are told apart by it.
  func parts(of result: WireResult, keys: [String?]) -> Parts {
    guard case .answer(let status, let after, let body) = result else { return all(result, keys) }
    let json = try? JSON(parsing: body)
    let list = json.flatMap { batch.answers.isEmpty ? $0 : $0.value(at: batch.answers) }
    if let answers = list?.arrayValue, !answers.isEmpty {
      return .each(apart(answers, of: result, status: status, after: after, keys: keys))
    }
    switch reader.meaning(of: result) {
    case .rejected, .taken, .gone: return .refused(result, status: status)
    case .done:
      return all(
        lost(
          "the answer \(status) holds no list"
            + (batch.answers.isEmpty ? "" : " at `\(batch.answers)`")), keys)
    // A call that is to come later, or that tells nothing, says the same about each of its objects.
    case .retry, .stop, .unknown, nil: return all(result, keys)
    }
  }

  private func all(_ result: WireResult, _ keys: [String?]) -> Parts {
    .each(keys.map { _ in result })
  }

  private func lost(_ message: String) -> WireResult {
    .lost(message: message, mend: "compare `batch` in the target's file with the answer")
  }

  private func apart(
    _ answers: [JSON], of result: WireResult, status: Int, after: Duration?, keys: [String?]
  ) -> [WireResult] {
    var found: [Int: [JSON]] = [:]
    for (place, answer) in answers.enumerated() {
      if let object = object(answer, place, of: answers.count, keys: keys) {
        found[object, default: []].append(answer)
      }
    }
    let isDone = reader.meaning(of: result) == .done
    return keys.indices.map { object in
      // None, or two that contradict each other: what became of it cannot be told.
      guard let answers = found[object], answers.count == 1 else {
        return lost(
          "of \(keys.count) objects sent, the answer names this one "
            + "\(found[object]?.count ?? 0) times")
      }
      let own = batch.status.flatMap { answers[0].value(at: $0)?.intValue }
      if let path = batch.status, own == nil, !isDone {
        // A call that failed for some says nothing about one that has no status of its own.
        return lost("answered \(status), and for this object without `\(path)`")
      }
      return .answer(
        status: own.map { Int(clamping: $0) } ?? status, retryAfter: after,
        body: answers[0].compactBytes)
    }
  }

  /// Which of the objects an answer is about.
  private func object(_ answer: JSON, _ place: Int, of count: Int, keys: [String?]) -> Int? {
    if let path = batch.position {
      return answer.value(at: path)?.intValue.flatMap { Int(exactly: $0) }
        .flatMap { keys.indices.contains($0) ? $0 : nil }
    }
    if let path = batch.key {
      guard let held = match?.normalised(answer.value(at: path)) else { return nil }
      let fits = keys.indices.filter { keys[$0]?.hasSameBytes(as: held.text) ?? false }
      return fits.count == 1 ? fits[0] : nil
    }
    // By its place alone, which tells nothing when one is missing.
    return count == keys.count ? place : nil
  }
}
