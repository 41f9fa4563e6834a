import CLibYAML

/// One thing that libyaml saw, its place in bytes of the file.
struct Event {
  enum Kind {
    case documentStart
    case alias(String)
    case scalar(Scalar)
    case sequenceStart
    case mappingStart
    /// Of a sequence or a mapping.
    case end
    case streamEnd
    case other
  }

  var kind: Kind
  var start: Int
  var end: Int
  var anchor: String?
  var tag: String?
}

/// What libyaml says when it cannot go on, on its way to a diagnostic; offsets are bytes of the file.
struct SyntaxFailure: Error {
  var problem: String
  var offset: Int
  var context: String
  var contextOffset: Int
}

/// The events of a text, in order; the text must be UTF-8 already.
final class EventStream {
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let offsets: ScalarOffsets

  init(_ bytes: [UInt8], from start: Int) {
    offsets = ScalarOffsets(bytes, from: start)
    input = .allocate(capacity: bytes.count - start)
    _ = input.initialize(from: bytes[start...])
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    // Fails only when memory runs out; then `next` reports a failure, too.
    if yaml_parser_initialize(parser) == 1 {
      yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
      yaml_parser_set_input_string(parser, input.baseAddress, input.count)
    }
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    input.deallocate()
  }

  func next() -> Result<Event, SyntaxFailure> {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { return .failure(failure()) }
    defer { yaml_event_delete(&event) }
    var result = Event(
      kind: .other, start: offsets.offset(event.start_mark.index),
      end: offsets.offset(event.end_mark.index))
    switch event.type {
    case YAML_DOCUMENT_START_EVENT:
      result.kind = .documentStart
    case YAML_ALIAS_EVENT:
      result.kind = .alias(text(event.data.alias.anchor) ?? "")
    case YAML_SCALAR_EVENT:
      let scalar = event.data.scalar
      let value = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      result.kind = .scalar(Scalar(value, style: style(scalar.style)))
      result.anchor = text(scalar.anchor)
      result.tag = text(scalar.tag)
    case YAML_SEQUENCE_START_EVENT:
      result.kind = .sequenceStart
      result.anchor = text(event.data.sequence_start.anchor)
      result.tag = text(event.data.sequence_start.tag)
    case YAML_MAPPING_START_EVENT:
      result.kind = .mappingStart
      result.anchor = text(event.data.mapping_start.anchor)
      result.tag = text(event.data.mapping_start.tag)
    case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
      result.kind = .end
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT:
      result.kind = .streamEnd
    default:
      break
    }
    return .success(result)
  }

  private func style(_ style: yaml_scalar_style_t) -> Scalar.Style {
    switch style {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: .single
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: .double
    case YAML_LITERAL_SCALAR_STYLE: .literal
    case YAML_FOLDED_SCALAR_STYLE: .folded
    default: .plain
    }
  }

  private func text(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String? {
    pointer.map { String(cString: $0) }
  }

  private func failure() -> SyntaxFailure {
    let state = parser.pointee
    return SyntaxFailure(
      problem: state.problem.map { String(cString: $0) } ?? "out of memory",
      offset: offsets.offset(state.problem_mark.index),
      context: state.context.map { String(cString: $0) } ?? "",
      contextOffset: offsets.offset(state.context_mark.index))
  }
}

/// Byte offsets of Unicode scalars, which libyaml counts instead.
private struct ScalarOffsets {
  private let start: Int
  private let count: Int
  /// Empty where all is ASCII.
  private var table: [Int32] = []

  init(_ bytes: [UInt8], from start: Int) {
    self.start = start
    count = bytes.count
    guard bytes[start...].contains(where: { $0 >= 0x80 }) else { return }
    table.reserveCapacity(bytes.count - start)
    for (offset, byte) in bytes.enumerated().dropFirst(start) where byte & 0xC0 != 0x80 {
      table.append(Int32(truncatingIfNeeded: offset))
    }
  }

  func offset(_ index: Int) -> Int {
    if table.isEmpty { return min(start + index, count) }
    return index < table.count ? Int(table[index]) : count
  }
}
