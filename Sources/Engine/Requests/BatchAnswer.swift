import JSON
import Mappings
import Programs

/// Takes the answer to a call with many objects apart, so that each object has an answer of its own.
struct BatchAnswer {
  let batch: BatchDefinition
  let reader: AnswerReader
  let identity: ObjectIdentity
  /// The path of the object in an answer.
  let object: String

  /// What the answer is for one object.
  struct Part: Sendable {
    var result: WireResult
    /// What the object's status means where the file has a word for it; `nil` where the status is a number.
    var meaning: AnswerMeaning?
  }

  enum Parts {
    /// One for each object, in the order in which they were sent.
    case each([Part])
    /// Nothing was stored, because of at least one object.
    case refused(WireResult, status: Int)
  }

  /// An object's own status.
  private enum OwnStatus {
    case number(Int)
    case word(AnswerMeaning)
    /// Neither a number nor one of the file's words: it tells nothing.
    case unreadable(JSON?)
  }

  /// - Parameter keys: The natural key of each object sent, where answers are told apart by it.
  func parts(of result: WireResult, keys: [String?]) -> Parts {
    guard case .answer(let status, let after, let body, _) = result else {
      return all(result, keys)
    }
    let json = try? JSON(parsing: body)
    let list = json.flatMap { batch.answers.isEmpty ? $0 : $0.value(at: batch.answers) }
    let answers = list?.arrayValue ?? []
    switch reader.meaning(of: result) {
    case .rejected?, .taken?, .gone?:
      if isForSome(answers, status) { break }
      guard tellsOfEach(answers, keys) else { return .refused(result, status: status) }
      if batch.status == nil {
        return all(
          lost("answered \(status), and shows objects all the same: some may have been stored"),
          keys)
      }
    case .done? where answers.isEmpty:
      return all(
        lost(
          "the answer \(status) holds no list"
            + (batch.answers.isEmpty ? "" : " at `\(batch.answers)`")), keys)
    case .done? where status == 207 && batch.status == nil && !reader.knows(status):
      // Many statuses, says the number, and the file does not say where they are.
      return all(lost("answered 207, and the file does not name the `status` of each object"), keys)
    // A call that is to come later, or that tells nothing, says the same about each of its objects.
    case _ where answers.isEmpty: return all(result, keys)
    default: break
    }
    return .each(apart(answers, status: status, after: after, keys: keys))
  }

  private func all(_ result: WireResult, _ keys: [String?]) -> Parts {
    .each(keys.map { _ in Part(result: result) })
  }

  private func lost(_ message: String) -> WireResult {
    .lost(message: message, remedy: "compare `batch` in the target's file with the answer")
  }

  private func apart(
    _ answers: [JSON], status: Int, after: Duration?, keys: [String?]
  ) -> [Part] {
    let found = named(answers, keys)
    let made = Dictionary(grouping: answers.compactMap(madeID)) { $0 }.mapValues(\.count)
    return keys.indices.map { object in
      // None, or two that contradict each other: what became of it cannot be told.
      guard let answers = found[object], answers.count == 1 else {
        return Part(
          result: lost(
            "of \(keys.count) objects sent, the answer names this one "
              + "\(found[object]?.count ?? 0) times"))
      }
      // One object cannot be two, and whose it is shows when it is looked up.
      if let id = madeID(answers[0]), let times = made[id], times > 1 {
        return Part(
          result: lost("the answer names the object \(id) for \(times) of the objects sent"))
      }
      func answer(_ status: Int) -> WireResult {
        .answer(status: status, retryAfter: after, body: answers[0].compactBytes)
      }
      guard let batchStatus = batch.status else { return Part(result: answer(status)) }
      switch own(answers[0]) {
      case .number(let own): return Part(result: answer(own))
      case .word(let meaning): return Part(result: answer(status), meaning: meaning)
      case .unreadable(let held):
        let shown = held.flatMap { reader.text.line($0.description, upTo: 40) }
        let words =
          shown.map { "with the `\(batchStatus.path)` \($0), which the file does not know" }
          ?? "without `\(batchStatus.path)`"
        let said = complaint(answers[0]).map { ": \($0)" } ?? ""
        return Part(result: lost("answered \(status), and for this object \(words)\(said)"))
      }
    }
  }

