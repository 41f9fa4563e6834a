import Expressions

/// The rows of 21 columns, and the expressions over them, by which other implementations of CEL have been
/// measured: the same words in the same mixture.
struct PersonRow: Activation {
  static let columns: [(name: String, type: CELType)] = [
    ("id", .int), ("first_name", .string), ("middle_name", .string), ("last_name", .string),
    ("email", .string), ("phone1", .string), ("phone2", .string), ("address1", .string),
    ("address2", .string), ("city", .string), ("state", .string), ("zip", .string),
    ("country", .string), ("sex", .string), ("birth_date", .string), ("hire_date", .string),
    ("term_date", .nullable(.string)), ("active", .string), ("department", .string),
    ("salary", .double), ("manager_id", .nullable(.int)),
  ]

  static let expressions = [
    ("z_const", "true"),
    ("a_trim", "row.first_name.trim()"),
    ("a0_column", "row.first_name"),
    (
      "b_status",
      "row.active == \"Y\" && row.term_date == null ? \"active\" : \"inactive\""
    ),
    ("c_concat", "row.last_name + \", \" + row.first_name"),
    ("d1_lookup", "{\"M\": 1, \"F\": 2}[row.sex]"),
    ("d2_in", "row.sex in {\"M\": 1} ? \"male\" : \"other\""),
    (
      "e_phones",
      "[row.phone1, row.phone2].filter(p, p != \"\").map(p, {\"type\": \"mobile\", \"number\": p})"
    ),
    ("f_matches", "row.email.matches(\"^[^@ ]+@[^@ ]+$\")"),
    (
      "g_object",
      """
      {"id": row.id, "first": row.first_name, "middle": row.middle_name, "last": row.last_name,
       "email": row.email, "phone": row.phone1, "street": row.address1, "street2": row.address2,
       "city": row.city, "state": row.state, "zip": row.zip, "country": row.country,
       "born": row.birth_date, "hired": row.hire_date, "dept": row.department,
       "salary": row.salary}
      """
    ),
  ]

  private let values: [Value]

  static let rows: [PersonRow] = {
    var sequence = Sequence()
    return (0..<64).map { PersonRow(number: $0, &sequence) }
  }()

  static var environment: Environment {
    Environment(variables: columns.map { Variable("row." + $0.name, $0.type) })
  }

  private init(number: Int, _ sequence: inout Sequence) {
    let first = sequence.one(
      of: ["Ann", "  Bob ", "Cécile", "Dmitri", "Eve", "Fatima", " Günther", "Hana"])
    let last = sequence.one(
      of: ["Smith", "O'Neil", "García", "Müller", "Lee", "Okafor", "Ivanova", "Brown"])
    let email = sequence.one(
      of: [
        "\(first.filter { $0 != " " }.lowercased()).\(last.lowercased())@example.com",
        "not an address", "\(last)@example.org",
      ])
    values = [
      .int(Int64(1000 + number)), .string(first), .string(sequence.one(of: ["", "Q", "Marie"])),
      .string(last), .string(email),
      .string(sequence.one(of: ["+1 555 0100", "555-0199", ""])),
      .string(sequence.one(of: ["", "555-0123"])),
      .string("\(sequence.number(below: 999) + 1) Main St"),
      .string(sequence.one(of: ["", "Apt 4"])),
      .string(sequence.one(of: ["Paris", "Oslo", "Austin"])),
      .string(sequence.one(of: ["TX", "NY", ""])),
      .string("\(10_000 + sequence.number(below: 90_000))"),
      .string(sequence.one(of: ["US", "FR", "NO"])), .string(sequence.one(of: ["M", "F"])),
      .string("19\(50 + sequence.number(below: 50))-0\(1 + sequence.number(below: 9))-10"),
      .string("2015-03-01"), sequence.one(of: [.null, .null, .string("2021-06-30")]),
      .string(sequence.one(of: ["Y", "Y", "N"])),
      .string(sequence.one(of: ["HR", "IT", "Sales"])),
      .double(Double(30_000 + sequence.number(below: 60_000)) + 0.5),
      sequence.one(of: [.null, .int(17), .int(42)]),
    ]
  }

  func value(slot: Int) throws(EvaluationError) -> Value { values[slot] }

  func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value {
    throw EvaluationError(.host, "`\(function)` is not available here")
  }

  /// The same numbers on every run.
  private struct Sequence {
    private var state: UInt64 = 7

    mutating func number(below limit: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % limit
    }

    mutating func one<Element>(of elements: [Element]) -> Element {
      elements[number(below: elements.count)]
    }
  }
}
