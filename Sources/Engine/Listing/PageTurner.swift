import JSON
import Mappings

/// What one answer of a list brought, as far as it tells whether it was the last.
struct PageSeen {
  /// The elements of the array.
  var items: Int
  /// Stands for the ids of its objects, in their order.
  var ids: Fingerprint
  /// Whether each of its objects came before.
  var isKnown: Bool
  /// Whether the objects so far are as many as the answer says that there are in all; `nil` when it does not say.
  var isComplete: Bool?
}

/// What follows a page.
enum PageStep: Hashable {
  /// The next page, as `query` asks for it.
  case on
  case end
  /// The page said nothing new: its objects do not count, and `query` asks for the proof.
  case prove
  /// The same, and it was the end.
  case endWithoutPage
  /// Objects moved from one page to another while they were read.
  case shifted
}

/// Asks for numbered pages, and finds out which is the last.
///
/// A server may give fewer objects a page than it was asked for, may answer behind the last page with an empty one or with
/// 404, or may give the last page again. So a short page ends the list only when the real size of a page is known.
struct NumberedPages {
  private let parameter: String
  private let first: Int
  private let sizeParameter: String?
  private let size: Int
  private let untilEmpty: Bool
  private var number: Int
  private var asked: Int
  /// The most objects that a page had so far: the real size.
  private var learned: Int?
  private var previous: PageSeen?
  private var phase = Phase.reading

  private enum Phase {
    case reading
    /// A page came twice in a row; the next one tells whether the server repeats its last page.
    case repeated
    /// The first page came twice; half a page tells whether the parameters have an effect at all.
    case halved
  }

  init(parameter: String, first: Int, sizeParameter: String?, size: Int, untilEmpty: Bool) {
    self.parameter = parameter
    self.first = first
    self.sizeParameter = sizeParameter
    self.size = size
    self.untilEmpty = untilEmpty
    number = first
    asked = size
  }

  var query: [(String, String)] {
    [(parameter, String(number))] + (sizeParameter.map { [($0, String(asked))] } ?? [])
  }

  /// Whether no page has come yet. 404 means behind the last page only when one has.
  var isFirst: Bool { number == first }

  mutating func turn(after page: PageSeen) throws(ListFault) -> PageStep {
    switch phase {
    case .reading: return try read(page)
    case .repeated:
      return page.items == 0 || page.ids == previous?.ids ? .endWithoutPage : .shifted
    case .halved:
      if page.items == 0 || page.items <= asked && page.isKnown { return .endWithoutPage }
      guard page.items > asked, page.isKnown else { return .shifted }
      throw noEffect
    }
  }

  private mutating func read(_ page: PageSeen) throws(ListFault) -> PageStep {
    if page.items == 0 { return .end }
    if let previous, previous.ids == page.ids { return try proveRepeated(page) }
    let isShort = page.items < (learned ?? size)
    learned = max(learned ?? 0, page.items)
    // An empty page behind this one would tell the same.
    if isShort, page.isComplete == true { return .end }
    if isShort, !isFirst, !untilEmpty, page.isComplete != false { return .end }
    previous = page
    let (next, overflow) = number.addingReportingOverflow(1)
    if overflow { throw noEffect }
    number = next
    return .on
  }

  /// The page has the objects of the one before. Servers that answer with their last page for every page behind it do so,
  /// and so does one that does not know the parameter.
  private mutating func proveRepeated(_ page: PageSeen) throws(ListFault) -> PageStep {
    if page.isComplete == true { return .endWithoutPage }
    guard number == first + 1 else {
      phase = .repeated
      number += 1
      return .prove
    }
    // The size is the server's own, or there is nothing to halve.
    guard sizeParameter != nil, page.items > 1 else {
      if page.items >= size { throw noEffect }
      return .endWithoutPage
    }
    phase = .halved
    asked = (page.items + 1) / 2
    return .prove
  }

  private var noEffect: ListFault {
    ListFault(
      message: "answers page \(first + 1) with the objects of page \(first): "
        + "the parameter `\(parameter)` has no effect",
      remedy:
        "compare `parameter`, `size_parameter` and `first` under `page` in the target's file with "
        + "the API, or declare `total`")
  }
}

/// Follows the cursors of a list to its end.
struct CursorPages {
  private let parameter: String
  private let cursor: String
  private let more: String?
  private let sizeParameter: String?
  private let size: Int
  private let untilMissing: Bool
  private var now: String?
  /// Of all cursors so far: cursors may be long, so only their fingerprints are kept.
  private var seen: Set<Fingerprint> = []
  private var emptyInARow = 0

  /// Pages without objects in a row, after which a list counts as endless.
  static let emptyPages = 100

  init(
    parameter: String, cursor: String, more: String?, sizeParameter: String?, size: Int,
    untilMissing: Bool
  ) {
    self.parameter = parameter
    self.cursor = cursor
    self.more = more
    self.sizeParameter = sizeParameter
    self.size = size
    self.untilMissing = untilMissing
  }

  var query: [(String, String)] {
    (sizeParameter.map { [($0, String(size))] } ?? []) + (now.map { [(parameter, $0)] } ?? [])
  }

  mutating func turn(after page: PageSeen, _ answer: ListAnswer) throws(ListFault) -> PageStep {
    let next = try answer.next(cursor: cursor, more: more, untilMissing: untilMissing)
    switch next {
    case .end: return .end
    case .missing:
      guard now != nil || page.items < size || page.isComplete == true else {
        throw ListFault(
          message: "has a full first page, and no cursor at `\(cursor)`: "
            + "it cannot be told whether there are more",
          remedy:
            "compare `cursor` under `page` in the target's file with the answer, or declare `total`"
        )
      }
      return .end
    case .cursor(let text):
      guard seen.insert(Fingerprint(of: Array(text.utf8))).inserted else {
        throw ListFault(
          message: "gives a cursor that came before at `\(cursor)`: the list goes round",
          remedy: "compare `parameter` and `cursor` under `page` in the target's file with the API")
      }
      emptyInARow = page.items == 0 ? emptyInARow + 1 : 0
      guard emptyInARow < Self.emptyPages else {
        throw ListFault(
          message: "gives \(Self.emptyPages) pages without objects in a row: the list does not end",
          remedy: "compare `cursor` and `items` in the target's file with the answer")
      }
      now = text
      return .on
    }
  }
}
