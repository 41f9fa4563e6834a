/// `phone.e164(v, region)`.
enum Phone {
  static let e164 = Function(
    "phone.e164",
    [.function(.nullable(.string), .string, returns: .nullable(.string))],
    documentation: """
      The telephone number as E.164, `+12255550101`. The region, US or CA, is that of numbers \
      without a country code: ten digits, or eleven that start with 1; `011` before a country code \
      stands for `+`. White space, hyphens and dashes, `( ) .` and characters that show nothing are \
      skipped, and so is the `(0)` after a country code. Null for null and for blank text; anything \
      else, an extension or a second number included, is refused with the reason.
      """,
    examples: [
      Function.Example("phone.e164(\"(225) 555-0101\", \"US\")", gives: "\"+12255550101\""),
      Function.Example("phone.e164(\"+44 (0)20 7946 0100\", \"US\")", gives: "\"+442079460100\""),
      Function.Example(
        "try(phone.e164(\"225-555-0101 x12\", \"US\")).orValue(\"none\")", gives: "\"none\""),
      Function.Example("phone.e164(null, \"US\")", gives: "null"),
    ],
    // Many rows have a number that cannot be called: inside `try` those are for the fast path too.
    flat: FlatCall(
      addTried: { compiler, arguments, _ in
        isOfKnownRegion(arguments) && compiler.add(arguments[0])
          && compiler.done(.phone, number: 1, pops: 1)
      },
      { compiler, arguments, _ in
        isOfKnownRegion(arguments) && compiler.add(arguments[0]) && compiler.done(.phone, pops: 1)
      }),
    .two { value, region, _ throws(EvaluationError) in
      guard case .string(let region) = region else { throw .noOverload }
      guard region == "US" || region == "CA" else {
        throw .invalid("`phone.e164` knows the regions US and CA, not `\(region)`")
      }
      guard let text = try value.textOrNull()?.cleaned, !text.isEmpty else { return .null }
      do throws(Refusal) {
        return .string(try number(try Dialed(text)))
      } catch {
        throw .refused(text, "is not a telephone number: " + error.reason)
      }
    })

  /// Another region is an error for the slow path to report.
  private static func isOfKnownRegion(_ arguments: [ResolvedTree]) -> Bool {
    guard case .constant(.string(let region)) = arguments[1].kind else { return false }
    return ["US", "CA"].contains(region)
  }

  /// Why a text is no number, without a piece of it.
  struct Refusal: Error {
    let reason: String

    init(_ reason: String) { self.reason = reason }
  }

  private static func number(_ dialed: Dialed) throws(Refusal) -> String {
    var digits = dialed.digits[...]
    if dialed.hasPlus { return try international(digits, trunkAt: dialed.trunk) }
    if digits.starts(with: "011".utf8) {
      return try international(digits.dropFirst(3), trunkAt: dialed.trunk.map { $0 - 3 })
    }
    if digits.starts(with: "00".utf8) {
      throw Refusal("it starts with 00; write the country code behind a +")
    }
    if dialed.trunk != nil { throw Refusal("it has a (0) and no country code") }
    if digits.count == 11, digits.first == UInt8(ascii: "1") { digits = digits.dropFirst() }
    guard digits.count == 10 else {
      throw Refusal(
        "it has \(digits.count) digits; a number of this region has ten, or eleven that start with 1"
      )
    }
    return try northAmerican(digits)
  }

  /// A number behind a country code. `trunk`: the place of a 0 that stood in parentheses.
  private static func international(
    _ digits: ArraySlice<UInt8>, trunkAt trunk: Int?
  ) throws(Refusal) -> String {
    var digits = Array(digits)
    guard let code = CountryCode(digits) else { throw Refusal("its country code does not exist") }
    if let trunk {
      guard trunk == code.length else { throw Refusal("it has a (0) inside the number") }
      if !code.keepsZero { digits.remove(at: trunk) }
    }
    let national = digits[code.length...]
    if national.first == UInt8(ascii: "0"), !code.keepsZero {
      throw Refusal(
        "a 0 follows the country code \(code.text); it is dialed inside the country only")
    }
    if code.text == "1" { return try northAmerican(national) }
    guard code.lengths.contains(national.count) else {
      throw Refusal(
        "it has \(national.count) digits behind the country code \(code.text), where "
          + (code.lengths.lowerBound == code.lengths.upperBound
            ? "\(code.lengths.lowerBound)"
            : "\(code.lengths.lowerBound) to \(code.lengths.upperBound)")
          + " belong")
    }
    return "+" + String(bytes: digits)
  }

  /// Ten digits, of which neither the area code nor the exchange starts with 0 or 1 or is one of 211 to 911.
  private static func northAmerican(_ digits: ArraySlice<UInt8>) throws(Refusal) -> String {
    guard digits.count == 10 else {
      throw Refusal("it has \(digits.count) digits behind the country code 1, where 10 belong")
    }
    let number = Array(digits)
    for (start, what) in [(0, "area code"), (3, "exchange")] {
      guard number[start] > UInt8(ascii: "1") else {
        throw Refusal("its \(what) starts with 0 or 1")
      }
      guard number[start + 1] != UInt8(ascii: "1") || number[start + 2] != UInt8(ascii: "1") else {
        throw Refusal("its \(what) is that of a service, such as 411 or 911")
      }
    }
    return "+1" + String(bytes: number)
  }
}

/// What a text would dial: digits, with nothing between them that means anything.
private struct Dialed {
  var digits: [UInt8] = []
  var hasPlus = false
  /// The place among the digits of a 0 that stands alone in parentheses.
  var trunk: Int?

