/// How the pretend Samsara behaves where the real one is not known for certain, and who may call it.
public struct SamsaraSettings: Sendable {
  /// How lists are cut into pages.
  public enum Pages: String, Sendable {
    /// As many objects as asked for.
    case full
    /// Half as many, although more follow.
    case short
    /// Before each page that holds something comes an empty one, with `hasNextPage` true.
    case empty
  }

  public var token = "samsara-sandbox-token"
  /// Calls for which the token lacks the scope: they are answered 403.
  public var forbidden: [CallPattern] = []
  /// Whether a member that the API does not know is refused with 400 instead of ignored.
  public var refusesUnknownMembers = false
  public var pages = Pages.full
  /// How many objects `GET /assets`, which takes no `limit`, puts on a page.
  public var assetPage = 300
  public var windows = Self.publishedWindows

  public init() {}

  /// The limits of the vendor's chart, the unpublished ones as assumed in the reference.
  public static var publishedWindows: [RateWindow] {
    func second(_ name: String, _ calls: Int, _ patterns: CallPattern...) -> RateWindow {
      RateWindow(name, calls: calls, per: .seconds(1), matching: patterns)
    }
    func writes(_ name: String, _ patterns: CallPattern...) -> RateWindow {
      RateWindow(name, calls: 100, per: .seconds(60), matching: patterns)
    }
    return [
      second("token", 150), second("organization", 200),
      second("drivers list", 5, "GET /fleet/drivers"),
      second("driver", 25, "GET /fleet/drivers/*"),
      writes("driver writes", "POST /fleet/drivers", "PATCH /fleet/drivers/*"),
      second("vehicles list", 25, "GET /fleet/vehicles"),
      second("vehicle", 25, "GET /fleet/vehicles/*"),
      writes("vehicle writes", "PATCH /fleet/vehicles/*"),
      second("assets list", 5, "GET /assets"),
      writes("asset writes", "POST /assets", "PATCH /assets", "DELETE /assets"),
      second("addresses list", 5, "GET /addresses"),
      second("address", 25, "GET /addresses/*"),
      writes("address writes", "POST /addresses", "PATCH /addresses/*", "DELETE /addresses/*"),
      second("tags", 5, "GET /tags", "GET /tags/*"),
      writes("tag writes", "POST /tags", "PATCH /tags/*", "PUT /tags/*", "DELETE /tags/*"),
      second("contacts", 5, "GET /contacts", "GET /contacts/*"),
      writes("contact writes", "POST /contacts", "PATCH /contacts/*", "DELETE /contacts/*"),
      second("me", 5, "GET /me"),
    ]
  }
}
