import Engine
import Rows
import Synchronization

/// How a row says whose it is.
enum KeyForm: CaseIterable {
  case number
  /// The same number as text: another key.
  case text
  /// The same, with the number next to it as the former key.
  case textWithFormer

  var columns: [Column] {
    let key =
      self == .number
      ? Column(name: "id", type: .int, declared: "integer", nullable: false)
      : Column(name: "id", type: .text, declared: "text", nullable: false)
    let others = [
      Column(name: "person", type: .int, declared: "integer", nullable: false),
      Column(name: "name", type: .text, declared: "text", nullable: true),
    ]
    let former = Column(name: "old_id", type: .int, declared: "integer", nullable: false)
    return [key] + others + (self == .textWithFormer ? [former] : [])
  }

  var select: String {
    switch self {
    case .number: "select id, person, name from things"
    case .text: "select id::text as id, person, name from things"
    case .textWithFormer: "select id::text as id, person, name, id as old_id from things"
    }
  }

  func key(_ number: Int) -> Key {
    self == .number ? Key([.int(Int64(number))]) : Key([.text(String(number))])
  }
}

/// The source's table: people, who have a number each.
final class Table: RowSource {
  static let persons = 20
  /// Somebody who comes under another number has one that is higher by this.
  static let renumbering = 100

  private struct State {
    var names: [Int: String] = [:]
    var renumbered: Set<Int> = []
    var form = KeyForm.number

    func number(of person: Int) -> Int {
      renumbered.contains(person) ? person + Table.renumbering : person
    }
  }
  private let state = Mutex(State())

  var form: KeyForm {
    get { state.withLock { $0.form } }
    set { state.withLock { $0.form = newValue } }
  }

  func set(_ person: Int, _ name: String) { state.withLock { $0.names[person] = name } }

  func name(_ person: Int) -> String? { state.withLock { $0.names[person] } }

  /// The key of a person's row, whether it is there or not.
  func key(of person: Int) -> Key { state.withLock { $0.form.key($0.number(of: person)) } }

  /// Those that the person has had, or has.
  static func keys(of person: Int) -> [Key] {
    [person, person + renumbering].flatMap { [KeyForm.number.key($0), KeyForm.text.key($0)] }
  }

  /// The keys that have a row.
  var present: Set<Key> {
    state.withLock { state in Set(state.names.keys.map { state.form.key(state.number(of: $0)) }) }
  }

  /// Whether a row makes an object with this code.
  func hasRow(_ code: String) -> Bool {
    Int(code.dropFirst()).map { name($0) != nil } ?? false
  }

  /// A day later some rows have changed, some are gone, and some of those that went are back.
  func change(to name: String, in world: World) {
    for person in 1...Self.persons {
      if self.name(person) == nil {
        if world.happens(500) { set(person, "a") }
      } else if world.happens(200) {
        set(person, name)
      } else if world.happens(60) {
        state.withLock { $0.names[person] = nil }
      }
      if world.changes(4), state.withLock({ $0.renumbered.insert(person).inserted }) {
        world.count(\.newKeys)
      }
    }
    switch form {
    case .number where world.changes(40):
      form = .text
      world.count(\.newKeys)
    // There may be links by the new key already, where there were none before.
    case .text where world.changes(500): form = .textWithFormer
    case .text: break
    case .number, .textWithFormer: break
    }
  }

  func describe(_ extract: Extract) async throws(SourceFailure) -> [Column] { form.columns }

  func read(_ extract: Extract, each: (RowBatch) async throws -> Void) async throws {
    let state = state.withLock { $0 }
    let rows = state.names.map {
      (number: state.number(of: $0.key), person: $0.key, name: $0.value)
    }
    .sorted { state.form.key($0.number) < state.form.key($1.number) }
    var batch = RowBatch(columns: state.form.columns, rowCapacity: rows.count)
    for row in rows {
      if state.form == .number {
        batch.append(Int64(row.number))
      } else {
        batch.append(String(row.number))
      }
      batch.append(Int64(row.person))
      batch.append(row.name)
      if state.form == .textWithFormer { batch.append(Int64(row.number)) }
    }
    try await each(batch)
  }
}
