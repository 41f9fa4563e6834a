import Engine
import JSON

/// A plan in a file, to be applied later. It holds masked values and keyed hashes, and nothing from a row in plain text.
///
/// One line of JSON. Its last member, `mac`, authenticates all bytes before it, and needs the ledger's key.
struct PlanFile: Sendable {
  /// The file's format version.
  static let version: Int64 = 1
  private static let kind = "crosswalk plan"
  /// How every plan file begins.
  static let head = Array("{\"kind\":\"\(kind)\"".utf8)

  struct Part: Sendable {
    /// The version of the mapping's and its target's files at that time.
    var version: SealedHash
    var section: PlanSection
  }

  var project: String
  var madeAt: Instant
  var goodUntil: Instant
  /// Whether the plan first compared everything at the targets with the ledger.
  var reconciles: Bool
  var parts: [Part]
  /// Twelve digits of the file's code; empty until the file is written.
  private(set) var id = ""

  init(project: String, madeAt: Instant, goodUntil: Instant, reconciles: Bool, parts: [Part]) {
    self.project = project
    self.madeAt = madeAt
    self.goodUntil = goodUntil
    self.reconciles = reconciles
    self.parts = parts
  }

  /// The records that it would change.
  var count: Int { parts.reduce(0) { $0 + Set($1.section.approvals.map(\.key)).count } }

  // MARK: Writing

  /// The bytes of the file.
  func bytes(_ seal: PlanSeal) -> [UInt8] {
    var text = json(seal).compactBytes
    text.removeLast()
    return text + Array(Self.ending(seal.code(of: text)).utf8)
  }

  private static func ending(_ code: String) -> String { ",\"mac\":\"\(code)\"}\n" }

  private func json(_ seal: PlanSeal) -> JSON {
    .object([
      JSON.Member(name: "kind", value: .string(Self.kind)),
      JSON.Member(name: "format_version", value: .integer(Self.version)),
      JSON.Member(name: "project", value: .string(project)),
      JSON.Member(name: "ledger", value: .string(Self.ledger(seal))),
      JSON.Member(name: "made_at", value: .string(madeAt.moment)),
      JSON.Member(name: "made_at_ms", value: .integer(madeAt.milliseconds)),
      JSON.Member(name: "good_until", value: .string(goodUntil.moment)),
      JSON.Member(name: "good_until_ms", value: .integer(goodUntil.milliseconds)),
      JSON.Member(name: "reconciles", value: .bool(reconciles)),
      JSON.Member(name: "mappings", value: .array(parts.map(\.json))),
    ])
  }

  /// Identifies the ledger by its key.
  private static func ledger(_ seal: PlanSeal) -> String { seal.hash("ledger", []).text }

  // MARK: Reading

  /// Reads a file that this ledger's key has sealed.
  ///
  /// - Parameters:
  ///   - path: As it was written, for messages.
  ///   - seal: `nil` where there is no ledger yet.
  /// - Throws: `OperationFailure` with the reason, for any other file.
  init(_ bytes: [UInt8], at path: String, _ seal: PlanSeal?) throws(OperationFailure) {
    let ending = Array(Self.ending(String(repeating: "0", count: 64)).utf8)
    let body = Array(bytes.dropLast(ending.count))
    guard body.starts(with: Self.head) else {
      throw OperationFailure(
        .unreadable, "`\(path)` is not a plan file",
        remedy: "`crosswalk plan --out FILE` writes one")
    }
    let json: JSON
    do throws(JSONError) {
      json = try JSON(parsing: body + [UInt8(ascii: "}")], limits: .ownText)
    } catch {
      throw Self.altered(path)
    }
    guard let version = json["format_version"]?.intValue else { throw Self.altered(path) }
    guard version == Self.version else {
      throw OperationFailure(
        .rejected,
        "`\(path)` has the format \(version), and this release reads the format \(Self.version)",
        remedy: "make the plan with the release that applies it")
    }
    guard let seal, json["ledger"]?.stringValue == Self.ledger(seal) else {
      throw OperationFailure(
        .rejected, "`\(path)` was made with another ledger, or its key has been replaced",
        remedy: "apply it where it was made, or make a plan here: `crosswalk plan --out \(path)`")
    }
    let code = bytes.suffix(ending.count).dropFirst(8).prefix(64)
    guard seal.isCode(Array(code), of: body),
      Array(Self.ending(String(decoding: code, as: UTF8.self)).utf8)
        == Array(bytes.suffix(ending.count)),
      let project = json["project"]?.stringValue, let madeAt = json["made_at_ms"]?.intValue,
      let goodUntil = json["good_until_ms"]?.intValue,
      case .bool(let reconciles)? = json["reconciles"],
      let mappings = json["mappings"]?.arrayValue
    else { throw Self.altered(path) }
    var parts: [Part] = []
    for mapping in mappings {
      guard let part = Part(mapping) else { throw Self.altered(path) }
      parts.append(part)
    }
    self.init(
      project: project, madeAt: Instant(milliseconds: madeAt),
      goodUntil: Instant(milliseconds: goodUntil), reconciles: reconciles,
      parts: parts)
    id = String(decoding: code.prefix(12), as: UTF8.self)
  }

