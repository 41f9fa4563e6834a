/// A REST service of no vendor in particular, as a declaration: its resources, ids, pages, envelopes and limits.
public struct GenericCollection: Sendable, Hashable {
  public enum IDKind: String, Sendable, Hashable, CaseIterable {
    case int, text, uuid
  }

  public struct Resource: Sendable, Hashable {
    /// The last element of its path, e.g. `items` of `/v1/items`.
    public var name: String
    public var id: IDKind
    /// Members without which an object is refused.
    public var required: [String]
    /// Members that no two objects may share; compared as texts, byte by byte.
    public var unique: [String]
    /// Members that a list can be asked for by value, e.g. `?code=A7`.
    public var filters: [String]

    public init(
      _ name: String, id: IDKind = .int, required: [String] = [], unique: [String] = [],
      filters: [String] = []
    ) {
      self.name = name
      self.id = id
      self.required = required
      self.unique = unique
      self.filters = filters
    }
  }

  public enum Paging: Sendable, Hashable {
    /// Everything in one answer.
    case none
    /// Numbered pages: the query members for number and size, the first number, the size when none is asked for.
    case page(
      number: String = "page", size: String = "per_page", first: Int = 1, defaultSize: Int = 50)
    /// An opaque cursor: the query members for cursor and size, and the member of the answer with the next cursor,
    /// which is null on the last page.
    case cursor(
      after: String = "cursor", size: String = "limit", next: String = "next_cursor",
      defaultSize: Int = 50)
  }

  /// The names that wrap objects in answers; nil means that nothing wraps them.
  public struct Envelope: Sendable, Hashable {
    public var list: String?
    public var item: String?
    /// The member of an error body that lists `{"field", "message"}` objects.
    public var errors: String
    public var idMember: String

    public init(
      list: String? = "items", item: String? = nil, errors: String = "errors",
      idMember: String = "id"
    ) {
      self.list = list
      self.item = item
      self.errors = errors
      self.idMember = idMember
    }
  }

  /// Many objects in one call, below a resource: POST creates, the update verb updates.
  public struct Bulk: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
      /// 200 with one result an object: `{"index", "status", "data"}` or the object's errors.
      case perRecord = "per_record"
      /// 422 for all when one object is refused; the errors carry their `index`.
      case wholeBatch = "whole_batch"
    }

    public var kind: Kind
    /// The path's element after the resource.
    public var path: String
    /// The member of the body that holds the objects; nil when the body is the bare array.
    public var items: String?
    /// The member of the answer that holds the results.
    public var results: String
    public var maximum: Int

    public init(
      _ kind: Kind, path: String = "bulk", items: String? = "items", results: String = "results",
      maximum: Int = 100
    ) {
      self.kind = kind
      self.path = path
      self.items = items
      self.results = results
      self.maximum = maximum
    }
  }

  public var token: String
  /// What comes before the resource's name, e.g. `/v1`.
  public var basePath: String
  public var resources: [Resource]
  public var envelope: Envelope
  public var paging: Paging
  /// `PATCH`, which merges, or `PUT`, which replaces.
  public var updateVerb: String
  public var offersDelete: Bool
  public var bulk: Bulk?
  public var windows: [RateWindow]

  public init(
    token: String = "generic-sandbox-token", basePath: String = "/v1",
    resources: [Resource] = [
      Resource("items", required: ["name"], unique: ["code"], filters: ["code"])
    ],
    envelope: Envelope = Envelope(), paging: Paging = .page(), updateVerb: String = "PATCH",
    offersDelete: Bool = true, bulk: Bulk? = nil,
    windows: [RateWindow] = [RateWindow("all", calls: 100, per: .seconds(10))]
  ) {
    self.token = token
    self.basePath = basePath
    self.resources = resources
    self.envelope = envelope
    self.paging = paging
    self.updateVerb = updateVerb
    self.offersDelete = offersDelete
    self.bulk = bulk
    self.windows = windows
  }
}
