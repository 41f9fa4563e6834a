import Mappings

/// Reads a parameter's text as its type.
enum ParameterReader {
  static func read(_ texts: [String], kind: ParameterDefinition.Kind) -> BoundParameter.Bound? {
    switch kind {
    case .intList:
      let numbers = texts.compactMap { Int64($0) }
      return numbers.count == texts.count ? .intList(numbers) : nil
    case .textList: return .textList(texts)
    default: break
    }
    guard texts.count == 1, let text = texts.first else { return nil }
    switch kind {
    case .bool:
      return switch text {
      case "true": .bool(true)
      case "false": .bool(false)
      default: nil
      }
    case .int: return Int64(text).map { .int($0) }
    case .double: return Double(text).map { .double($0) }
    case .decimal, .text, .date, .timestamp, .timestamptz, .uuid: return .text(text)
    case .intList, .textList: return nil
    }
  }
}