  private static func altered(_ path: String) -> OperationFailure {
    OperationFailure(
      .rejected, "`\(path)` is not as it was written: it was truncated or changed",
      remedy: "make the plan again: `crosswalk plan --out \(path)`")
  }
}

extension PlanFile.Part {
  var json: JSON {
    var members = [
      JSON.Member(name: "mapping", value: .string(section.mapping)),
      JSON.Member(name: "version", value: .string(version.text)),
      JSON.Member(name: "status", value: .string(section.status.rawValue)),
      JSON.Member(name: "rows", value: .integer(Int64(section.rows))),
      JSON.Member(
        name: "guards",
        value: .array(
          section.guards.map { ["guard": .string($0.name), "count": .integer(Int64($0.count))] })),
    ]
    if let keys = section.keys {
      members.append(
        JSON.Member(
          name: "keys", value: .array(keys.map(\.text).sorted().map { .string($0) })))
    }
    members.append(
      JSON.Member(name: "changes", value: .array(section.approvals.map { $0.json })))
    return .object(members)
  }

  /// `nil` when the JSON does not have this form.
  init?(_ json: JSON) {
    guard let mapping = json["mapping"]?.stringValue,
      let version = json["version"]?.stringValue.flatMap({ SealedHash($0) }),
      let status = json["status"]?.stringValue.flatMap({ RunStatus(rawValue: $0) }),
      let rows = json["rows"]?.intValue.flatMap({ Int(exactly: $0) }),
      let guards = json["guards"]?.arrayValue, let changes = json["changes"]?.arrayValue
    else { return nil }
    var section = PlanSection(
      mapping: mapping, status: status, rows: rows, guards: [], approvals: [])
    for shown in guards {
      guard let name = shown["guard"]?.stringValue,
        let count = shown["count"]?.intValue.flatMap({ Int(exactly: $0) })
      else { return nil }
      section.guards.append(PlanSection.ShownGuard(name: name, count: count))
    }
    if let keys = json["keys"]?.arrayValue {
      let hashes = keys.compactMap { $0.stringValue.flatMap { SealedHash($0) } }
      guard hashes.count == keys.count else { return nil }
      section.keys = Set(hashes)
    }
    for change in changes {
      guard let approval = Approval(change) else { return nil }
      section.approvals.append(approval)
    }
    self.init(version: version, section: section)
  }
}

extension Approval {
  fileprivate var json: JSON {
    [
      "change": .string(step.rawValue), "key": .string(key.text), "row": .string(row.text),
      "link": .string(link.text), "sent": .string(sent.text),
      "fields": .object(fields.map { JSON.Member(name: $0.path, value: .string($0.value)) }),
    ]
  }

  fileprivate init?(_ json: JSON) {
    func hash(_ name: String) -> SealedHash? { json[name]?.stringValue.flatMap { SealedHash($0) } }
    guard let step = json["change"]?.stringValue.flatMap({ Step(rawValue: $0) }),
      let key = hash("key"), let row = hash("row"), let link = hash("link"),
      let sent = hash("sent"), let fields = json["fields"]?.members
    else { return nil }
    self.init(
      step: step, key: key, row: row, link: link, sent: sent,
      fields: fields.map { Field(path: $0.name, value: $0.value.stringValue ?? "") })
  }
}
