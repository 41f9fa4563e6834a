import Expressions
import Testing

@Suite("Functions")
struct FunctionTests {
  @Test("every example gives what its documentation says")
  func examples() throws {
    for function in FunctionLibrary.documented {
      #expect(function.documentation != nil)
      for example in function.examples {
        let value = try Evaluating()(example.expression)
        let expected = try Evaluating()(example.result)
        #expect(value == expected, "\(example.expression) gives \(value.text)")
      }
    }
  }

  @Test(
    "more of what they give",
    arguments: [
      "phone.e164('1-225-555-0101', 'CA') == '+12255550101'",
      "phone.e164('+1 (225) 555.0101', 'US') == '+12255550101'",
      "phone.e164('225-555-010', 'US') == null", "phone.e164('', 'US') == null",
      "phone.e164('225-555-0101/2', 'US') == null", "phone.e164('+123', 'US') == null",
      "phone.e164('1+2255550101', 'US') == null", "phone.e164('22555501011', 'US') == null",
      "email.clean('A\\u00a0b@Example.com') == 'ab@example.com'",
      "text.clean('\\u3000 x\\ty \\u00a0') == 'x\\ty'", "text.truncate('é é', 1) == 'é'",
      "text.truncate('ab', 0) == ''", "text.join([], '-') == null",
      "text.ascii('e\\u0301日x') == 'ex'", "date.valid('2024-13-01') == null",
      "date.valid('2024-02-29 10:00:00.123') == '2024-02-29'", "date.valid('infinity') == null",
      "date.valid('2079-06-06T00:00:00') == null", "date.valid(timestamp(0)) == '1970-01-01'",
      "date.format(timestamp(61), 'HH:mm:ss') == '00:01:01'",
      "date.format('1900-01-01', 'dd.MM.yyyy') == '01.01.1900'",
      "date.format('x', 'yyyy') == null", "vin.valid('1M8GDM9AXKP04278') == null",
      "vin.valid('IM8GDM9AXKP042788') == null", "external_id(['a b', 2u, '/x']) == 'ab-2-x'",
      "external_id([]) == null", "coalesce(null, null, null, 4) == 4",
      "text.join([dyn(1), 'x'], '/') == '1/x'",
    ])
  func results(_ expression: String) throws {
    #expect(try holds(expression))
  }

  @Test(
    "what they refuse",
    arguments: [
      "phone.e164('225-555-0101', 'XX')", "date.format('2024-01-01', 'MMM')",
      "date.format('2024-01-01', \"'x\")", "text.truncate('x', -1)",
      "text.clean(dyn(1))", "external_id([1.5])",
    ])
  func refusals(_ expression: String) throws {
    #expect(try Evaluating().error(expression) != nil)
  }
}