  init(_ text: String) throws(Phone.Refusal) {
    var scalars = Array(text.unicodeScalars)
    if scalars.count > 4, String(String.UnicodeScalarView(scalars[..<4])).lowerASCII == "tel:" {
      scalars.removeFirst(4)
    }
    var opened: Int?
    for scalar in scalars {
      switch scalar {
      case "0"..."9": digits.append(UInt8(truncatingIfNeeded: scalar.value))
      case "+", "\u{FF0B}":
        guard digits.isEmpty, !hasPlus else { throw Phone.Refusal("it has a + inside") }
        hasPlus = true
      case "(", "\u{FF08}": opened = digits.count
      case ")", "\u{FF09}":
        if let opened, digits.count == opened + 1, digits[opened] == UInt8(ascii: "0") {
          guard trunk == nil else { throw Phone.Refusal("it has a (0) twice") }
          trunk = opened
        }
        opened = nil
      case ".", "\u{2212}", "\u{FF0E}": break
      default: try take(scalar)
      }
      if digits.count > 20 { throw Phone.Refusal("it has more digits than any number") }
    }
    if digits.isEmpty { throw Phone.Refusal("it has no digits") }
  }

  private mutating func take(_ scalar: Unicode.Scalar) throws(Phone.Refusal) {
    if scalar.showsNothing || scalar.properties.isWhitespace { return }
    switch scalar.properties.generalCategory {
    case .dashPunctuation: return
    case .decimalNumber:
      guard let value = scalar.properties.numericValue else { break }
      digits.append(UInt8(ascii: "0") + UInt8(value))
      return
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
      throw Phone.Refusal("it holds letters; an extension or a name belongs into another field")
    default: break
    }
    switch scalar {
    case ",", ";", "/", "&", "|", "\\":
      throw Phone.Refusal("it holds `\(scalar)`, as between two numbers")
    default:
      throw Phone.Refusal("it holds \(scalar.named)")
    }
  }
}

/// The country code at the beginning of a number.
private struct CountryCode {
  let text: String

  /// Nil where no country has it.
  init?(_ digits: [UInt8]) {
    guard let first = digits.first, first != UInt8(ascii: "0") else { return nil }
    let one = String(bytes: digits.prefix(1))
    let two = String(bytes: digits.prefix(2))
    if one == "1" || one == "7" {
      text = one
    } else if Self.ofTwo.contains(two) {
      text = two
    } else {
      guard digits.count >= 3 else { return nil }
      text = String(bytes: digits.prefix(3))
    }
  }

  var length: Int { text.utf8.count }

  /// Whether numbers of the country may start with 0.
  var keepsZero: Bool { ["39", "378", "225", "229", "241", "242"].contains(text) }

  /// How many digits follow; the bounds of E.164 where the country's own are wide, or not known here.
  var lengths: ClosedRange<Int> { Self.lengths[text] ?? 5...(15 - length) }

  private static let ofTwo: Set<String> = [
    "20", "27", "30", "31", "32", "33", "34", "36", "39", "40", "41", "43", "44", "45", "46", "47",
    "48", "49", "51", "52", "53", "54", "55", "56", "57", "58", "60", "61", "62", "63", "64", "65",
    "66", "81", "82", "84", "86", "90", "91", "92", "93", "94", "95", "98",
  ]

  private static let lengths: [String: ClosedRange<Int>] = [
    "7": 10...10, "30": 10...10, "33": 9...9, "34": 9...9, "44": 7...10, "45": 8...8, "48": 9...9,
    "52": 10...10, "55": 10...11, "57": 10...10, "90": 10...10, "91": 10...11,
    "225": 10...10, "351": 9...9, "380": 9...9, "420": 9...9,
  ]
}

extension FlatText {
  /// A number of North America, which is what nearly all are; those with `+` are for the slow path.
  ///
  /// `isTried`: what is refused for sure is no value.
  static func phone(_ value: FlatValue, _ scratch: FlatScratch, isTried: Bool) -> FlatValue {
    if value.kind == .null { return value }
    let trimmed = trimmed(value)
    guard trimmed.kind == .text, let start = scratch.room(18) else { return .unusual }
    // `+1` and the digits behind it, or, where they begin with 1, `+` and the digits.
    var count = 2
    for byte in trimmed.utf8 {
      if isDigit(byte) {
        if count == 13 { return .unusual }
        start[count] = byte
        count += 1
        continue
      }
      switch byte {
      case UInt8(ascii: " "), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "-"),
        UInt8(ascii: "."):
        continue
      default: return .unusual
      }
    }
    if count == 2 { return trimmed.count == 0 ? .null : .unusual }
    // Too short for any number, with or without a country code.
    if isTried, count < 10 { return .none }
    var first = start
    if count == 13 {
      guard start[2] == UInt8(ascii: "1") else { return .unusual }
      first = start + 1
      count = 12
    }
    // Whatever else is wrong with it, the slow path says.
    guard count == 12, isExchange(first + 2), isExchange(first + 5) else { return .unusual }
    first[0] = UInt8(ascii: "+")
    first[1] = UInt8(ascii: "1")
    _ = scratch.keep(start, 13)
    return FlatValue(first, 12)
  }

  /// Three digits that neither start with 0 or 1 nor end in 11.
  private static func isExchange(_ digits: UnsafeMutablePointer<UInt8>) -> Bool {
    let one = UInt8(ascii: "1")
    return digits[0] > one && (digits[1] != one || digits[2] != one)
  }
}
