/// How the pretend SafetyAmp behaves where the real one is not known for certain, and who may call it.
public struct SafetyAmpSettings: Sendable {
  public var token = "safetyamp-sandbox-token"
  /// The tenant that the `Fqdn` header must name.
  public var fqdn = "sandbox.safetyamp.com"
  /// The status of a successful POST: 201 or 200.
  public var createStatus = 201
  /// Whether a call without `User-Agent` is refused with 400.
  public var requiresUserAgent = true
  /// Whether a member that the API does not know is refused with 422 instead of ignored.
  public var refusesUnknownMembers = false
  /// Whether PUT empties the members that are left out.
  public var putReplaces = false
  /// Whether softly deleted objects go on holding their e-mail address, phone or code.
  public var deletedKeepUniqueValues = false
  /// The asset types that every new site gets: a name, and the id of one of the three asset categories.
  public var assetTypes: [AssetType] = [
    AssetType(name: "Vehicle", category: 1), AssetType(name: "Equipment", category: 2),
  ]
  public var windows = [RateWindow("all", calls: 60, per: .seconds(61))]

  public struct AssetType: Sendable {
    public var name: String
    public var category: Int

    public init(name: String, category: Int) {
      self.name = name
      self.category = category
    }
  }

  public init() {}
}
