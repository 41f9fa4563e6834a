import FoundationEssentials
import JSON

/// Lists: which objects, in which pages.
extension Samsara {
  func list(_ kind: SamsaraClass, _ call: Call, asVehicles: Bool, at moment: Moment) -> Answer {
    var size = settings.assetPage
    if kind != .assets || asVehicles {
      guard let limit = Int(call.parameter("limit") ?? "512"), (1...512).contains(limit) else {
        return failure(400, SamsaraBreach("limit", "must be between 1 and 512").message)
      }
      size = limit
    }
    var cursor = SamsaraCursor(after: nil, isDue: settings.pages != .empty)
    if let text = call.parameter("after"), !text.isEmpty {
      guard let given = SamsaraCursor(text) else {
        return failure(400, SamsaraBreach("after", "no such cursor").message)
      }
      cursor = given
    }
    var rows = table(kind).listed(at: moment.elapsed)
    do {
      rows = try filtered(rows, kind, call, asVehicles: asVehicles)
    } catch {
      return failure(400, error.message)
    }
    if let after = cursor.after {
      rows = Array(rows.drop { !SamsaraCursor.precedes(after, $0.id) })
    }
    guard cursor.isDue || settings.pages != .empty else {
      return page([], end: SamsaraCursor(after: cursor.after, isDue: true).text, more: true)
    }
    if settings.pages == .short { size = max(1, size / 2) }
    let shown = rows.prefix(size)
    let more = rows.count > size
    let objects: [JSON]
    switch kind {
    case .assets where asVehicles: objects = shown.map(renderVehicle)
    case .assets: objects = shown.map { renderListedAsset($0, call) }
    case .tags:
      let members = tagMembers()
      objects = shown.map { renderTag($0, members) }
    default: objects = shown.map { render($0, kind) }
    }
    let end = more ? SamsaraCursor(after: shown.last?.id, isDue: false).text : ""
    return page(objects, end: end, more: more)
  }

  private func page(_ objects: [JSON], end: String, more: Bool) -> Answer {
    Answer(
      200,
      [
        "data": .array(objects),
        "pagination": ["endCursor": .string(end), "hasNextPage": .bool(more)],
      ])
  }

  private func filtered(
    _ rows: [Entity], _ kind: SamsaraClass, _ call: Call, asVehicles: Bool
  ) throws(SamsaraBreach) -> [Entity] {
    var rows = rows
    if asVehicles { rows = rows.filter(Self.isVehicle) }
    if kind == .drivers {
      let status = call.parameter("driverActivationStatus") ?? "active"
      guard ["active", "deactivated"].contains(status) else {
        throw SamsaraBreach("driverActivationStatus", "must be active or deactivated")
      }
      rows = rows.filter { ($0.text("driverActivationStatus") ?? "active") == status }
    }
    if kind == .assets, !asVehicles {
      if let type = call.parameter("type") {
        rows = rows.filter { ($0.text("type") ?? "uncategorized") == type }
      }
      if let names = call.list("ids") {
        rows = rows.filter { row in
          names.contains { $0 == row.id || Self.holds(row, $0) }
        }
      }
      if let pairs = call.list("externalIds") {
        rows = rows.filter { row in pairs.contains { Self.holds(row, $0) } }
      }
    }
    guard kind != .contacts, kind != .tags else { return rows }
    if let tags = call.list("tagIds") {
      rows = rows.filter { row in Self.tags(of: row).contains { tags.contains($0) } }
    }
    if let parents = call.list("parentTagIds") {
      rows = rows.filter { row in
        Self.tags(of: row).contains { tag in lineage(of: tag).contains { parents.contains($0) } }
      }
    }
    for (parameter, member) in [
      ("updatedAfterTime", "updatedAtTime"), ("createdAfterTime", "createdAtTime"),
    ] {
      guard let text = call.parameter(parameter) else { continue }
      guard let bound = SamsaraField.Form.instant(text) else {
        throw SamsaraBreach(parameter, "must be an RFC 3339 time")
      }
      rows = rows.filter { row in
        row.text(member).flatMap { SamsaraField.Form.instant($0) }.map { $0 > bound } ?? false
      }
    }
    return rows
  }

  private static func holds(_ entity: Entity, _ pair: String) -> Bool {
    let ids = entity.fields["externalIds"]?.members ?? []
    return ids.contains { "\($0.name):\($0.value.stringValue ?? "")" == pair }
  }

  static func tags(of entity: Entity) -> [String] {
    (entity.fields["tagIds"]?.arrayValue ?? []).compactMap(\.stringValue)
  }

  /// A tag and everything above it.
  private func lineage(of tag: String) -> [String] {
    var line: [String] = []
    var next: String? = tag
    while let id = next, !line.contains(id) {
      line.append(id)
      next = table(.tags)[id]?.text("parentTagId")
    }
    return line
  }
}

/// Where a list goes on; its text means nothing to a client.
struct SamsaraCursor: Sendable, Hashable {
  /// The last id that was shown.
  let after: String?
  /// Whether the page that holds something comes next, the empty one having been served.
  let isDue: Bool

  init(after: String?, isDue: Bool) {
    self.after = after
    self.isDue = isDue
  }

  init?(_ text: String) {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      guard let byte = UInt8(hexadecimal: rest.prefix(2)) else { return nil }
      bytes.append(byte)
      rest = rest.dropFirst(2)
    }
    guard let first = bytes.first, [0x64, 0x65].contains(first),
      let id = String(validating: bytes.dropFirst(), as: UTF8.self),
      id.utf8.allSatisfy({ 0x30...0x39 ~= $0 })
    else { return nil }
    after = id.isEmpty ? nil : id
    isDue = first == 0x64
  }

  var text: String {
    ((isDue ? "d" : "e") + (after ?? "")).utf8
      .map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  /// Whether an id comes before another one: both are numbers without leading zeros.
  static func precedes(_ left: String, _ right: String) -> Bool {
    left.utf8.count == right.utf8.count
      ? left.utf8.lexicographicallyPrecedes(right.utf8) : left.utf8.count < right.utf8.count
  }
}