  /// Whether a rule that tells a refusal by the body, in a call that was carried out, is for some of the answers in it.
  private func isForSome(_ answers: [JSON], _ status: Int) -> Bool {
    guard (200..<300).contains(status) else { return false }
    return answers.contains { answer in
      let own = WireResult.answer(status: status, retryAfter: nil, body: answer.compactBytes)
      return reader.meaning(of: own) != .done
    }
  }

  /// Whether a call that was refused tells what became of each object, or that some were stored all the same. If neither,
  /// nothing was stored, and it cannot be told who is to blame.
  private func tellsOfEach(_ answers: [JSON], _ keys: [String?]) -> Bool {
    if answers.contains(where: claimsSuccess) { return true }
    guard batch.status != nil, batch.position != nil || batch.key != nil else { return false }
    let found = named(answers, keys)
    return keys.indices.allSatisfy { object in
      guard let answers = found[object], answers.count == 1 else { return false }
      if case .unreadable = own(answers[0]) { return false }
      return true
    }
  }

  private func claimsSuccess(_ answer: JSON) -> Bool {
    if batch.status != nil {
      switch own(answer) {
      case .number(let status): return (200..<300).contains(status)
      case .word(let meaning): return meaning == .done
      case .unreadable: return false
      }
    }
    let object = object.isEmpty ? answer : answer.value(at: object)
    return object.map(identity.showsOne) ?? false
  }

  /// The id of the object that an answer calls new.
  private func madeID(_ answer: JSON) -> ExactText? {
    switch own(answer) {
    case .number(let status) where !(200..<300).contains(status): return nil
    case .word(let meaning) where meaning != .done: return nil
    case .unreadable where batch.status != nil: return nil
    default: break
    }
    let object = object.isEmpty ? answer : answer.value(at: object)
    return object?.value(at: identity.program.resource.identity.path)?.identifier.map {
      ExactText($0)
    }
  }

  private func own(_ answer: JSON) -> OwnStatus {
    guard let status = batch.status else { return .unreadable(nil) }
    guard let held = answer.value(at: status.path), let text = held.scalarText else {
      return .unreadable(answer.value(at: status.path))
    }
    if !status.words.isEmpty {
      let word = status.words.first { $0.word.hasSameBytes(as: text) }
      return word.map { .word($0.means) } ?? .unreadable(held)
    }
    guard case .bool = held else {
      let isDigits = text.utf8.allSatisfy { (48...57).contains($0) }
      guard isDigits, let number = Int(text), (100...599).contains(number) else {
        return .unreadable(held)
      }
      return .number(number)
    }
    return .unreadable(held)
  }

  /// What an answer says that does not show an object as the target holds it.
  private func complaint(_ answer: JSON) -> String? {
    let object = object.isEmpty ? answer : answer.value(at: object)
    let complains = ["error", "errors"].contains { answer[$0]?.isNothing == false }
    if !complains, object.map(identity.showsOne) ?? false { return nil }
    return reader.text.excerpt(of: answer.compactBytes)
  }

  /// The answers that name each object.
  private func named(_ answers: [JSON], _ keys: [String?]) -> [Int: [JSON]] {
    var found: [Int: [JSON]] = [:]
    for (place, answer) in answers.enumerated() {
      if let object = object(answer, place, of: answers.count, keys: keys) {
        found[object, default: []].append(answer)
      }
    }
    return found
  }

  /// Which of the objects an answer is about.
  private func object(_ answer: JSON, _ place: Int, of count: Int, keys: [String?]) -> Int? {
    if let path = batch.position {
      return answer.value(at: path)?.intValue.flatMap { Int(exactly: $0) }
        .flatMap { keys.indices.contains($0) ? $0 : nil }
    }
    if let path = batch.key {
      guard let held = identity.program.match?.normalised(answer.value(at: path)) else {
        return nil
      }
      let fits = keys.indices.filter { keys[$0]?.hasSameBytes(as: held.text) ?? false }
      return fits.count == 1 ? fits[0] : nil
    }
    // By its place alone, which tells nothing when one is missing.
    return count == keys.count ? place : nil
  }
}

extension JSON {
  /// Text, a number's digits, or a truth value, as text.
  var scalarText: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .bool(let value): String(value)
    case .null, .array, .object: nil
    }
  }
}
