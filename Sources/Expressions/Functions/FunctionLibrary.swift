/// The functions that expressions may call, by name.
public struct FunctionLibrary: Sendable {
  private(set) var functions: [String: Function]
  /// Every name before a dot in a function's name: `text` of `text.clean`.
  private(set) var namespaces: Set<String>

  public init(_ functions: [Function]) {
    self.functions = [:]
    namespaces = []
    for function in functions { add(function) }
  }

  /// CEL's own functions and extensions, and Crosswalk's.
  public static let standard = FunctionLibrary(
    Operators.all + Conversions.all + TextFunctions.all + [FormatFunction.format]
      + TimeFunctions.all + MathFunctions.all + CollectionFunctions.all + OptionalFunctions.all
      + NetworkFunctions.all + documented)

  /// The functions beyond CEL, in the order of the reference page.
  public static let documented: [Function] = [
    Coalesce.coalesce, Required.required, Try.attempt, TextClean.clean, TextJoin.join,
    TextTruncate.truncate,
    TextLimit.limit, TextDigits.digits,
    TextASCII.ascii, Email.clean, Phone.e164, DateFunctions.valid, DateFormat.format,
    VehicleNumber.valid, ExternalID.externalID, Link.link,
  ]

  public mutating func add(_ function: Function) {
    functions[function.name] = function
    if let dot = function.name.lastIndex(of: ".") {
      namespaces.insert(String(function.name[..<dot]))
    }
  }

  public func adding(_ function: Function) -> FunctionLibrary {
    var library = self
    library.add(function)
    return library
  }

  subscript(name: String) -> Function? { functions[name] }

  var names: [String] { functions.keys.filter { !$0.hasPrefix("_") }.sorted() }
}
