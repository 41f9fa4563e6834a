import Programs
import Rows

/// The records of one mapping that are worked on, where not all of them are.
///
/// Of the others nothing is decided: neither are they sent, nor does one that is missing count as absent.
struct ChosenKeys {
  /// A text that a person wrote, and the keys of rows that it may mean.
  private struct Written {
    var text: String
    var rows: Set<Key> = []
    /// The plan says something of such a record.
    var isPlanned = false
    /// A link without a row may be meant.
    var isLinked = false
  }

  private let mapping: String
  private var written: [Written]
  /// By the bytes of a key, which texts may mean it.
  private let meanings: [[UInt8]: [Int]]
  private let gate: PlanGate?
  /// Those of a plan; `nil` where there is no plan, or where it is about all.
  private let planned: Set<SealedHash>?
  /// The names of all mappings, which a person may have written among the keys.
  private let names: Set<String>
  /// Rows that were taken.
  private(set) var taken: Set<Key> = []

  /// `nil` where all records are worked on.
  init?(
    _ texts: [String], of program: MappingProgram, gate: PlanGate? = nil,
    names: Set<String>? = nil
  ) {
    let planned = gate?.keys(of: program.name)
    guard !texts.isEmpty || planned != nil else { return nil }
    mapping = program.name
    written = texts.map { Written(text: $0) }
    var meanings: [[UInt8]: [Int]] = [:]
    let types = program.keyColumns.map { program.columns[$0].type }
    for (place, text) in texts.enumerated() {
      for key in KeySearch.keys(written: text, types) {
        meanings[key.bytes, default: []].append(place)
      }
    }
    self.meanings = meanings
    self.planned = planned
    self.gate = gate
    self.names = names ?? []
  }

  /// Whether the row with this key is worked on.
  mutating func takes(_ key: [UInt8]) -> Bool {
    if !written.isEmpty, meanings[key] == nil { return false }
    let row = Key(bytes: key)
    for place in meanings[key] ?? [] {
      written[place].rows.insert(row)
      if gate?.knows(key, of: mapping) ?? true { written[place].isPlanned = true }
    }
    guard isPlanned(key) else { return false }
    taken.insert(row)
    return true
  }

  /// Sees a link that has no row.
  mutating func miss(_ key: Key) {
    for place in meanings[key.bytes] ?? [] { written[place].isLinked = true }
  }

  private func isPlanned(_ key: [UInt8]) -> Bool {
    guard let planned, let gate else { return true }
    return planned.contains(gate.decisions(of: mapping).key(key))
  }

  /// Once all rows are known, before anything is sent.
  ///
  /// - Throws: ``AmbiguousKey`` when a text means several rows.
  func check() throws(AmbiguousKey) {
    for one in written where one.rows.count > 1 {
      throw AmbiguousKey(mapping: mapping, written: one.text, keys: one.rows.sorted())
    }
  }

  /// What was chosen and no row has, or an applied plan says nothing of.
  var missing: [MappingReport.MissingKey] {
    written.filter { $0.rows.isEmpty || !$0.isPlanned }.map {
      MappingReport.MissingKey(
        key: $0.text, isLinked: $0.isLinked && $0.rows.isEmpty, isUnplanned: !$0.rows.isEmpty,
        isMapping: names.contains($0.text))
    }
  }
}

extension KeySearch {
  /// The keys of these columns that a text may mean: of the three readings of ``look(at:)`` those that fit the columns.
  static func keys(written text: String, _ types: [ColumnType]) -> Set<Key> {
    if let exact = exactKey(text), exact.parts?.count == types.count { return [exact] }
    var keys: Set<Key> = []
    if let columns = columns(text), let key = key(columns, types) { keys.insert(key) }
    for columns in readings(text[...], types.count) {
      if let key = key(columns, types) { keys.insert(key) }
    }
    return keys
  }

  /// The ways to read a text as so many columns joined by `/`.
  private static func readings(_ text: Substring, _ count: Int) -> [[String]] {
    if count == 1 { return [[String(text)]] }
    var readings: [[String]] = []
    var place = text.startIndex
    while let slash = text.unicodeScalars[place...].firstIndex(of: "/"), readings.count < 1000 {
      place = text.unicodeScalars.index(after: slash)
      readings += self.readings(text[place...], count - 1).map { [String(text[..<slash])] + $0 }
    }
    return readings
  }

  private static func key(_ texts: [String], _ types: [ColumnType]) -> Key? {
    guard texts.count == types.count else { return nil }
    var parts: [Key.Part] = []
    for (text, type) in zip(texts, types) {
      switch type {
      case .int:
        // `01` is not how an integer is written, and means another key of text.
        guard let number = Int64(text), String(number).utf8.elementsEqual(text.utf8) else {
          return nil
        }
        parts.append(.int(number))
      case .bool:
        guard let bool = Bool(text) else { return nil }
        parts.append(.bool(bool))
      default: parts.append(.text(text))
      }
    }
    return Key(parts)
  }
}
