import Expressions
import Testing

@Suite("Expressions as mappings write them")
struct MappingExpressionTests {
  private let row = Evaluating([
    ("row.company", .int, .int(1)), ("row.job", .string, .string("4410.")),
    ("row.description", .nullable(.string), .string(" North Bridge  ")),
    ("row.first_name", .nullable(.string), .string("ADA  ")),
    ("row.middle_name", .nullable(.string), .null),
    ("row.last_name", .string, .string("O’Neil-Łuk")),
    ("row.email", .nullable(.string), .string("Ada.L ovelace@Example.com")),
    ("row.phone1", .string, .string("225-555-0101")), ("row.phone2", .string, .string("")),
    ("row.sex", .nullable(.string), .string("F")), ("row.active", .string, .string("Y")),
    ("row.term_date", .nullable(.string), .null),
    ("row.year", .nullable(.string), .string("2019 ")),
    ("row.id", .int, .int(1000)), ("row.salary", .double, .double(30000.5)),
    ("row.zip", .nullable(.string), .string("70801-1234")),
  ])

  @Test(
    "give what they should",
    arguments: [
      ("text.join([row.job, row.description], ' - ')", "'4410. - North Bridge'"),
      ("external_id([row.company, row.job])", "'1-4410.'"),
      ("text.clean(row.middle_name)", "null"),
      ("email.clean(row.email)", "'ada.lovelace@example.com'"),
      ("phone.e164(row.phone1, 'US')", "'+12255550101'"),
      ("row.sex == null ? null : dyn({'M': 1, 'F': 0}[row.sex])", "0"),
      ("row.active == 'Y' && row.term_date == null ? 'active' : 'inactive'", "'active'"),
      ("row.last_name + ', ' + coalesce(row.first_name, '').trim()", "'O’Neil-Łuk, ADA'"),
      ("row.sex in {'M': 1} ? 'male' : 'other'", "'other'"),
      (
        "[row.phone1, row.phone2].filter(p, p != '').map(p, {'type': 'mobile', 'number': p})",
        "[{'type': 'mobile', 'number': '225-555-0101'}]"
      ),
      ("coalesce(row.email, '').matches('^[^@ ]+@[^@ ]+$')", "false"),
      (
        "text.ascii(row.last_name).lowerAscii().replace(\"'\", '') + '.' + string(row.id)",
        "'oneil-luk.1000'"
      ),
      (
        "coalesce(row.year, '').trim().matches('^[12][0-9]{3}$')"
          + " ? dyn(int(coalesce(row.year, '').trim())) : null",
        "2019"
      ),
      ("link('tags', row.company, row.job).optMap(tag, [tag]).orValue([])", "[3]"),
      ("link('sites', row.company).or(link('offices', row.company, row.job)).orValue(null)", "2"),
      ("{'id': row.id, 'salary': row.salary}", "{'id': 1000, 'salary': 30000.5}"),
      ("row.zip == null ? '' : row.zip.replace('-', '').substring(0, 5)", "'70801'"),
    ])
  func results(_ expression: String, expected: String) throws {
    let program = try row.compiled(expression)
    #expect(program.nullRisks.isEmpty)
    #expect(program.warnings.isEmpty)
    let value = try program.evaluate(row)
    let wanted = try row(expected)
    #expect(value == wanted, "\(value.text)")
  }
}
