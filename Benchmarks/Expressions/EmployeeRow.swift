import Expressions

/// A row as mappings have it, with the answer of a look-up.
struct EmployeeRow: Activation {
  static let columns: [(name: String, type: CELType, value: Value)] = [
    ("row.employee", .int, .int(104_217)),
    ("row.first_name", .nullable(.string), .string(" Inés")),
    ("row.middle_name", .nullable(.string), .null),
    ("row.last_name", .nullable(.string), .string("O'Hara  ")),
    ("row.email", .nullable(.string), .string("User.104217@Example.COM ")),
    ("row.phone", .nullable(.string), .string("(918) 555-0137")),
    ("row.state", .nullable(.string), .string("ok")),
    ("row.hire_date", .nullable(.string), .string("2019-07-07")),
    ("row.term_date", .nullable(.string), .null),
    ("row.job", .nullable(.string), .string("00290.")),
    ("row.active", .string, .string("Y")),
    ("row.hours", .nullable(.double), .double(37.5)),
  ]

  static let expressions = [
    ("column", "row.last_name"),
    ("clean", "text.clean(row.last_name)"),
    ("trim_fold", "coalesce(text.clean(row.state), \"\").upperAscii()"),
    ("join", "text.join([row.first_name, row.middle_name, row.last_name], \" \")"),
    ("email", "email.clean(row.email)"),
    ("phone", "phone.e164(row.phone, \"US\")"),
    ("date", "date.valid(row.hire_date)"),
    ("number_to_text", "string(row.employee)"),
    ("condition", "row.term_date == null && row.active == \"Y\" ? 1 : 0"),
    ("coalesce", "coalesce(text.clean(row.middle_name), row.first_name, \"?\")"),
    ("link", "link(\"jobs\", row.job).orValue(null)"),
    ("in_list", "row.state in [\"al\", \"ar\", \"la\", \"ok\", \"tx\"]"),
    ("matches", "row.job != null && row.job.matches(\"^[0-9]{5}[.]$\")"),
    ("exists", "[1, 2, 3, 5, 8].exists(x, x * 20000 > row.employee)"),
    ("arithmetic", "row.hours == null ? 0.0 : row.hours * 60.0 + double(row.employee % 7)"),
  ]

  private let values = columns.map(\.value)

  static let rows = [EmployeeRow()]

  static var environment: Environment {
    Environment(variables: columns.map { Variable($0.name, $0.type) })
  }

  func value(slot: Int) throws(EvaluationError) -> Value { values[slot] }

  func call(_ function: String, _ arguments: [Value]) throws(EvaluationError) -> Value {
    .optional(OptionalValue(.int(290)))
  }
}
