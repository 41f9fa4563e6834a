import Engine
import JSON

/// What a broken program would do, to see whether the simulation finds it.
enum Weakness: String, Sendable, CaseIterable {
  /// Looks up at once what it does not know.
  case immediate
  /// Lets a former holder of the lease write.
  case fence
  /// Writes an intent down only after its request has left.
  case commit
  /// Takes an object that is gone after its own delete for one that is still there.
  case delete
  /// Does not notice that the clock was set.
  case clock
  /// Moves the ledger's mark only when a run has come to its end.
  case mark
  /// Does not see whose object an answer is about.
  case identity
  /// Does not see that the target is another one than the ledger speaks of.
  case tenant
  /// Takes a list that ends too soon for a whole one.
  case lists
  /// Takes an object of a batch without a word that is known for one that was made.
  case words
  /// Gives a key up although a row under another key matches its object.
  case keys
}

extension WireResult {
  /// The answer to a batch with a good word for each of its objects.
  var withAllWords: WireResult {
    guard case .answer(let status, let after, let body, let location) = self,
      (200..<300).contains(status), let json = try? JSON(parsing: body),
      let results = json["results"]?.arrayValue
    else { return self }
    let good = results.map { result in
      let word = result["status"]?.stringValue ?? ""
      return Batch.words.contains(word) ? result : result.with("status", .string(Batch.made))
    }
    return .answer(
      status: status, retryAfter: after, body: (["results": .array(good)] as JSON).compactBytes,
      location: location)
  }
}
