import JSON
import Mappings
import Programs

/// Turns changes into requests, as the resource's calls say.
struct RequestBuilder {
  let program: MappingProgram

  /// A call with its placeholders filled in; values are percent-encoded.
  static func request(
    _ call: CallDefinition, values: [String: String], body: JSON? = nil
  ) -> OutboundRequest {
    OutboundRequest(
      method: call.method, path: filled(call.path, values), body: body?.compactBytes)
  }

  private static func filled(_ path: String, _ values: [String: String]) -> String {
    var filled = ""
    var rest = path[...]
    while let open = rest.utf8.firstIndex(of: UInt8(ascii: "{")),
      let close = rest.utf8[open...].firstIndex(of: UInt8(ascii: "}"))
    {
      let end = rest.utf8.index(after: close)
      let name = rest[rest.utf8.index(after: open)..<close]
      filled += rest[..<open]
      if let value = values[String(name)] {
        filled += value.percentEncoded
      } else {
        filled += rest[open..<end]
      }
      rest = rest[end...]
    }
    return filled + rest
  }

  /// The body and request of a create. Fields without a value are left out, unless the target demands their null.
  func create(_ record: FlatRecord, onCreate: FlatRecord) -> OutboundRequest? {
    guard let create = program.resource.create else { return nil }
    let members = (record.members + onCreate.members).filter { member in
      switch program.creates(member.name) {
      case .never: false
      case .withValue: !member.value.isNull
      case .always: true
      }
    }
    return Self.request(
      create.call, values: [:], body: wrapped(FlatRecord(members).nested, create))
  }

  /// The creates of several records in one call, where the target takes many in one. One that does so takes a single one
  /// in the same way.
  func together(_ creates: [OutboundRequest]) -> OutboundRequest? {
    guard let create = program.resource.create, let batch = create.batch else {
      return creates.first
    }
    var body = Array((batch.items.map { "{\(JSON.string($0)):" } ?? "").utf8)
    body.append(UInt8(ascii: "["))
    for (index, one) in creates.enumerated() {
      if index > 0 { body.append(UInt8(ascii: ",")) }
      body += one.body ?? Array("{}".utf8)
    }
    body += Array((batch.items == nil ? "]" : "]}").utf8)
    return OutboundRequest(method: create.call.method, path: create.call.path, body: body)
  }

  /// Whether a field of an object that is there can be given another value.
  func canUpdate(_ path: String) -> Bool {
    program.resource.update != nil && program.updates(path)
  }

  /// Whether an update needs the object as it is.
  var updatesWhole: Bool { program.resource.update?.send == .whole }

  /// Whether an update sends fields that have not changed.
  var updatesBeyondChanges: Bool {
    program.resource.update.map { $0.send == .all || !$0.always.isEmpty } ?? false
  }

  /// The request that writes `changed` to an object, with what the target wants on every write.
  ///
  /// - Parameters:
  ///   - record: The whole record; of consequence where ``updatesBeyondChanges`` says so.
  ///   - object: The object as it was read, where the call replaces the whole.
  func update(
    id: String, changed: FlatRecord, record: FlatRecord, over object: JSON? = nil
  ) -> OutboundRequest? {
    guard let update = program.resource.update,
      changed.members.contains(where: { program.updates($0.name) })
    else { return nil }
    var body = update.send == .all ? record : changed
    for member in changed.members { body[member.name] = member.value }
    for name in update.always where body[name.value] == nil {
      body[name.value] = record[name.value]
    }
    let members = body.members.compactMap { member -> JSON.Member? in
      guard program.updates(member.name) else { return nil }
      guard member.value.isNull else { return member }
      switch program.resource.clear {
      case .null: return changed[member.name] == nil ? nil : member
      case .empty:
        return changed[member.name] == nil
          ? nil : JSON.Member(name: member.name, value: emptied(member.name))
      case .omit: return nil
      }
    }
    guard !members.isEmpty else { return nil }
    var content = FlatRecord(members).nested
    if let object, updatesWhole {
      content = WholeBody(schema: program.schemas.update).body(of: object, with: members)
    }
    return Self.request(update.call, values: ["id": id], body: wrapped(content, update))
  }

  func delete(id: String) -> OutboundRequest? {
    program.resource.delete.map { Self.request($0, values: ["id": id]) }
  }

  func find(_ naturalKey: String) -> OutboundRequest? {
    guard let find = program.resource.find, let match = program.match else { return nil }
    return Self.request(
      find.call, values: ["match.name": match.name, "match.value": naturalKey])
  }

  func get(id: String) -> OutboundRequest? {
    program.resource.get.map { Self.request($0.call, values: ["id": id]) }
  }

  private func emptied(_ path: String) -> JSON {
    guard let kinds = program.schemas.update.node(at: path)?.kinds, !kinds.isEmpty else {
      return .string("")
    }
    if kinds.contains(.string) { return .string("") }
    return kinds.contains(.array) ? .array([]) : .null
  }

  private func wrapped(_ body: JSON, _ write: WriteDefinition) -> JSON {
    write.wrap.map { .object([JSON.Member(name: $0, value: body)]) } ?? body
  }
}

extension String {
  /// Everything but unreserved characters as `%XX`, so that a value stays one segment of a path.
  var percentEncoded: String {
    var encoded: [UInt8] = []
    for byte in utf8 {
      switch byte {
      case 48...57, 65...90, 97...122, 45, 46, 95, 126: encoded.append(byte)
      default:
        encoded.append(37)
        encoded.append(Self.hexadecimal[Int(byte >> 4)])
        encoded.append(Self.hexadecimal[Int(byte & 15)])
      }
    }
    // A segment of dots alone would climb the path.
    if encoded == [46] || encoded == [46, 46] {
      return String(repeating: "%2E", count: encoded.count)
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  private static let hexadecimal = Array("0123456789ABCDEF".utf8)
}
